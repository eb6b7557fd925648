import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { likelyCause, saysPortTaken } from '../../../src/server/log/cause.ts'
import { causes } from '../../../src/server/log/causes.ts'
import { readLogEnd } from '../../../src/server/log/end.ts'
import type { ServerExit } from '../../../src/server/protocol.ts'
import { describeLlama, llamaServer, tinyModel } from '../../support/llama-server.ts'
import logs from './causes.json' with { type: 'json' }
import { temporaryFolder } from '../temporary-folder.ts'

const need = { command: 'vllm', install: 'Install it with `pip install vllm`.' }

function exitOf(how: number | string | null, by: ServerExit['by'] = null): ServerExit {
  const isSignal = typeof how === 'string'
  return { exitCode: isSignal ? null : how, signal: isSignal ? how : null, by }
}

test.for(logs.map(({ cause, log, exit }) => [cause, log, exit] as const))(
  'the cause is: %s',
  ([cause, log, exit]) => {
    expect(likelyCause(log, exit === null ? null : exitOf(exit), need)).toBe(cause)
  },
)

test('each cause of the table is the cause of a log here', () => {
  const isFound = (says: string) =>
    logs.some(({ cause }) => says.split(/\{\w+\}/).every((part) => cause.includes(part)))
  expect(causes.filter(({ says }) => !isFound(says))).toEqual([])
})

test('a server that somebody ended did not run out of memory', () => {
  expect(likelyCause([], exitOf('SIGKILL'), need)).toContain('memory ran out')
  expect(likelyCause([], exitOf('SIGKILL', 'run'), need)).toBeUndefined()
  expect(likelyCause([], exitOf('SIGKILL', 'person'), need)).toBeUndefined()
  expect(likelyCause([], null, need)).toBeUndefined()
})

test('what nobody knows has no cause', () => {
  expect(likelyCause(['It is raining.', ''], exitOf(3), need)).toBeUndefined()
})

describeLlama('of a real llama-server', () => {
  /** Runs it until it ends; returns its log and its exit. */
  async function run(...args: readonly string[]) {
    const log = join(await temporaryFolder(), 'server.log')
    await using file = await open(log, 'a')
    const all = ['--host', '127.0.0.1', '--port', '0', '--offline', ...args]
    const child = spawn(llamaServer!, all, { stdio: ['ignore', file.fd, file.fd] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [exitCode, signal] = (await once(child, 'exit')) as [number | null, string | null]
    const lines = await readLogEnd(log)
    const own = { command: 'llama-server', install: 'Install it.' }
    return { lines, cause: likelyCause(lines, { exitCode, signal, by: null }, own) }
  }

  test('a model that is not there is named', async () => {
    const { cause } = await run('-m', '/nowhere/some.gguf')
    expect(cause).toBe('the file `/nowhere/some.gguf` cannot be read: No such file or directory.')
  })

  test.for([
    ['empty', 'no GGUF', () => Buffer.alloc(0)],
    ['something else', 'no GGUF', () => Buffer.from('<html>'.repeat(100))],
    ['cut off', 'incomplete', (whole: Buffer) => whole.subarray(0, 400_000)],
  ] as const)('a model that is %s is %s', async ([, said, change]) => {
    const path = join(await temporaryFolder(), 'some.gguf')
    await writeFile(path, change(await readFile(tinyModel)))
    const { cause } = await run('-m', path)
    expect(cause).toContain(said)
  })

  test('a flag that it does not know is named', async () => {
    const { cause } = await run('-m', tinyModel, '--no-such-flag')
    expect(cause).toMatch(/^llama-server does not know `--no-such-flag`\./)
  })

  test('a value that it does not take is named with its flag', async () => {
    const { cause } = await run('-m', tinyModel, '--flash-attn', 'perhaps')
    expect(cause).toContain('the value of `--flash-attn` is wrong')
    expect(cause).toContain('perhaps')
  })

  test('a port that is taken is known', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const { cause, lines } = await run('-m', tinyModel, '--port', String(port))
    expect(cause).toMatch(/^another program took the port/)
    expect(saysPortTaken(lines)).toBe(true)
  })
})
