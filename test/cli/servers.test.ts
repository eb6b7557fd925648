import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as base } from 'vitest'
import type { ListedServer, StartOrder } from '../../src/server/protocol.ts'
import { startSupervisor, type SupervisedServer } from '../../src/server/supervise.ts'
import { type AssayOptions, type AssayResult, runAssay } from './run-assay.ts'

const program = `
  require('node:http').createServer((_, response) => response.end()).listen(process.argv[1], '127.0.0.1')
`

/** A run that has servers, and the program in its folder. */
interface Run {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly start: (id: string, model: string) => Promise<SupervisedServer>
  readonly assay: (args: string, options?: AssayOptions) => Promise<AssayResult>
}

const test = base.extend<{ run: Run }>({
  run: async ({}, use) => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'assay-cli-')))
    const env = { TMPDIR: folder }
    const supervisor = startSupervisor({ env: { ...process.env, ...env } })
    await use({
      folder,
      env,
      start: (id, model) => supervisor.start(orderOf(id, model, folder)),
      assay: (args, options) => runAssay(args.split(' '), { cwd: folder, env, ...options }),
    })
    await supervisor.close()
    await rm(folder, { recursive: true })
  },
})

function orderOf(id: string, model: string, folder: string): StartOrder {
  return {
    id,
    provider: 'llama-server',
    model,
    command: process.execPath,
    args: ['-e', program, '{port}'],
    env: {},
    cwd: folder,
    log: join(folder, `${id}.log`),
    port: 'auto',
    stopGrace: 5000,
    stopAgain: null,
  }
}

interface Documents {
  readonly version: number
  readonly servers: readonly ListedServer[]
  readonly stopped: readonly ListedServer[]
}

const parse = ({ stdout }: AssayResult) => JSON.parse(stdout) as Documents
const idsOf = (servers: readonly ListedServer[]) => servers.map(({ id }) => id)

test('the list has every server, oldest first, as its supervisor last heard of it', async ({
  run,
}) => {
  const first = await run.start('aaaa0000aaaa0000', 'one.gguf')
  const second = await run.start('bbbb0000bbbb0000', 'two.gguf')
  first.show({ users: 2, ready: true })
  await expect.poll(async () => (await run.assay('servers')).stdout).toContain('ready')
  const { exitCode, stdout, stderr } = await run.assay('servers')
  const [head, ...lines] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/))
  expect(head).toEqual(['id', 'model', 'port', 'age', 'users', 'state', 'log'])
  const age = expect.stringMatching(/^\d+ s$/)
  expect(lines).toEqual([
    [
      'aaaa0000',
      'llama-server/one.gguf',
      `${first.port}`,
      age,
      '2',
      'ready',
      'aaaa0000aaaa0000.log',
    ],
    [
      'bbbb0000',
      'llama-server/two.gguf',
      `${second.port}`,
      age,
      '0',
      'starting',
      'bbbb0000bbbb0000.log',
    ],
  ])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
})

test('--json has whole ids and paths', async ({ run }) => {
  const server = await run.start('aaaa0000aaaa0000', 'one.gguf')
  expect(parse(await run.assay('servers --json'))).toEqual({
    version: 1,
    servers: [
      {
        id: 'aaaa0000aaaa0000',
        provider: 'llama-server',
        model: 'one.gguf',
        pid: server.pid,
        port: server.port,
        url: `http://127.0.0.1:${server.port}`,
        ready: false,
        users: 0,
        startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        log: join(run.folder, 'aaaa0000aaaa0000.log'),
        runPid: process.pid,
      },
    ],
  })
})

test('where nothing runs, list and stop say so, and neither is an error', async ({ run }) => {
  const nothing = { exitCode: 0, stdout: 'No local model server runs.\n', stderr: '' }
  expect(await run.assay('servers')).toEqual(nothing)
  expect(await run.assay('servers stop')).toEqual(nothing)
  expect(await run.assay('servers stop --all')).toEqual(nothing)
  expect(parse(await run.assay('servers --json'))).toEqual({ version: 1, servers: [] })
  expect(parse(await run.assay('servers stop --json'))).toEqual({ version: 1, stopped: [] })
})

test('the only server needs no id, and its run learns that a person stopped it', async ({
  run,
}) => {
  const server = await run.start('aaaa0000aaaa0000', 'one.gguf')
  const { exitCode, stdout } = await run.assay('servers stop')
  expect(stdout).toBe(`Stopped llama-server/one.gguf (id aaaa0000, port ${server.port}).\n`)
  expect(exitCode).toBe(0)
  expect((await server.exited).by).toBe('person')
  await server.gone
  expect(parse(await run.assay('servers --json')).servers).toEqual([])
})

test('for a server with users, stop says what becomes of their rows', async ({ run }) => {
  const server = await run.start('aaaa0000aaaa0000', 'one.gguf')
  server.show({ users: 1, ready: true })
  const users = async () => parse(await run.assay('servers --json')).servers[0]?.users
  await expect.poll(users, { timeout: 20_000 }).toBe(1)
  const { stdout } = await run.assay('servers stop')
  expect(stdout).toContain('Its run goes on; rows that still need it become errors.')
})

test('of several servers none is stopped by chance', async ({ run }) => {
  await run.start('aaaa0000aaaa0000', 'one.gguf')
  await run.start('bbbb0000bbbb0000', 'two.gguf')
  const { exitCode, stdout, stderr } = await run.assay('servers stop')
  expect(stderr).toMatch(/^error: 2 servers run\. Give the ids of those to stop, or --all\.\n/)
  expect(stderr).toMatch(/^aaaa0000 .*\nbbbb0000 /m)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(parse(await run.assay('servers --json')).servers).toHaveLength(2)
})

test('stop takes the beginnings of ids, and leaves the others alone', async ({ run }) => {
  await run.start('aaaa0000aaaa0000', 'one.gguf')
  await run.start('abbb0000bbbb0000', 'two.gguf')
  await run.start('cccc0000cccc0000', 'three.gguf')
  const result = await run.assay('servers stop ab cccc ab --json')
  expect(idsOf(parse(result).stopped)).toEqual(['abbb0000bbbb0000', 'cccc0000cccc0000'])
  expect(idsOf(parse(await run.assay('servers --json')).servers)).toEqual(['aaaa0000aaaa0000'])
})

test('--all stops all', async ({ run }) => {
  await run.start('aaaa0000aaaa0000', 'one.gguf')
  await run.start('bbbb0000bbbb0000', 'two.gguf')
  const { stdout } = await run.assay('servers stop --all')
  expect(stdout.trimEnd().split('\n').toSorted()).toEqual([
    expect.stringMatching(/^Stopped llama-server\/one\.gguf/),
    expect.stringMatching(/^Stopped llama-server\/two\.gguf/),
  ])
  expect(parse(await run.assay('servers --json')).servers).toEqual([])
})

test('the servers of all runs are one list, oldest first, and --all stops those of each', async ({
  run,
}) => {
  const other = startSupervisor({ env: { ...process.env, ...run.env } })
  try {
    const ids = ['aaaa0000aaaa0000', 'bbbb0000bbbb0000', 'cccc0000cccc0000']
    await run.start(ids[0]!, 'one.gguf')
    await other.start(orderOf(ids[1]!, 'two.gguf', run.folder))
    await run.start(ids[2]!, 'three.gguf')
    expect(idsOf(parse(await run.assay('servers --json')).servers)).toEqual(ids)
    expect(idsOf(parse(await run.assay('servers stop --all --json')).stopped)).toEqual(ids)
    expect(parse(await run.assay('servers --json')).servers).toEqual([])
  } finally {
    await other.close()
  }
})

test('with one wrong id nothing is stopped, and stdout has no document', async ({ run }) => {
  await run.start('aaaa0000aaaa0000', 'one.gguf')
  const { exitCode, stdout, stderr } = await run.assay('servers stop --json aaaa ffff')
  expect(stderr).toMatch(/^error: There is no server with the id "ffff"\.\n/)
  expect(stderr).toMatch(/^aaaa0000 /m)
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
  expect(parse(await run.assay('servers --json')).servers).toHaveLength(1)
})

test('a reader that has gone keeps no server from being stopped', async ({ run }) => {
  await run.start('aaaa0000aaaa0000', 'one.gguf')
  await run.start('bbbb0000bbbb0000', 'two.gguf')
  const result = await run.assay('servers stop --all', { closed: true })
  expect(result).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  expect(parse(await run.assay('servers --json')).servers).toEqual([])
})
