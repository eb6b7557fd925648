import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import ollama from '../../providers/ollama.ts'
import { createPool, type ServerPool } from '../../src/server/pool.ts'
import chat from '../responses/ollama/chat.json' with { type: 'json' }
import version from '../responses/ollama/version.json' with { type: 'json' }
import { createFakeOllama } from '../support/fake-ollama.ts'
import { failureOf } from '../support/failure.ts'
import { serve } from '../support/http-server.ts'
import { boundTo, recordLeases } from './shared/local/recorded.ts'
import { running } from './ollama/running.ts'

const KEY = 'invented-key-0123456789'
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ollama-'))
})
afterAll(() => rm(folder, { recursive: true }))

const nowhere = 'http://127.0.0.1:65535'

test('the Ollama that runs is taken, and none is started', async () => {
  const server = await running()
  const leases = recordLeases()
  const bound = boundTo(ollama, { leases, usualOllama: server.url })
  await using handle = await bound.setup('qwen3:4b')
  expect((await handle.model.generate('Capital of Austria?')).costUsd).toBe(0)
  expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'GET /api/version', // whether one runs
    'GET /api/version',
    'GET /api/tags',
    'POST /api/chat',
  ])
  expect(leases.needs).toEqual([])
})

describe('H-16: where it runs comes from', () => {
  test.for([
    ['OLLAMA_API_BASE', (url: string) => `${url}/v1`],
    ['OLLAMA_BASE_URL', (url: string) => url],
    ['OLLAMA_BASE_URL', (url: string) => `${url}/api`],
    ['OLLAMA_HOST', (url: string) => url],
    ['OLLAMA_HOST', (url: string) => url.replace('http://', '')],
    ['OLLAMA_HOST', (url: string) => url.replace('http://127.0.0.1', '0.0.0.0')],
    ['OLLAMA_HOST', (url: string) => url.replace('http://127.0.0.1', '')],
    ['OLLAMA_HOST', (url: string) => url.replace('127.0.0.1', '')],
  ] as const)('%s', async ([name, valueOf]) => {
    const server = await running()
    const bound = boundTo(ollama, { leases: recordLeases(), env: { [name]: valueOf(server.url) } })
    await using handle = await bound.setup('qwen3:4b')
    expect((await handle.model.generate('Hi')).text).toBe(chat.body.message.content)
  })

  test('OLLAMA_HOST without a port, which is the usual one', async () => {
    const server = await running()
    const surroundings = { leases: recordLeases(), usualOllama: server.url }
    const bound = boundTo(ollama, { ...surroundings, env: { OLLAMA_HOST: '127.0.0.1' } })
    await using handle = await bound.setup('qwen3:4b')
    expect((await handle.model.generate('Hi')).text).toBe(chat.body.message.content)
  })

  test('the option before any variable, and OLLAMA_HOST last', async () => {
    const server = await running()
    const elsewhere = { OLLAMA_API_BASE: nowhere, OLLAMA_HOST: nowhere }
    const one = boundTo(ollama, { leases: recordLeases(), env: elsewhere })
    await (await one.setup('qwen3:4b', { attach: server.url })).teardown()
    const port = Number(new URL(server.url).port)
    await (await one.setup('qwen3:4b', { host: 'localhost', port })).teardown()
    const env = { OLLAMA_BASE_URL: server.url, OLLAMA_HOST: nowhere }
    await (await boundTo(ollama, { leases: recordLeases(), env }).setup('qwen3:4b')).teardown()
  })

  test.for([
    ({ port }: URL) => ({ host: '127.0.0.1', port: Number(port) }),
    ({ port }: URL) => ({ host: '0.0.0.0', port: Number(port) }),
    ({ host }: URL) => ({ host }),
    ({ origin }: URL) => ({ host: origin }),
    ({ port }: URL) => ({ host: 'http://localhost', port: Number(port) }),
  ])('the option `host`: %s', async (optionsAt) => {
    const server = await running()
    const leases = recordLeases()
    const handle = await boundTo(ollama, { leases }).setup(
      'qwen3:4b',
      optionsAt(new URL(server.url)),
    )
    await handle.teardown()
    expect(server.requests.at(-1)!.url).toBe('/api/tags')
    expect(leases.needs).toEqual([])
  })

  test('the option `host` without a port, which is the usual one', async () => {
    const server = await running()
    const bound = boundTo(ollama, { leases: recordLeases(), usualOllama: server.url })
    expect(await bound.listModels!({ host: '127.0.0.1' })).toHaveLength(4)
  })

  test.for([
    [
      { host: 'localhost', attach: nowhere },
      'ollama: `attach` and `host` both say where it runs; give one.',
    ],
    [
      { host: 'localhost', port: 'auto' },
      'ollama: `port` beside `host` is the port of the Ollama there; give one number.',
    ],
    [
      { host: 'local host' },
      'ollama: `host`: expected an http(s) URL, as in http://127.0.0.1:8080/v1.',
    ],
  ])('the option `host`, and cannot: %j', async ([options, message]) => {
    const setup = boundTo(ollama, { leases: recordLeases() }).setup('qwen3:4b', options as object)
    await expect(setup).rejects.toMatchObject({ kind: 'config', message })
  })

  test('a configuration file, by the names that other tools have for it', async () => {
    const server = await running()
    const file = (options: Record<string, unknown>) => ({
      file: { source: 'assay.config.yaml', models: { 'ollama/llama2': [{ options }] } },
    })
    for (const options of [
      { base_url: server.url },
      { baseURL: server.url },
      { host: 'localhost', port: Number(new URL(server.url).port) },
    ]) {
      const models = file({ ...options, model_path: 'llama2:7b' })
      const env = { OLLAMA_BASE_URL: nowhere }
      const bound = boundTo(ollama, { leases: recordLeases(), env, models })
      await using handle = await bound.setup('llama2')
      await handle.model.generate('Hi')
      expect(handle.model.info.spec).toBe('ollama/llama2')
      expect(server.requests.at(-1)!.json).toMatchObject({ model: 'llama2:7b' })
    }
  })
})

test('H-16: nothing is started in place of an Ollama that was named and does not answer', async () => {
  const leases = recordLeases()
  const bound = boundTo(ollama, { leases, env: { OLLAMA_HOST: nowhere } })
  await expect(bound.setup('qwen3', { attempts: 1 })).rejects.toMatchObject({
    kind: 'network',
    message:
      'ollama: no server runs at http://127.0.0.1:65535 (from OLLAMA_HOST): start it, correct the URL, or leave it out to have a server started.',
  })
  const options = { host: '127.0.0.1', port: 65_535, attempts: 1 }
  await expect(bound.setup('qwen3', options)).rejects.toMatchObject({
    kind: 'network',
    message: expect.stringContaining(
      'ollama: no server runs at http://127.0.0.1:65535 (from `host`): start it',
    ) as string,
  })
  expect(leases.needs).toEqual([])
})

test('H-16: what runs where Ollama usually does, and is none, is an error that says so', async () => {
  const stranger = await serve(() => ({ status: 404, body: 'no such page' }))
  onTestFinished(() => stranger[Symbol.asyncDispose]())
  const leases = recordLeases()
  const bound = boundTo(ollama, { leases, usualOllama: stranger.url })
  await expect(bound.setup('qwen3', { attempts: 1 })).rejects.toMatchObject({
    kind: 'not_found',
    message:
      "ollama: what runs at http://127.0.0.1:11434 (from Ollama's default) is no server of models, or has them " +
      'elsewhere: correct the URL, or leave it out to have a server started; asked for /api/tags, it answered: ' +
      'API error (404): no such page.',
  })
  expect(leases.needs).toEqual([])
})

describe('H-16: the model', () => {
  test('is named as in `ollama run`: without a tag it is the latest', async () => {
    const server = await running()
    const bound = boundTo(ollama, { leases: recordLeases(), usualOllama: server.url })
    await using handle = await bound.setup('qwen3')
    await handle.model.generate('Hi')
    expect(server.requests.at(-1)!.json).toMatchObject({ model: 'qwen3:latest' })
  })

  test('that was not pulled is an error which says how to', async () => {
    const server = await running()
    const bound = boundTo(ollama, { leases: recordLeases(), usualOllama: server.url })
    await expect(bound.setup('gemma3')).rejects.toMatchObject({
      kind: 'not_found',
      provider: 'ollama',
      message:
        "ollama: http://127.0.0.1:11434 does not serve 'gemma3'; it serves 'qwen3:latest', 'qwen3:4b', " +
        "'llama2:7b', 'nomic-embed-text:latest'. Get it with `ollama pull gemma3`.",
    })
  })

  test('is one of those that it lists', async () => {
    const server = await running()
    const bound = boundTo(ollama, { leases: recordLeases(), usualOllama: server.url })
    expect(await bound.listModels!()).toEqual([
      { id: 'qwen3:latest' },
      { id: 'qwen3:4b' },
      { id: 'llama2:7b' },
      { id: 'nomic-embed-text:latest' },
    ])
  })

  test('is none of an Ollama that has pulled none', async () => {
    const server = await serve(({ url }) =>
      url === '/api/version' ? version : { body: { models: null } },
    )
    onTestFinished(() => server[Symbol.asyncDispose]())
    const bound = boundTo(ollama, { leases: recordLeases() })
    expect(await bound.listModels!({ attach: server.url })).toEqual([])
    await expect(bound.setup('qwen3', { attach: server.url })).rejects.toMatchObject({
      message: `ollama: ${server.url} does not serve 'qwen3'; it serves no model. Get it with \`ollama pull qwen3\`.`,
    })
  })
})

describe('where no Ollama runs', () => {
  async function pool(env: object): Promise<ServerPool> {
    const path = `${folder}${delimiter}${process.env['PATH']}`
    const created = createPool({
      logDir: join(folder, 'logs'),
      env: { ...process.env, PATH: path, ...env },
    })
    onTestFinished(() => created.close())
    return created
  }

  test('the one on the PATH is started, once for all models', async () => {
    await createFakeOllama(folder)
    const startsFile = join(folder, 'starts')
    const setup = { models: ['qwen3', 'gemma3:1b'], startsFile }
    const leases = await pool({ FAKE_OLLAMA: JSON.stringify(setup) })
    const bound = boundTo(ollama, { leases })
    const handles = await Promise.all(['qwen3', 'gemma3:1b'].map((name) => bound.setup(name)))
    for (const { model } of handles) {
      expect((await model.generate('Hi')).text.length).toBeGreaterThan(0)
    }
    await expect(bound.setup('llama4')).rejects.toMatchObject({
      kind: 'not_found',
      message: expect.stringContaining('Get it with `ollama pull llama4`.') as string,
    })
    await Promise.all(handles.map((handle) => handle.teardown()))
    expect((await readFile(startsFile, 'utf8')).trim().split('\n')).toHaveLength(1)
    expect(leases.history).toMatchObject([{ provider: 'ollama', model: 'serve', starts: 1 }])
  })

  test('and none is installed, one sentence says what to do', async () => {
    const leases = await pool({ PATH: join(folder, 'empty') })
    await expect(boundTo(ollama, { leases }).setup('qwen3')).rejects.toMatchObject({
      kind: 'setup',
      message:
        'ollama: the PATH has no program `ollama`. No Ollama answers at http://127.0.0.1:11434: start it, ' +
        'install it as https://ollama.com/download says, or set OLLAMA_BIN to the path of its program.',
    })
  })

  test('options become variables of the one that is started', async () => {
    const server = await running()
    const leases = recordLeases({ address: { url: server.url, start: 1 }, key: null })
    const env = { OLLAMA_BIN: '/opt/ollama' }
    const bound = boundTo(ollama, { leases, env })
    const options = { context: 4096, parallel: 2, env: { OLLAMA_KEEP_ALIVE: '1h' } }
    await (await bound.setup('qwen3', options)).teardown()
    expect(leases.needs).toMatchObject([
      {
        command: '/opt/ollama',
        args: ['serve'],
        env: {
          OLLAMA_HOST: '{host}:{port}',
          OLLAMA_CONTEXT_LENGTH: '4096',
          OLLAMA_NUM_PARALLEL: '2',
          OLLAMA_KEEP_ALIVE: '1h',
        },
        keyVariable: null,
        ready: { health: '/api/version', token: null },
      },
    ])
    expect(server.requests[0]!.headers.authorization).toBeUndefined()
  })

  test('a key is for one that runs already', async () => {
    const setup = boundTo(ollama, { leases: recordLeases() }).setup('qwen3', { apiKey: KEY })
    expect((await failureOf(setup, KEY)).message).toBe(
      'ollama: `apiKeys` are for a server that is attached to; one that is started gets a key of its own.',
    )
  })
})
