import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import ollama from '../../providers/ollama.ts'
import { createPool, type ServerPool } from '../../src/server/pool.ts'
import { createFakeOllama } from '../support/fake-ollama.ts'
import { type HttpServer, serve } from '../support/http-server.ts'
import { boundTo, recordLeases } from './local/recorded.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ollama-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** An Ollama that has pulled `qwen3` and `gemma3:1b`. */
async function running(): Promise<HttpServer> {
  const server = await serve(({ url }) => {
    if (url === '/api/version') return { body: { version: '0.99.0' } }
    if (url === '/v1/models')
      return { body: { data: [{ id: 'qwen3:latest' }, { id: 'gemma3:1b' }] } }
    return { body: { choices: [{ message: { content: 'Paris' }, finish_reason: 'stop' }] } }
  })
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

const nowhere = 'http://127.0.0.1:65535'

test('the Ollama that runs is taken, and none is started', async () => {
  const server = await running()
  const leases = recordLeases()
  const bound = boundTo(ollama, { leases, usualOllama: server.url })
  await using handle = await bound.setup('gemma3:1b')
  expect(await handle.model.generate('Capital of France?')).toMatchObject({
    text: 'Paris',
    costUsd: 0,
  })
  expect(server.requests.at(-1)).toMatchObject({
    url: '/v1/chat/completions',
    json: { model: 'gemma3:1b', temperature: 0 },
  })
  expect(leases.needs).toEqual([])
})

describe('H-16: where it runs comes from', () => {
  test.for([
    ['OLLAMA_API_BASE', (url: string) => `${url}/v1`],
    ['OLLAMA_BASE_URL', (url: string) => url],
    ['OLLAMA_HOST', (url: string) => url],
    ['OLLAMA_HOST', (url: string) => url.replace('http://', '')],
    ['OLLAMA_HOST', (url: string) => url.replace('http://127.0.0.1', '0.0.0.0')],
    ['OLLAMA_HOST', (url: string) => url.replace('http://127.0.0.1', '')],
    ['OLLAMA_HOST', (url: string) => url.replace('127.0.0.1', '')],
  ] as const)('%s', async ([name, valueOf]) => {
    const server = await running()
    const bound = boundTo(ollama, { leases: recordLeases(), env: { [name]: valueOf(server.url) } })
    await using handle = await bound.setup('gemma3:1b')
    expect((await handle.model.generate('Hi')).text).toBe('Paris')
  })

  test('OLLAMA_HOST without a port, which is the usual one', async () => {
    const server = await running()
    const surroundings = { leases: recordLeases(), usualOllama: server.url }
    const bound = boundTo(ollama, { ...surroundings, env: { OLLAMA_HOST: '127.0.0.1' } })
    await using handle = await bound.setup('gemma3:1b')
    expect((await handle.model.generate('Hi')).text).toBe('Paris')
  })

  test('the option before any variable, and OLLAMA_HOST last', async () => {
    const server = await running()
    const elsewhere = { OLLAMA_API_BASE: nowhere, OLLAMA_HOST: nowhere }
    const one = boundTo(ollama, { leases: recordLeases(), env: elsewhere })
    await (await one.setup('gemma3:1b', { attach: server.url })).teardown()
    const env = { OLLAMA_BASE_URL: server.url, OLLAMA_HOST: nowhere }
    await (await boundTo(ollama, { leases: recordLeases(), env }).setup('gemma3:1b')).teardown()
  })
})

test('nothing is started in place of an Ollama that was named and does not answer', async () => {
  const leases = recordLeases()
  const bound = boundTo(ollama, { leases, env: { OLLAMA_HOST: nowhere } })
  await expect(bound.setup('qwen3', { attempts: 1 })).rejects.toMatchObject({
    kind: 'network',
    message:
      'ollama: no server runs at http://127.0.0.1:65535 (from OLLAMA_HOST): start it, correct the URL, or leave it out to have a server started.',
  })
  expect(leases.needs).toEqual([])
})

test('what runs where Ollama usually does, and is none, is an error that says so', async () => {
  const stranger = await serve(() => ({ status: 404, body: 'no such page' }))
  onTestFinished(() => stranger[Symbol.asyncDispose]())
  const leases = recordLeases()
  const bound = boundTo(ollama, { leases, usualOllama: stranger.url })
  await expect(bound.setup('qwen3', { attempts: 1 })).rejects.toMatchObject({
    kind: 'not_found',
    message: expect.stringContaining(
      "ollama: what runs at http://127.0.0.1:11434 (from Ollama's default) is no server of models",
    ) as string,
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
        "ollama: http://127.0.0.1:11434 does not serve 'gemma3'; it serves 'qwen3:latest', 'gemma3:1b'. " +
        'Get it with `ollama pull gemma3`.',
    })
  })

  test('is one of those that it lists', async () => {
    const server = await running()
    const bound = boundTo(ollama, { leases: recordLeases(), usualOllama: server.url })
    expect(await bound.listModels!()).toEqual([{ id: 'qwen3:latest' }, { id: 'gemma3:1b' }])
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
})
