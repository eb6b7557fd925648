import { describe, expect, onTestFinished, test } from 'vitest'
import llamaServer from '../../../../providers/llama-server.ts'
import vllm from '../../../../providers/vllm.ts'
import command from '../../../../providers/command.ts'
import { createDesk } from '../../../../src/broker/desk.ts'
import type { ModelProvider } from '../../../../src/provider/provider.ts'
import { providersFromEnv } from '../../../../providers/openai-compatible/from-env.ts'
import { createSeam } from '../../../../src/request/seam.ts'
import { type Handler, type HttpServer, type Reply, serve } from '../../../support/http-server.ts'
import { boundTo, recordLeases } from './recorded.ts'

const KEY = 'sk-invented-0123456789'

const completion = {
  model: 'served',
  choices: [{ index: 0, message: { content: 'Paris' }, finish_reason: 'stop' }],
}

/** A server with these models, which answers all questions with `Paris`. */
async function running(
  models: readonly object[],
  more: Readonly<Record<string, Reply>> = {},
): Promise<HttpServer> {
  const replies: Readonly<Record<string, Reply>> = {
    '/health': { body: { status: 'ok' } },
    '/v1/models': { body: { object: 'list', data: models } },
    '/v1/chat/completions': { body: completion },
    ...more,
  }
  const handler: Handler = ({ url }) => replies[url] ?? { status: 404, body: 'no such path' }
  const server = await serve(handler)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

const leases = recordLeases()
const setup = (provider: ModelProvider, model: string, options: object, env = {}) =>
  boundTo(provider, { leases, env }).setup(model, { attempts: 1, ...options })

const pathsOf = ({ requests }: HttpServer) => requests.map(({ method, url }) => `${method} ${url}`)

test('a server that runs is asked for its health and its models, and nothing is started', async () => {
  const server = await running([{ id: 'qwen' }])
  await using handle = await setup(vllm, 'qwen', { attach: server.url })
  expect(pathsOf(server)).toEqual(['GET /health', 'GET /v1/models'])
  expect(await handle.model.generate('Capital of France?')).toMatchObject({
    text: 'Paris',
    costUsd: 0,
  })
  expect(server.requests.at(-1)).toMatchObject({
    url: '/v1/chat/completions',
    json: { model: 'qwen', temperature: 0 },
  })
  expect(leases.needs).toEqual([])
})

test.for([
  [vllm, 'VLLM_API_BASE'],
  [vllm, 'VLLM_BASE_URL'],
  [llamaServer, 'LLAMA_SERVER_API_BASE'],
  [llamaServer, 'LLAMA_SERVER_BASE_URL'],
  [command, 'COMMAND_API_BASE'],
] as const)('H-19: $0.name finds it in %s', async ([provider, name]) => {
  const server = await running([{ id: 'qwen' }])
  for (const url of [server.url, `${server.url}/v1`, `${server.url}/v1/`]) {
    await using handle = await setup(provider, 'qwen', {}, { [name]: url })
    expect((await handle.model.generate('Hi')).text).toBe('Paris')
  }
  expect(providersFromEnv({ [name]: server.url })).toEqual([])
})

test('H-19: an option goes before the environment, NAME_API_BASE before NAME_BASE_URL', async () => {
  const server = await running([{ id: 'qwen' }])
  const nowhere = 'http://127.0.0.1:65535'
  await using one = await setup(vllm, 'qwen', { attach: server.url }, { VLLM_API_BASE: nowhere })
  const env = { VLLM_API_BASE: server.url, VLLM_BASE_URL: nowhere }
  await using other = await setup(vllm, 'qwen', {}, env)
  expect([one.model.info.name, other.model.info.name]).toEqual(['qwen', 'qwen'])
})

test('a server below a path is asked there', async () => {
  const server = await serve(({ url }) =>
    url.startsWith('/llm/') ? { body: { data: [{ id: 'qwen' }] } } : { status: 500 },
  )
  onTestFinished(() => server[Symbol.asyncDispose]())
  await (await setup(vllm, 'qwen', { attach: `${server.url}/llm/v1` })).teardown()
  expect(pathsOf(server)).toEqual(['GET /llm/health', 'GET /llm/v1/models'])
})

describe('its key', () => {
  test.for([
    [{ apiKeys: [KEY] }, {}],
    [{}, { LLAMA_SERVER_API_KEY: KEY }],
    [{ headers: { authorization: `Bearer ${KEY}` } }, { LLAMA_SERVER_API_KEY: 'another' }],
  ])('comes from %j and %j', async ([options, env]) => {
    const server = await running([{ id: 'qwen' }])
    await using handle = await setup(llamaServer, 'qwen', { attach: server.url, ...options }, env)
    await handle.model.generate('Hi')
    for (const { headers } of server.requests) expect(headers.authorization).toBe(`Bearer ${KEY}`)
  })
})

describe('the model', () => {
  test.for([
    ['models/qwen.gguf', { id: '/data/qwen.gguf' }, '/data/qwen.gguf'],
    ['qwen.gguf', { id: 'other', aliases: ['qwen.gguf'] }, 'qwen.gguf'],
    ['user/repo', { id: 'user/repo:Q4_K_M' }, 'user/repo:Q4_K_M'],
    ['user/repo:Q4_K_M', { id: 'user/repo:Q4_K_M' }, 'user/repo:Q4_K_M'],
  ] as const)('%s is %j at llama-server', async ([model, listed, sent]) => {
    const server = await running([{ id: 'first' }, listed])
    await using handle = await setup(llamaServer, model, { attach: server.url })
    await handle.model.generate('Hi')
    expect(server.requests.at(-1)!.json).toMatchObject({ model: sent })
  })

  test('may have another name there', async () => {
    const server = await running([{ id: 'qwen-4b' }])
    await using handle = await setup(vllm, 'Qwen/Qwen3-4B', { attach: server.url, id: 'qwen-4b' })
    await handle.model.generate('Hi')
    expect(server.requests.at(-1)!.json).toMatchObject({ model: 'qwen-4b' })
  })

  test('that is not served is an error which says what is', async () => {
    const server = await running([{ id: 'org/a', aliases: ['a#1'] }, { id: 'b' }])
    await expect(setup(vllm, 'other/a', { attach: server.url })).rejects.toMatchObject({
      kind: 'not_found',
      provider: 'vllm',
      message: `vllm: ${server.url} does not serve 'other/a'; it serves 'org/a', 'b'. Name one of these, or give it as \`id\`.`,
    })
  })
})

test('a server without a path of health is asked for its models alone', async () => {
  const server = await running([{ id: 'qwen' }], { '/health': { status: 404 } })
  await using handle = await setup(vllm, 'qwen', { attach: server.url })
  expect((await handle.model.generate('Hi')).text).toBe('Paris')
})

describe('H-16: an error names the URL, where it is from, and what to do:', () => {
  const advice = 'correct the URL, or leave it out to have a server started'
  const nowhere = 'http://127.0.0.1:65535'
  const fail = async (replies: Readonly<Record<string, Reply>>, options = {}, path = '') => {
    const server = await running([{ id: 'qwen' }], replies)
    const error = setup(llamaServer, 'qwen', { attach: server.url + path, ...options })
    return { error, url: server.url }
  }
  const refusal: Reply = { status: 401, body: { error: { message: 'Invalid API Key' } } }

  test('nothing runs there', async () => {
    const said = (from: string) =>
      `no server runs at ${nowhere} (from ${from}): start it, ${advice}.`
    const env = { LLAMA_SERVER_BASE_URL: `${nowhere}/v1` }
    await expect(setup(llamaServer, 'qwen', {}, env)).rejects.toMatchObject({
      kind: 'network',
      provider: 'llama-server',
      message: `llama-server: ${said('LLAMA_SERVER_BASE_URL')}`,
      cause: { code: 'ECONNREFUSED' },
    })
    const attached = boundTo(vllm, { leases })
    await expect(
      attached.listModels!({ attach: `${nowhere}?key=hidden`, attempts: 1 }),
    ).rejects.toMatchObject({ kind: 'network', message: `vllm: ${said('`attach`')}` })
  })

  test('its host is not known', async () => {
    const attach = 'http://nowhere.invalid'
    await expect(setup(vllm, 'qwen', { attach })).rejects.toMatchObject({
      kind: 'network',
      message: expect.stringMatching(
        /^vllm: http:\/\/nowhere\.invalid \(from `attach`\) cannot be reached: .*\(E[A-Z_]+\)\.$/,
      ) as string,
    })
  })

  test('it is too slow', async () => {
    const server = await serve(() => new Promise<never>(() => {}))
    onTestFinished(() => server[Symbol.asyncDispose]())
    const slow = setup(vllm, 'qwen', { attach: server.url, timeout: 50 })
    await expect(slow).rejects.toMatchObject({
      kind: 'timeout',
      message: `vllm: ${server.url} (from \`attach\`) does not answer in time: see whether the server there works, ${advice}.`,
    })
  })

  test.each(['/v1/models', '/props'])('it wants a key, for %s', async (path) => {
    const { error, url } = await fail({ [path]: refusal })
    await expect(error).rejects.toMatchObject({
      kind: 'auth',
      status: 401,
      message: `llama-server: ${url} (from \`attach\`) wants a key: set LLAMA_SERVER_API_KEY, or give \`apiKeys\`; it answered: API error (401): Invalid API Key.`,
    })
  })

  test.each([{ apiKeys: [KEY] }, { headers: { Authorization: `Bearer ${KEY}` } }])(
    'it refuses a key: %j',
    async (options) => {
      const { error, url } = await fail({ '/v1/models': refusal }, options)
      await expect(error).rejects.toMatchObject({
        kind: 'auth',
        message: `llama-server: ${url} (from \`attach\`) refuses the key that it gets: correct LLAMA_SERVER_API_KEY, or \`apiKeys\` or \`headers\` where they are given; it answered: API error (401): Invalid API Key.`,
      })
    },
  )

  test.each([
    [{ status: 404, body: '<title>Error response</title>' }, 'API error (404): Error response'],
    [{ body: '<title>Hello</title>' }, 'the response is no list of models'],
  ])('it is no server of models: %j', async (reply, said) => {
    const { error, url } = await fail({ '/health': reply, '/v1/models': reply })
    await expect(error).rejects.toMatchObject({
      message: `llama-server: what runs at ${url} (from \`attach\`) is no server of models, or has them elsewhere: ${advice}; asked for /v1/models, it answered: ${said}.`,
    })
  })

  test('it is ill', async () => {
    const { error, url } = await fail({ '/health': { status: 503, body: 'dead' } })
    await expect(error).rejects.toMatchObject({
      kind: 'server',
      status: 503,
      message: `llama-server: ${url} (from \`attach\`) is not well; it answered: API error (503): dead.`,
    })
  })

  test('a key in the URL is not shown', async () => {
    const { error, url } = await fail({}, {}, `/${KEY}/v1?token=abc`)
    await expect(error).rejects.toMatchObject({
      kind: 'not_found',
      message: expect.stringContaining(`what runs at ${url}/*** (from`) as string,
    })
    await expect(error).rejects.not.toThrow(/invented|abc/)
  })

  test('it is no URL', async () => {
    await expect(setup(vllm, 'qwen', { attach: 'somewhere' })).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringContaining('vllm: `attach`: expected an http(s) URL') as string,
    })
  })
})

describe('requests in flight', () => {
  /** The limits that a model has at a server with these properties. */
  async function limitsAt(props: Reply, options: object = {}): Promise<unknown> {
    const server = await running([{ id: 'qwen' }], { '/props': props })
    const seam = createSeam({ desk: createDesk(), random: () => 0 })
    const seen: unknown[] = []
    const provider = boundTo(llamaServer, {
      leases,
      seam(endpoint) {
        seen.push(endpoint.limits)
        return seam(endpoint)
      },
    })
    await (await provider.setup('qwen', { attach: server.url, ...options })).teardown()
    return seen.at(-1)
  }

  test('are as many as the slots that the server reports', async () => {
    expect(await limitsAt({ body: { total_slots: 3 } })).toEqual({ concurrency: 3 })
  })

  test('are as many as `limits` say, where they do', async () => {
    const slots = { body: { total_slots: 3 } }
    expect(await limitsAt(slots, { limits: { concurrency: 2 } })).toEqual({ concurrency: 2 })
    expect(await limitsAt(slots, { limits: { rpm: 9 } })).toEqual({ concurrency: 3, rpm: 9 })
  })

  test.each([{ status: 404 }, { body: 'no JSON' }, { body: { total_slots: 0 } }])(
    'adapt where the server reports none: %j',
    async (props) => {
      expect(await limitsAt(props)).toBeUndefined()
    },
  )
})

test('models are listed where a server runs, and nowhere else', async () => {
  const server = await running([{ id: 'qwen' }])
  const list = (env: object) =>
    boundTo(vllm, { leases, env: { ...env } }).listModels!({ attempts: 1 })
  expect(await list({ VLLM_API_BASE: server.url })).toEqual([{ id: 'qwen' }])
  await expect(list({})).rejects.toMatchObject({
    kind: 'config',
    message:
      'vllm: there is a list of models where a server runs already; give its URL as `attach`.',
  })
})
