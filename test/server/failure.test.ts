import { writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { AssayError } from '../../src/model/error.ts'
import type { ServerNeed } from '../../src/model/lease.ts'
import { Secret } from '../../src/model/secret.ts'
import {
  crashFailure,
  describeExit,
  type FailedStart,
  missingProgram,
  startFailure,
  stoppedByPerson,
} from '../../src/server/failure.ts'
import type { ServerExit } from '../../src/server/protocol.ts'
import type { NotReady } from '../../src/server/ready.ts'
import { temporaryFolder } from './temporary-folder.ts'

const KEY = 'invented-0123456789'
const need: ServerNeed = {
  provider: 'vllm',
  model: 'some/model',
  command: 'vllm',
  install: 'Install it with `pip install vllm`.',
  args: [],
  env: {},
  withoutEnv: [],
  keyVariable: 'VLLM_API_KEY',
  cwd: '/',
  port: 'auto',
  ready: { health: '/health', models: '/v1/models', token: null, slots: null },
  startTimeout: 600_000,
  stopGrace: 10_000,
  stopAgain: null,
  gpus: [],
  gpuShare: 0,
  requirements: {},
  downloads: null,
}
const exit: ServerExit = { exitCode: 1, signal: null, by: null }

async function logWith(...lines: readonly string[]): Promise<string> {
  const path = join(await temporaryFolder(), 'server.log')
  await writeFile(path, lines.map((line) => `${line}\n`).join(''))
  return path
}

/** A start of `vllm serve` that failed. */
async function fail(
  reason: NotReady,
  own: Partial<FailedStart> & { readonly lines?: readonly string[] } = {},
) {
  const { lines = [] } = own
  const log = await logWith(...lines)
  const args = ['serve', 'some/model', '--port', '{port}', '--host', '{host}']
  const order = { command: '/opt/bin/vllm', args, log }
  const key = new Secret(KEY)
  const elapsedMs = 364
  return startFailure({ need, reason, exit, order, port: 21034, elapsedMs, key, ...own })
}

const ended: NotReady = { type: 'ended' }

test('the error of a start says what happened, why perhaps, how it was started, and what the log ends with', async () => {
  const log = join(await temporaryFolder(), 'server.log')
  await writeFile(log, 'ValueError: No available memory for the cache blocks.\nbye\n')
  const args = ['serve', 'some/model', '--port', '{port}', '--override', `{"it's": 1}`]
  const order = { command: '/opt/bin/vllm', args, log }
  const failed = { need, reason: ended, exit, order, port: 21034, elapsedMs: 364, key: null }
  const { error, portWasTaken } = await startFailure(failed)
  expect(portWasTaken).toBe(false)
  expect(error).toMatchObject({ kind: 'setup', provider: 'vllm' })
  expect(error.message)
    .toBe(String.raw`vllm: some/model: the server ended while it started: exit code 1, after 0.4 s.
  likely cause: the weights leave no GPU memory for a context. Let the server take more of the memory.
  command: /opt/bin/vllm serve some/model --port 21034 --override '{"it'\''s": 1}'
  log: ${log}
  | ValueError: No available memory for the cache blocks.
  | bye`)
})

test.for([
  [
    ended,
    { exit: { exitCode: null, signal: 'SIGKILL', by: null } },
    'ended while it started: signal SIGKILL, after',
  ],
  [
    ended,
    { exit: { exitCode: 0, signal: null, by: 'person' } },
    'was stopped while it started: by hand, after',
  ],
  [
    ended,
    { exit: { exitCode: 0, signal: null, by: 'run' } },
    'was stopped while it started: by the run, after',
  ],
  [
    { type: 'timeout', timeoutMs: 600_000, seen: 'ECONNREFUSED' },
    {},
    'not ready after 600 s; what it last brought: ECONNREFUSED. A larger `startTimeout`',
  ],
  [{ type: 'stranger', listed: ['a', 'b'] }, {}, 'another server with a, b answers on the port'],
  [
    { type: 'stranger', listed: [] },
    {},
    'a process that this start is not known to own answers on the port',
  ],
  [
    { type: 'refused', request: 'POST /v1/x', status: 500, said: 'Broken.' },
    {},
    'POST /v1/x was answered with HTTP 500: Broken. (after 0.4 s).',
  ],
  [
    { type: 'refused', request: 'GET /v1/models', status: 401, said: '' },
    {},
    'with HTTP 401 (after 0.4 s). Perhaps it is another server',
  ],
] as const)('what happened is told in words: %j', async ([reason, own, said]) => {
  const { error } = await fail(reason, own)
  expect(error.message.split('\n')[0]).toContain(`vllm: some/model: `)
  expect(error.message.split('\n')[0]).toContain(said)
})

test.for([
  [ended, ["couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 21034"], true],
  [{ type: 'stranger', listed: [] }, [], true],
  [{ type: 'refused', request: 'GET /v1/models', status: 401, said: '' }, [], true],
  [{ type: 'refused', request: 'GET /v1/models', status: 404, said: '' }, [], false],
  [ended, ['something else'], false],
] as const)('another port may help: %j with %j: %s', async ([reason, lines, expected]) => {
  expect((await fail(reason, { lines })).portWasTaken).toBe(expected)
})

test('the last 50 lines are shown, and the first error where it stands above them', async () => {
  const noise = Array.from({ length: 80 }, (_, index) => `line ${index}`)
  const { error } = await fail(ended, { lines: ['start', 'Traceback: here', 'an error', ...noise] })
  const shown = error.message.split('\n').filter((line) => line.startsWith('  | '))
  expect(shown.slice(0, 3)).toEqual(['  | Traceback: here', '  | …', '  | line 30'])
  expect(shown).toHaveLength(52)
  const short = await fail(ended, { lines: ['an error', ...noise.slice(0, 49)] })
  expect(short.error.message).not.toContain('…')
})

test('a log that is empty or not there is no error of its own', async () => {
  expect((await fail(ended)).error.message).toMatch(/ log: .*server\.log \(empty\)$/)
  const order = { command: 'vllm', args: [], log: '/nowhere/server.log' }
  expect((await fail(ended, { order })).error.message).toContain('/nowhere/server.log (empty)')
})

test('a log inside the working directory is shown from there', async () => {
  const log = join(process.cwd(), '.assay', 'none.log')
  const { error } = await fail(ended, { order: { command: 'vllm', args: [], log } })
  expect(error.message).toContain(`  log: ${relative(process.cwd(), log)} (empty)`)
})

test('no key is shown, wherever it stands', async () => {
  vi.stubEnv('HF_TOKEN', 'hf_of_the_shell')
  onTestFinished(() => void vi.unstubAllEnvs())
  const all = [KEY, 'hf_of_the_shell', 'hf_of_the_need', 'hf_of_a_flag']
  const log = await logWith(`x error ${all.join(' ')}`, `${'x'.repeat(490)}${KEY}`)
  const order = { command: 'vllm', args: ['--hf-token', 'hf_of_a_flag', '--x', KEY], log }
  const own = { order, need: { ...need, env: { SOME_TOKEN: 'hf_of_the_need', HF_TOKEN: null } } }
  const said = `${'x'.repeat(1900)} ${KEY}`
  const { error } = await fail({ type: 'refused', request: 'POST /x', status: 500, said }, own)
  expect(error.message).toContain('x error *** *** *** ***')
  expect(error.message).toContain('command: vllm --hf-token *** --x ***')
  for (const secret of all) expect(error.message).not.toContain(secret.slice(0, 8))
})

test('long lines are cut', async () => {
  const { error } = await fail(ended, { lines: ['y'.repeat(5000)] })
  expect(error.message).toContain(`  | ${'y'.repeat(500)}…`)
  expect(error.message).not.toContain('y'.repeat(501))
})

test('what is no reason of a start stays the error that it is', async () => {
  const own = new AssayError('No.', { kind: 'cancelled' })
  expect((await fail(ended, { reason: own })).error).toBe(own)
  const { error } = await fail(ended, { reason: new TypeError('broken') })
  expect(error).toMatchObject({ kind: 'internal', message: 'broken' })
})

test('the error of a crash says how, how often, and shows the log', async () => {
  const log = await logWith('torch.OutOfMemoryError: CUDA out of memory.')
  const crashed = { need, how: 'exit code 0', exit, log, key: new Secret(KEY) }
  const error = await crashFailure({ ...crashed, crashes: 3 })
  expect(error).toMatchObject({ kind: 'setup', provider: 'vllm' })
  expect(error.message.split('\n')).toEqual([
    'vllm: some/model: the server crashed (exit code 0), for the 3rd time in a short while; it is not started again.',
    expect.stringContaining('likely cause: the GPU has too little free memory.'),
    `  log: ${log}`,
    '  | torch.OutOfMemoryError: CUDA out of memory.',
  ])
  expect((await crashFailure({ ...crashed, crashes: 1 })).message).toContain('(exit code 0); it is')
})

test.for([
  [{ exitCode: 137, signal: null }, 'exit code 137'],
  [{ exitCode: null, signal: 'SIGKILL' }, 'signal SIGKILL'],
  [{ exitCode: null, signal: null }, 'exit code unknown'],
] as const)('an exit in words: %j', ([how, words]) => {
  expect(describeExit({ ...how, by: null })).toBe(words)
})

test('a program that is not there is named with how it is installed', () => {
  expect(missingProgram(need)).toMatchObject({
    kind: 'setup',
    message: 'vllm: the PATH has no program `vllm`. Install it with `pip install vllm`.',
  })
  expect(missingProgram({ ...need, command: './vllm' }).message).toContain(
    'there is no program `./',
  )
})

test('a server that was stopped by hand is said to be', () => {
  expect(stoppedByPerson(need)).toMatchObject({
    kind: 'setup',
    message: expect.stringContaining('the server of some/model was stopped by hand'),
  })
})
