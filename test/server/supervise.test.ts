import { once } from 'node:events'
import { request } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { processTable } from '../../src/server/supervisor/process-table.ts'
import type { StartOrder } from '../../src/server/protocol.ts'
import { startSupervisor, type Supervisor } from '../../src/server/supervise.ts'
import { failureOf } from '../support/failure.ts'
import { llamaServer, testLlama, tinyModel } from '../support/llama-server.ts'
import {
  lives,
  namesIn,
  pidsIn,
  programs,
  soon,
  type Supervision,
  supervision,
} from '../support/supervision.ts'

interface Run extends Supervision {
  readonly supervisor: Supervisor
}

async function open(more: NodeJS.ProcessEnv = {}): Promise<Run> {
  const run = await supervision()
  const supervisor = startSupervisor({ env: { ...run.env, ...more } })
  onTestFinished(() => supervisor.close())
  return { ...run, supervisor }
}

async function answer(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/`)).text()
}

test('a server listens on the port that it was given, and is gone after the close', async () => {
  const { supervisor, order, untilPrinted, state } = await open()
  const one = order(programs.listens)
  const server = await supervisor.start(one)
  await untilPrinted(one, /ready/)
  expect(await answer(server.port)).toBe('ok')
  expect(namesIn(state)).toContain(`port-${server.port}`)
  await supervisor.close()
  expect(await server.exited).toEqual({ exitCode: null, signal: 'SIGTERM', by: 'run' })
  await server.gone
  expect(lives(server.pid)).toBe(false)
  expect(namesIn(state)).toEqual([])
})

test('a server gets exactly the environment of its order, with the port and the host in it', async () => {
  const { supervisor, order, untilPrinted } = await open({ MINE: 'no' })
  const one = order(`console.log('env ' + JSON.stringify(process.env))`, {
    env: { URL: 'http://{host}:{port}/{port}' },
  })
  const server = await supervisor.start(one)
  const [line = ''] = await untilPrinted(one, /^env/)
  expect(JSON.parse(line.slice(4))).toEqual({
    URL: `http://127.0.0.1:${server.port}/${server.port}`,
    ASSAY_SERVER: one.id,
  })
  await server.gone
})

test('a server that ends by itself has crashed, also with exit code 0', async () => {
  const { supervisor, order, state } = await open()
  const server = await supervisor.start(order(''))
  expect(await server.exited).toEqual({ exitCode: 0, signal: null, by: null })
  await server.gone
  expect(namesIn(state).filter((name) => name.startsWith('port-'))).toEqual([])
})

test('E-08: a stop ends what changed its session, emptied its environment, lost its parent or ignores SIGTERM', async () => {
  const { supervisor, order, untilPrinted } = await open()
  const one = order(programs.family)
  const server = await supervisor.start(one)
  const pids = pidsIn(await untilPrinted(one, /^pid/, 3))
  server.stop()
  await server.gone
  expect(pids.map(lives)).toEqual([false, false, false])
})

test('a crash of the first process ends the others, too', async () => {
  const { supervisor, order, untilPrinted } = await open()
  const one = order(programs.family)
  const server = await supervisor.start(one)
  const pids = pidsIn(await untilPrinted(one, /^pid/, 3))
  process.kill(server.pid, 'SIGKILL')
  expect(await server.exited).toEqual({ exitCode: null, signal: 'SIGKILL', by: null })
  await server.gone
  expect(pids.map(lives)).toEqual([false, false, false])
})

test('E-08: what ignores SIGTERM is killed after its grace', async () => {
  const { supervisor, order, untilPrinted } = await open()
  const one = order(programs.ignoresTerm, { stopGrace: 50 })
  const server = await supervisor.start(one)
  await untilPrinted(one, /ready/)
  server.stop()
  expect(await server.exited).toEqual({ exitCode: null, signal: 'SIGKILL', by: 'run' })
})

test('a second SIGTERM ends a server that waits for a request', async () => {
  const { supervisor, order, untilPrinted } = await open()
  const one = order(programs.finishesRequests, { stopAgain: 50 })
  const server = await supervisor.start(one)
  await untilPrinted(one, /ready/)
  const asked = request({ port: server.port, host: '127.0.0.1' }, (response) => response.resume())
  asked.on('error', () => {}).end()
  await untilPrinted(one, /asked/)
  server.stop()
  expect(await server.exited).toEqual({ exitCode: 1, signal: null, by: 'run' })
})

test('the program and its folder must be there', async () => {
  const { supervisor, order, state } = await open({ PATH: '' })
  const noProgram = await failureOf(supervisor.start(order('', { command: '/no/such/program' })))
  expect(noProgram.kind).toBe('setup')
  expect(noProgram.message).toContain('acme: /no/such/program cannot be run')
  const noFolder = await failureOf(supervisor.start(order('', { cwd: '/no/such/folder' })))
  expect(noFolder.message).toContain('is to run in /no/such/folder, which is no folder.')
  expect(namesIn(state).filter((name) => name.startsWith('port-'))).toEqual([])
})

test('E-06: a port of another server is not free, and the error says who has it', async () => {
  const { supervisor, order, supervisors } = await open()
  const { port } = await supervisor.start(order(programs.listens))
  const failure = await failureOf(supervisor.start(order(programs.listens, { port })))
  expect(failure.kind).toBe('setup')
  expect(failure.message).toContain(`Port ${port} is not free: another local server has it`)
  expect(failure.message).toContain(`process ${supervisors()[0]}`)
})

test('a state folder whose path is too long for a socket is an error that says so', async () => {
  const { order, env } = await supervision()
  const supervisor = startSupervisor({
    env: { ...env, TMPDIR: `/tmp/${'x'.repeat(100)}` },
  })
  onTestFinished(() => supervisor.close())
  const failure = await failureOf(supervisor.start(order('')))
  expect(failure.kind).toBe('setup')
  expect(failure.message).toContain('set TMPDIR')
})

test('when the supervisor is killed its servers are ended, and the next start has a new one', async () => {
  const { supervisor, order, untilPrinted, supervisors, state } = await open({ PATH: '' }) // no setpriv
  const one = order(programs.family)
  const server = await supervisor.start(one)
  const pids = pidsIn(await untilPrinted(one, /^pid/, 3))
  const marked = pids.filter((pid) => processTable.hasVariable(pid, 'ASSAY_SERVER', one.id))
  expect(marked).toHaveLength(2)
  const [first = 0] = supervisors()
  process.kill(first, 'SIGKILL')
  expect(await server.exited).toEqual({ exitCode: null, signal: null, by: null })
  await server.gone
  expect([server.pid, ...pids].map(lives)).toEqual([false, false, false, false])
  expect(namesIn(state)).toEqual([])
  const next = order(programs.listens)
  await supervisor.start(next)
  expect(supervisors()).not.toContain(first)
})

test('a start that is lost with its supervisor is made by another', async () => {
  const { supervisor, order, supervisors } = await open()
  await supervisor.start(order(programs.listens))
  const [pid = 0] = supervisors()
  process.kill(pid, 'SIGSTOP')
  const starting = supervisor.start(order(programs.listens))
  process.kill(pid, 'SIGKILL')
  expect(lives((await starting).pid)).toBe(true)
  expect(supervisors()).not.toContain(pid)
})

test('after the close nothing is started', async () => {
  const { supervisor, order, supervisors } = await open()
  await supervisor.close()
  expect((await failureOf(supervisor.start(order('')))).kind).toBe('cancelled')
  expect(supervisors()).toEqual([])
})

test('Ctrl-C in the terminal reaches neither the supervisor nor a server', async () => {
  const { supervisor, order, supervisors } = await open()
  const server = await supervisor.start(order(programs.listens))
  const mine = processTable.list().find(({ pid }) => pid === process.pid)
  const table = processTable
    .list()
    .filter(({ pid }) => [server.pid, ...supervisors()].includes(pid))
  expect(table).toHaveLength(2)
  expect(new Set([mine?.session, ...table.map(({ session }) => session)]).size).toBe(3)
})

testLlama('llama-server with a request in flight is stopped by its second SIGTERM', async () => {
  const { supervisor, order } = await open()
  const one: StartOrder = order('', {
    command: llamaServer!,
    args: ['-m', tinyModel, '--host', '{host}', '--port', '{port}', '--no-webui', '-c', '4096'],
    stopAgain: 100,
  })
  const server = await supervisor.start(one)
  const url = `http://127.0.0.1:${server.port}`
  const isReady = () =>
    fetch(`${url}/health`).then(
      ({ status }) => status === 200,
      () => false,
    )
  await expect.poll(isReady, soon).toBe(true)
  const body = { prompt: '1', n_predict: 4000, ignore_eos: true }
  const asked = request(`${url}/completion`, { method: 'POST' })
  asked.on('error', () => {}).end(JSON.stringify(body))
  await once(asked, 'finish')
  const isBusy = async () => {
    const slots = (await (await fetch(`${url}/slots`)).json()) as { is_processing: boolean }[]
    return slots.some(({ is_processing }) => is_processing)
  }
  await expect.poll(isBusy, soon).toBe(true)
  server.stop()
  const { by, signal } = await server.exited
  expect(by).toBe('run')
  expect(signal).not.toBe('SIGKILL') // it may be SIGSEGV: it leaves while its threads work
  await server.gone
  expect(lives(server.pid)).toBe(false)
})
