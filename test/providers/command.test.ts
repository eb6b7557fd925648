import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import command from '../../providers/command.ts'
import { createPool, type ServerPool } from '../../src/server/pool.ts'
import {
  boundTo,
  lineFor as lineOf,
  needFor as needOf,
  recordLeases,
} from './shared/local/recorded.ts'

let baseDir: string

beforeAll(async () => {
  baseDir = await mkdtemp(join(tmpdir(), 'command-'))
  await writeFile(join(baseDir, 'weights'), 'weights')
})
afterAll(() => rm(baseDir, { recursive: true }))

const needFor = (model: string, options: object) => needOf(command, model, options, { baseDir })

describe('the words of the command', () => {
  test('have the model, its name and where to listen filled in', async () => {
    const words = [
      'python',
      '-m',
      'launch',
      '--model-path',
      '{model}',
      '--served-model-name',
      '{name}',
    ]
    const line = await lineOf(command, 'Qwen/Qwen3-4B', {
      command: [...words, '--host', '{host}', '--port', '{port}'],
    })
    expect(line).toBe(
      'python -m launch --model-path Qwen/Qwen3-4B --served-model-name Qwen/Qwen3-4B --host {host} --port {port}',
    )
  })

  test('have the absolute path of a model that is a file here', async () => {
    const words = ['./serve', '{model}', '{name}', '--port={port}']
    expect(await lineOf(command, 'weights', { command: words }, { baseDir })).toBe(
      `${baseDir}/serve ${baseDir}/weights weights --port={port}`,
    )
  })

  test('may leave the port to a variable', async () => {
    const env = { ADDRESS: '{host}:{port}', MODEL: '{model}', NAME: '{name}', GONE: null }
    expect(await needFor('weights', { command: ['serve'], env, id: 'mine' })).toMatchObject({
      command: 'serve',
      args: [],
      env: { ...env, MODEL: join(baseDir, 'weights'), NAME: 'mine' },
      ready: { token: { body: { model: 'mine' } } },
    })
  })

  test.for([
    [
      {},
      'command: `command` is missing: give the words of the command line that starts the server.',
    ],
    [{ command: ['serve'] }, 'command: `command`: expected `{port}` in an argument, or in `env`'],
    [{ command: [] }, 'command: options: `command`: expected the program and its arguments'],
    [{ command: ['serve', '{port}'], health: 'ready' }, "expected a path that begins with '/'"],
  ] as const)('%j are an error before any start', async ([options, said]) => {
    const leases = recordLeases()
    const setup = boundTo(command, { leases }).setup('x', options)
    await expect(setup).rejects.toMatchObject({ kind: 'config' })
    await expect(setup).rejects.toThrow(said)
    expect(leases.needs).toEqual([])
  })
})

describe('a server of one line', () => {
  let pool: ServerPool

  beforeAll(async () => {
    await writeFile(join(baseDir, 'serve.mjs'), program)
    pool = createPool({ logDir: join(baseDir, 'logs') })
  })
  afterAll(() => pool.close())

  const words = [process.execPath, 'serve.mjs', '{port}', '{name}']

  test.for([
    ['without anything of ours', words, {}],
    ['with a key of its own', words, { keyVariable: 'SERVER_KEY' }],
    ['with the start in its name', [...words, '{nonce}'], { health: '/ready' }],
  ] as const)('%s is started and asked', async ([, line, options]) => {
    const bound = boundTo(command, { leases: pool, baseDir })
    await using handle = await bound.setup('weights', {
      command: line.map((word) => word.replace('serve.mjs', join(baseDir, 'serve.mjs'))),
      ...options,
    })
    expect((await handle.model.generate('Hi')).text).toBe(
      'keyVariable' in options ? 'weights, to who has the key' : 'weights, to anybody',
    )
  })
})

const program = `
import { createServer } from 'node:http'
const [port, name, nonce = ''] = process.argv.slice(2)
const key = process.env.SERVER_KEY
createServer((request, response) => {
  const isOpen = request.url === '/health' || request.url === '/ready'
  if (!isOpen && key && request.headers.authorization !== 'Bearer ' + key) {
    return response.writeHead(401).end()
  }
  response.writeHead(200, { 'content-type': 'application/json' })
  const content = name + ', to ' + (key ? 'who has the key' : 'anybody')
  response.end(JSON.stringify(request.url === '/v1/models'
    ? { data: [{ id: name }, { id: name + nonce }] }
    : { choices: [{ message: { content }, finish_reason: 'stop' }] }))
}).listen(Number(port), '127.0.0.1')
`
