import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { processTable } from '../../../src/server/supervisor/process-table.ts'
import { reap } from '../../../src/server/supervisor/reap.ts'
import { type ServerRecord, writeRecord } from '../../../src/server/supervisor/record.ts'
import { openPlace } from '../../../src/server/supervisor/state-folder.ts'
import { lives, namesIn, supervision } from '../../support/supervision.ts'

async function startChild(env: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1e6)'], {
    env,
    detached: true,
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

/** What a supervisor that was killed has left. */
async function leave(
  state: string,
  record: Partial<ServerRecord>,
  owner = '4194305-1',
): Promise<void> {
  const folder = join(state, owner)
  await mkdir(folder, { recursive: true })
  const rest = { pid: null, start: null, port: 21_000, command: 'x', log: '/x' }
  await writeRecord(folder, { version: 1, mark: 'mark-of-a-test', ...rest, ...record })
  await writeFile(join(state, 'port-21950'), owner)
  await writeFile(join(state, 'port-21950~draft'), owner)
}

test('a process whose start is the recorded one is killed, and the files are removed', async () => {
  const { state } = await supervision()
  const { pid } = await startChild()
  await leave(state, { pid: pid!, start: processTable.startOf(pid!)! })
  await reap(state)
  expect(lives(pid!)).toBe(false)
  expect(namesIn(state)).toEqual([])
})

test.runIf(process.platform === 'linux')('a process that carries the mark is killed', async () => {
  const { state } = await supervision()
  const [marked, other] = [
    await startChild({ ASSAY_SERVER: 'mark-of-a-test' }),
    await startChild({ ASSAY_SERVER: 'another' }),
  ]
  await leave(state, {})
  await reap(state)
  expect([marked, other].map(({ pid }) => lives(pid!))).toEqual([false, true])
})

test('a process that has the pid of a server by chance is left alone', async () => {
  const { state } = await supervision()
  const { pid } = await startChild()
  await leave(state, { pid: pid!, start: '1.before' })
  await reap(state)
  expect(lives(pid!)).toBe(true)
  expect(namesIn(state)).toEqual([])
})

test('what belongs to a process that lives is left alone', async () => {
  const { state } = await supervision()
  const { pid } = await startChild()
  const { owner } = await openPlace(state)
  await leave(state, { pid: pid!, start: processTable.startOf(pid!)! }, owner)
  await reap(state)
  expect(lives(pid!)).toBe(true)
  expect(namesIn(state).toSorted()).toEqual([owner, 'port-21950', 'port-21950~draft'])
})

test('records of another version, and files of others, do no harm', async () => {
  const { state } = await supervision()
  const folder = join(state, '4194305-1')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'a.json'), '{"version":2,"pid":1}')
  await writeFile(join(folder, 'b.json'), '{"vers')
  await writeFile(join(state, 'notes'), '')
  await reap(state)
  expect(namesIn(state)).toEqual(['notes'])
})

test('without a state folder there is nothing to do', async () => {
  const { state } = await supervision()
  await reap(state)
  expect(namesIn(state)).toEqual([])
})
