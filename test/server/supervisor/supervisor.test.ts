import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { endWithParent } from '../../../src/server/supervisor/parent-death.ts'
import { startSupervisor } from '../../../src/server/supervise.ts'
import type { StartOrder, ToSupervisor } from '../../../src/server/protocol.ts'
import { reap } from '../../../src/server/supervisor/reap.ts'
import {
  lives,
  namesIn,
  pidsIn,
  programs,
  soon,
  type Supervision,
  supervision,
} from '../../support/supervision.ts'

interface Main extends Supervision {
  readonly main: ChildProcess
  readonly supervisor: number
  /** The server's processes. */
  readonly pids: readonly number[]
}

/** A main process that has started one server, whose family is complete. */
async function startMain(
  more: NodeJS.ProcessEnv = {},
  orderMore: Partial<StartOrder> = {},
): Promise<Main> {
  const all = await supervision()
  const order = all.order(programs.family, orderMore)
  const path = fileURLToPath(new URL('../../support/main-process.ts', import.meta.url))
  const main = fork(path, [JSON.stringify(order)], {
    env: { ...all.env, ...more },
    execArgv: [],
    stdio: 'ignore',
  })
  onTestFinished(() => void main.kill('SIGKILL'))
  const [{ pid }] = (await once(main, 'message')) as [{ pid: number }]
  const pids = [pid, ...pidsIn(await all.untilPrinted(order, /^pid/, 3))]
  return { ...all, main, supervisor: all.supervisors()[0]!, pids }
}

async function expectNothingLeft({ supervisor, pids, state }: Main): Promise<void> {
  await expect.poll(() => [supervisor, ...pids].filter(lives), soon).toEqual([])
  expect(namesIn(state)).toEqual([])
}

test.for(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s of the main process leaves nothing behind',
  async (signal) => {
    const run = await startMain()
    run.main.kill(signal)
    await expectNothingLeft(run)
  },
)

test.for(['exit', 'throw', 'return', 'close and return'])(
  'a main process that ends with `%s` leaves nothing behind',
  async (ending) => {
    const run = await startMain()
    run.main.send(ending)
    await once(run.main, 'exit')
    await expectNothingLeft(run)
  },
)

test.for(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s of the supervisor ends it and its servers',
  async (signal) => {
    const run = await startMain()
    process.kill(run.supervisor, signal)
    await expectNothingLeft(run)
  },
)

test('an error that nobody expected ends the supervisor and its servers', async () => {
  const { order, untilPrinted, env, state } = await supervision()
  const path = fileURLToPath(
    new URL('../../../src/server/supervisor/supervisor.ts', import.meta.url),
  )
  const supervisor = fork(path, [], { env, execArgv: [], stdio: 'ignore' })
  onTestFinished(() => void supervisor.kill())
  const one = order(programs.family)
  supervisor.send({ type: 'start', order: one } satisfies ToSupervisor)
  const pids = pidsIn(await untilPrinted(one, /^pid/, 3))
  supervisor.send({ type: 'start' })
  expect(await once(supervisor, 'exit')).toEqual([1, null])
  expect(pids.filter(lives)).toEqual([])
  expect(namesIn(state)).toEqual([])
})

test('servers that were to get a long grace get a short one when the main process is gone', async () => {
  const run = await supervision()
  const order = run.order(programs.ignoresTerm, { stopGrace: 10_000_000 })
  const path = fileURLToPath(new URL('../../support/main-process.ts', import.meta.url))
  const main = fork(path, [JSON.stringify(order)], { env: run.env, execArgv: [], stdio: 'ignore' })
  onTestFinished(() => void main.kill('SIGKILL'))
  const [{ pid }] = (await once(main, 'message')) as [{ pid: number }]
  await run.untilPrinted(order, /ready/)
  main.send('close and return')
  await run.untilPrinted(order, /asked/)
  main.kill('SIGKILL')
  await expect.poll(() => lives(pid), soon).toBe(false)
  await expect.poll(() => namesIn(run.state), soon).toEqual([])
})

test('folders that a killed main process has left are removed', async () => {
  const run = await supervision()
  const left = join(run.folder, 'left')
  await mkdir(join(left, 'inside'), { recursive: true })
  const path = fileURLToPath(new URL('../../support/main-process.ts', import.meta.url))
  const order = JSON.stringify(run.order(programs.listens))
  const main = fork(path, [order, left], { env: run.env, execArgv: [], stdio: 'ignore' })
  onTestFinished(() => void main.kill('SIGKILL'))
  await once(main, 'message')
  expect(existsSync(left)).toBe(true)
  main.kill('SIGKILL')
  await expect.poll(() => existsSync(left), soon).toBe(false)
})

test('what survives the main process and the supervisor is ended by the next supervisor', async () => {
  const run = await startMain({ PATH: '' }) // without setpriv
  process.kill(run.supervisor, 'SIGKILL')
  run.main.kill('SIGKILL') // it has no time to do it
  await expect.poll(() => lives(run.supervisor), soon).toBe(false)
  const next = startSupervisor({ env: run.env })
  onTestFinished(() => next.close())
  await expect.poll(() => run.pids.filter(lives), soon).toEqual([])
  await next.close()
  expect(namesIn(run.state)).toEqual([])
})

test('the servers of a run that lives are left alone by the supervisor of another', async () => {
  const run = await startMain()
  const next = startSupervisor({ env: run.env })
  onTestFinished(() => next.close())
  const other = run.order(programs.listens)
  const server = await next.start(other)
  await run.untilPrinted(other, /ready/)
  await reap(run.state)
  await next.close()
  expect(lives(server.pid)).toBe(false)
  expect(run.pids.filter(lives)).toEqual(run.pids)
  expect(namesIn(run.state).filter((name) => name.startsWith('port-'))).toHaveLength(1)
})

test.runIf((await endWithParent()).length > 0)(
  'the kernel asks the first process to end when the supervisor is killed',
  async () => {
    const run = await supervision()
    const order = run.order(programs.listens)
    const path = fileURLToPath(new URL('../../support/main-process.ts', import.meta.url))
    const main = fork(path, [JSON.stringify(order)], {
      env: run.env,
      execArgv: [],
      stdio: 'ignore',
    })
    onTestFinished(() => void main.kill('SIGKILL'))
    const [{ pid }] = (await once(main, 'message')) as [{ pid: number }]
    main.kill('SIGSTOP') // it cannot do it
    process.kill(run.supervisors()[0]!, 'SIGKILL')
    await expect.poll(() => lives(pid), soon).toBe(false)
  },
)
