import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createProviders } from '../../providers/create-providers.ts'
import { openaiCompatible } from '../../providers/openai-compatible.ts'
import openai, { type OpenAIOptions } from '../../providers/openai.ts'
import { createDesk } from '../../src/broker/desk.ts'
import type { Message, Tool } from '../../src/model/message.ts'
import type { Model } from '../../src/model/model.ts'
import { bindProvider } from '../../src/provider/define-provider.ts'
import type { ProviderSurroundings } from '../../src/provider/definition.ts'
import type { ModelProvider } from '../../src/provider/provider.ts'
import { createSeam } from '../../src/request/seam.ts'
import completion from '../responses/openai/completion.json' with { type: 'json' }
import contentFilter from '../responses/openai/content-filter.json' with { type: 'json' }
import embeddings from '../responses/openai/embeddings.json' with { type: 'json' }
import flaggedPrompt from '../responses/openai/flagged-prompt.json' with { type: 'json' }
import forcedToolCall from '../responses/openai/forced-tool-call.json' with { type: 'json' }
import length from '../responses/openai/length.json' with { type: 'json' }
import models from '../responses/openai/models.json' with { type: 'json' }
import noUsage from '../responses/openai/no-usage.json' with { type: 'json' }
import quota from '../responses/openai/quota.json' with { type: 'json' }
import rateLimit from '../responses/openai/rate-limit.json' with { type: 'json' }
import refusal from '../responses/openai/refusal.json' with { type: 'json' }
import serverError from '../responses/openai/server-error.json' with { type: 'json' }
import streamed from '../responses/openai/stream.json' with { type: 'json' }
import streamedToolCalls from '../responses/openai/stream-tool-calls.json' with { type: 'json' }
import structured from '../responses/openai/structured.json' with { type: 'json' }
import tooLong from '../responses/openai/too-long.json' with { type: 'json' }
import toolCalls from '../responses/openai/tool-calls.json' with { type: 'json' }
import wrongKey from '../responses/openai/wrong-key.json' with { type: 'json' }
import { failureOf as failed } from '../support/failure.ts'
import { type Handler, type HttpServer, type Reply, serve } from '../support/http-server.ts'

const KEY = 'sk-invented-0123456789'
const usage = {
  inputTokens: 1843,
  outputTokens: 331,
  cachedInputTokens: 1536,
  cacheWriteTokens: 128,
  reasoningTokens: 256,
}
const weather: Tool = {
  name: 'get_weather',
  description: 'The weather of a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

interface Ready extends AsyncDisposable {
  readonly server: HttpServer
  readonly provider: ModelProvider
  readonly model: Model
}

/** The provider on a desk of its own, without a wait before what is sent again. */
function bound(surroundings: Partial<ProviderSurroundings>): ModelProvider {
  const seam = createSeam({ desk: createDesk(), random: () => 0 })
  return bindProvider(openai, { seam, ...surroundings })
}

/** A server in the place of OpenAI's, and `openai/gpt-5-mini` of it. */
async function start(
  handler: Handler,
  options: OpenAIOptions = {},
  { env, ...surroundings }: Partial<ProviderSurroundings> = {},
): Promise<Ready> {
  const server = await serve(handler)
  const provider = bound({
    env: { OPENAI_API_BASE: `${server.url}/v1`, OPENAI_API_KEY: KEY, ...env },
    ...surroundings,
  })
  const handle = await provider.setup('gpt-5-mini', options)
  return {
    server,
    provider,
    model: handle.model,
    async [Symbol.asyncDispose]() {
      await handle.teardown()
      await server[Symbol.asyncDispose]()
    },
  }
}

function answering(...replies: readonly Reply[]): Handler {
  const left = [...replies]
  return () => (left.length > 1 ? left.shift() : left[0])
}

function eventsOf(events: readonly unknown[], newline = '\n'): string {
  const lines = [...events.map((event) => JSON.stringify(event)), '[DONE]']
  return lines.map((line) => `data: ${line}${newline}${newline}`).join('')
}

const eventStream = { 'content-type': 'text/event-stream; charset=utf-8' }

const failureOf = (call: Promise<unknown>) => failed(call, KEY)

describe('generate', () => {
  test('sends a conversation and reads text, usage and the model that answered', async () => {
    await using at = await start(answering(completion))
    const messages = [
      { role: 'system', content: 'One sentence.' },
      { role: 'user', content: 'The capital of Austria?' },
    ] as const
    const response = await at.model.generate(messages)
    expect(at.server.requests).toMatchObject([
      {
        method: 'POST',
        url: '/v1/chat/completions',
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      },
    ])
    expect(at.server.requests[0]!.json).toEqual({ model: 'gpt-5-mini', messages })
    expect(response).toMatchObject({
      text: 'Vienna is the capital of Austria.',
      finishReason: 'stop',
      blocked: null,
      toolCalls: [],
      usage,
      provider: 'openai',
      model: 'gpt-5-mini',
      servedBy: 'gpt-5-mini-2025-08-07',
      attempts: 1,
      raw: completion.body,
    })
  })

  test('D-14: settings go under the names that models which reason take', async () => {
    await using at = await start(answering(completion), { reasoningEffort: 'low', seed: 7 })
    await at.model.generate('Hi', { maxTokens: 50, temperature: 0, topP: 0.5, stop: ['\n'] })
    expect(at.server.requests[0]!.json).toEqual({
      model: 'gpt-5-mini',
      messages: [{ role: 'user', content: 'Hi' }],
      max_completion_tokens: 50,
      temperature: 0,
      top_p: 0.5,
      stop: ['\n'],
      seed: 7,
      reasoning_effort: 'low',
    })
  })

  test('a response without usage has none, and no cost', async () => {
    await using at = await start(answering(noUsage))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: 'Vienna',
      usage: null,
      costUsd: null,
    })
  })

  test('a price of the user makes a cost', async () => {
    const prices = {
      'openai/gpt-5-mini': { input: 1, output: 10, cachedInput: 0.1, cacheWrite: 2 },
    }
    await using at = await start(
      answering(completion),
      { id: 'served-under-another-name' },
      { prices },
    )
    const { costUsd } = await at.model.generate('Hi')
    expect(costUsd).toBeCloseTo(((1843 - 1536 - 128) * 1 + 1536 * 0.1 + 128 * 2 + 3310) / 1e6, 12)
  })

  test('a response that was cut says so', async () => {
    await using at = await start(answering(length))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: 'Vienna is',
      finishReason: 'length',
    })
  })
})

describe('tools', () => {
  const question: Message = { role: 'user', content: 'The weather in Vienna and Graz?' }
  const calls = [
    { id: 'call_k3Vx', name: 'get_weather', arguments: '{"city":"Vienna"}' },
    { id: 'call_p9Lm', name: 'get_weather', arguments: '{"city":"Graz"}' },
  ]

  test('calls come back, and their results go out after them', async () => {
    await using at = await start(answering(toolCalls, completion))
    const asked = await at.model.generate([question], { tools: [weather] })
    expect(asked).toMatchObject({ text: '', finishReason: 'tool_calls', toolCalls: calls })
    await at.model.generate(
      [
        question,
        { role: 'assistant', content: asked.text, toolCalls: asked.toolCalls },
        { role: 'tool', content: '12 °C', toolCallId: 'call_k3Vx' },
        { role: 'tool', content: '14 °C', toolCallId: 'call_p9Lm' },
      ],
      { tools: [weather], toolChoice: 'auto' },
    )
    const tools = [{ type: 'function', function: weather }]
    expect(at.server.requests.map(({ json }) => json)).toEqual([
      { model: 'gpt-5-mini', messages: [question], tools },
      {
        model: 'gpt-5-mini',
        messages: [
          question,
          {
            role: 'assistant',
            content: null,
            tool_calls: calls.map(({ id, ...called }) => ({
              id,
              type: 'function',
              function: called,
            })),
          },
          { role: 'tool', content: '12 °C', tool_call_id: 'call_k3Vx' },
          { role: 'tool', content: '14 °C', tool_call_id: 'call_p9Lm' },
        ],
        tools,
        tool_choice: 'auto',
      },
    ])
  })

  test('one that had to be called ends with tool_calls, whatever the server says', async () => {
    await using at = await start(answering(forcedToolCall))
    const toolChoice = { name: 'get_weather' }
    expect(await at.model.generate([question], { tools: [weather], toolChoice })).toMatchObject({
      finishReason: 'tool_calls',
      toolCalls: [calls[0]],
    })
    expect(at.server.requests[0]!.json['tool_choice']).toEqual({
      type: 'function',
      function: { name: 'get_weather' },
    })
  })

  test('in a stream they come in pieces', async () => {
    const body = eventsOf(streamedToolCalls.events)
    await using at = await start(answering({ headers: eventStream, body }))
    const stream = at.model.stream([question], { tools: [weather], toolChoice: 'required' })
    for await (const { text } of stream) expect.fail(`got "${text}"`)
    expect(await stream.response).toMatchObject({
      text: '',
      finishReason: 'tool_calls',
      toolCalls: calls,
      usage,
    })
    expect(at.server.requests[0]!.json).toMatchObject({ tool_choice: 'required', stream: true })
  })
})

describe('structured output', () => {
  const schema = {
    type: 'object',
    properties: { capital: { type: 'string' }, population: { type: 'integer' } },
    required: ['capital', 'population'],
    additionalProperties: false,
  }

  test.for([
    [
      { schema, name: 'country' },
      { type: 'json_schema', json_schema: { name: 'country', schema, strict: true } },
    ],
    [{ schema }, { type: 'json_schema', json_schema: { name: 'response', schema, strict: true } }],
    [true, { type: 'json_object' }],
  ] as const)('is asked for: %j', async ([json, format]) => {
    await using at = await start(answering(structured))
    const { text } = await at.model.generate('Austria, as JSON.', { json })
    expect(JSON.parse(text)).toEqual({ capital: 'Vienna', population: 2_028_289 })
    expect(at.server.requests[0]!.json['response_format']).toEqual(format)
  })
})

test('images go out beside the text, by address and as bytes', async () => {
  await using at = await start(answering(completion))
  const images = [
    { url: 'https://example.test/a.png' },
    { data: Uint8Array.of(137, 80), mediaType: 'image/png' },
  ]
  await at.model.generate([{ role: 'user', content: 'What is this?', images }])
  expect(at.server.requests[0]!.json['messages']).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url: 'https://example.test/a.png' } },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,iVA=' } },
      ],
    },
  ])
})

describe('blocked is', () => {
  test.for([
    ['a refusal', refusal, '', "I'm sorry, I can't help with that request.", 'message.refusal'],
    ['a filter', contentFilter, 'The first step', 'content_filter', 'finish_reason'],
    [
      'a flagged prompt',
      flaggedPrompt,
      '',
      'openai: API error (400): Invalid prompt: your prompt was flagged as potentially violating our usage policy.',
      'error.code',
    ],
  ] as const)('%s', async ([, reply, text, reason, source]) => {
    await using at = await start(answering(reply))
    expect(await at.model.generate('Hi')).toMatchObject({ text, blocked: { reason, source } })
    expect(at.server.requests).toHaveLength(1)
  })
})

describe('stream', () => {
  async function read(model: Model) {
    const stream = model.stream('Hi')
    const texts: string[] = []
    for await (const { text } of stream) texts.push(text)
    return { texts, response: await stream.response }
  }

  test('text comes piece by piece, and the response is the whole', async () => {
    await using at = await start(
      answering({ headers: eventStream, body: eventsOf(streamed.events) }),
    )
    const { texts, response } = await read(at.model)
    expect(texts).toEqual(['Grüß ', 'Gott 👋'])
    expect(response).toMatchObject({
      text: 'Grüß Gott 👋',
      finishReason: 'stop',
      usage,
      servedBy: 'gpt-5-mini-2025-08-07',
      firstTokenMs: expect.any(Number) as number,
      raw: streamed.events,
    })
    expect(at.server.requests[0]!.json).toEqual({
      model: 'gpt-5-mini',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
      stream_options: { include_usage: true },
    })
  })

  test('it is the same wherever its bytes are split', async () => {
    const permit = { key: 0, queuedMs: 0, cooledMs: 0, release: () => {} }
    const seam = createSeam({ desk: { acquire: async () => permit } }) // unpaced
    const bytes = Buffer.from(eventsOf([streamed.events[1], ...streamed.events.slice(3)], '\r\n'))
    const handler: Handler = async ({ json }, response) => {
      const split = Number((json['messages'] as Message[])[0]!.content)
      response.writeHead(200, eventStream)
      await new Promise<unknown>((resolve) => response.write(bytes.subarray(0, split), resolve))
      response.end(bytes.subarray(split))
    }
    await using at = await start(handler, {}, { seam })
    const splits = Array.from({ length: bytes.length - 1 }, (_, place) => `${place + 1}`)
    for (const split of splits) {
      const { text, usage: tokens } = await at.model.stream(split).response
      expect([split, text, tokens]).toEqual([split, 'Grüß ', usage])
    }
  })
})

describe('what may pass is sent again:', () => {
  test.for([
    ['a rate limit', { ...rateLimit, headers: { 'retry-after-ms': '1' } }],
    ['an error of the server', serverError],
  ] as const)('%s', async ([, refused]) => {
    await using at = await start(answering(refused, completion))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: 'Vienna is the capital of Austria.',
      attempts: 2,
    })
    expect(at.server.requests.map(({ json }) => json)).toEqual([
      at.server.requests[0]!.json,
      at.server.requests[0]!.json,
    ])
  })
})

describe('an error is', () => {
  test.for([
    ['quota', quota],
    ['auth', { ...wrongKey, body: { error: { ...wrongKey.body.error, message: KEY } } }],
    ['context_window', tooLong],
    ['server', { ...serverError, status: 200 }],
    ['parse', { body: '{"choices": [', headers: { 'content-type': 'application/json' } }],
  ] as const)('of kind %s', async ([kind, reply]) => {
    await using at = await start(answering(reply), { attempts: 1 })
    const failure = await failureOf(at.model.generate('Hi'))
    expect(failure).toMatchObject({ kind, provider: 'openai' })
    expect(at.server.requests).toHaveLength(1)
  })

  test('`cancelled` where the caller aborts, and the connection is closed', async () => {
    const caller = new AbortController()
    await using at = await start(() => caller.abort())
    const failure = await failureOf(at.model.generate('Hi', { signal: caller.signal }))
    expect(failure).toMatchObject({ kind: 'cancelled' })
    await at.server.requests[0]!.closed
  })
})

test('embeddings are one vector per text', async () => {
  await using at = await start(answering(embeddings))
  expect(await at.model.embed!(['a', 'b'])).toEqual([
    [0.0023, -0.0093, 0.0158],
    [-0.0131, 0.0042, 0.0007],
  ])
  expect(at.server.requests).toMatchObject([
    { url: '/v1/embeddings', json: { model: 'gpt-5-mini', input: ['a', 'b'] } },
  ])
})

test('models are listed', async () => {
  await using at = await start(answering(models))
  expect(await at.provider.listModels!()).toEqual([
    { id: 'gpt-5-mini', ownedBy: 'system' },
    { id: 'text-embedding-3-small', ownedBy: 'system' },
  ])
  expect(at.server.requests).toMatchObject([
    { method: 'GET', url: '/v1/models', headers: { authorization: `Bearer ${KEY}` } },
  ])
})

describe('headers', () => {
  test('are those of the server, the organization and the project, and none of the SDK', async () => {
    onTestFinished(() => void vi.unstubAllEnvs())
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'X-Gateway: invented')
    vi.stubEnv('OPENAI_ADMIN_KEY', 'invented')
    const env = { OPENAI_ORG_ID: 'org-1', OPENAI_PROJECT_ID: 'proj-1' }
    await using at = await start(answering(completion), { headers: { 'X-Own': '1' } }, { env })
    await at.model.generate('Hi')
    const { headers } = at.server.requests[0]!
    expect(headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      'openai-organization': 'org-1',
      'openai-project': 'proj-1',
      'x-own': '1',
    })
    expect(JSON.stringify(headers)).not.toMatch(/stainless|invented"/)
  })

  test('O-14: organization and project are options too, which go before the environment', async () => {
    const env = { OPENAI_ORG_ID: 'org-env', OPENAI_PROJECT_ID: 'proj-env' }
    const options = { organization: 'org-own', headers: { 'X-Own': '1' } }
    await using at = await start(answering(completion), options, { env })
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.headers).toMatchObject({
      'openai-organization': 'org-own',
      'openai-project': 'proj-env',
      'x-own': '1',
    })
    await using own = await start(answering(completion), {
      organization: 'org-own',
      project: 'proj-own',
      headers: { 'OpenAI-Project': 'proj-header' },
    })
    await own.model.generate('Hi')
    expect(own.server.requests[0]!.headers).toMatchObject({
      'openai-organization': 'org-own',
      'openai-project': 'proj-header',
    })
  })

  test('O-14: other servers know no organization', async () => {
    const acme = openaiCompatible({ name: 'acme', baseURL: 'http://127.0.0.1:9/v1' })
    const failure = await failureOf(acme.setup('small', { organization: 'org-1' }))
    expect(failure).toMatchObject({ kind: 'config' })
    expect(failure.message).toContain('there is no option `organization`')
  })

  test.for(['', 'org-1\nX-Other: 1', 'Größe'])(
    'O-14: an organization that is none is an error: %j',
    async (organization) => {
      const failure = await failureOf(start(answering(completion), { organization }))
      expect(failure).toMatchObject({
        kind: 'config',
        message:
          'openai: options: `organization`: expected a text of ASCII characters, since it goes into a header',
      })
    },
  )

  test('say nothing of an organization that is not given', async () => {
    await using at = await start(answering(completion))
    await at.model.generate('Hi')
    expect(Object.keys(at.server.requests[0]!.headers).join()).not.toContain('openai')
  })
})

describe('the environment:', () => {
  test('without a key there is an error that names the variable', async () => {
    const failure = await failureOf(bound({ env: {} }).setup('gpt-5-mini'))
    expect(failure).toMatchObject({
      kind: 'config',
      provider: 'openai',
      message: 'openai: there is no key: set OPENAI_API_KEY, or give `apiKeys`.',
    })
    await expect(bound({ env: {} }).listModels!()).rejects.toThrow('OPENAI_API_KEY')
  })

  test.for([
    [{}, { apiKeys: [KEY] }],
    [{ OPENAI_API_KEY_2: KEY }, {}],
    [{}, { headers: { Authorization: 'Bearer other' } }],
  ] as const)('a key of any origin will do: %j, %j', async ([env, options]) => {
    await using handle = await bound({ env }).setup('gpt-5-mini', options)
    expect(handle.model.info.spec).toBe('openai/gpt-5-mini')
  })

  test('D-13: a server of this machine needs no key, and gets none', async () => {
    await using at = await start(answering(completion), {}, { env: { OPENAI_API_KEY: '' } })
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.headers).not.toHaveProperty('authorization')
  })

  test('OPENAI_API_BASE goes before OPENAI_BASE_URL', async () => {
    await using other = await serve(answering(completion))
    const env = { OPENAI_BASE_URL: `${other.url}/other` }
    await using at = await start(answering(completion), {}, { env })
    await at.model.generate('Hi')
    const provider = bound({ env: { ...env, OPENAI_API_KEY: KEY } })
    await using handle = await provider.setup('gpt-5-mini')
    await handle.model.generate('Hi')
    expect(at.server.requests).toHaveLength(1)
    expect(other.requests).toMatchObject([{ url: '/other/chat/completions' }])
  })

  test.for(['OPENAI_API_BASE', 'OpenAI_API_BASE', 'OPENAI_BASE_URL'])(
    "R-04, X-19: the key does not go to another's host: %s",
    async (name) => {
      const env = { [name]: 'https://openai.com.gateway.test/v1', OPENAI_API_KEY: KEY }
      const failure = await failureOf(bound({ env }).setup('gpt-5-mini'))
      expect(failure).toMatchObject({ kind: 'config' })
      expect(failure.message).toBe(
        `${name} would send the key of openai to openai.com.gateway.test, which is neither of openai.com ` +
          'nor local. Give that server a name of its own, as in MY_OPENAI_API_BASE.',
      )
    },
  )

  test.for([
    'https://api.openai.com/v1',
    'https://eu.api.openai.com/v1',
    'http://localhost:8080/v1',
    'http://127.1.2.3:8080/v1',
    'http://[::1]:8080/v1',
  ])('R-04: the key goes to its own host and to this machine: %s', async (base) => {
    const env = { OPENAI_API_BASE: base, OPENAI_API_KEY: KEY }
    await using handle = await bound({ env }).setup('gpt-5-mini')
    expect(handle.model.info.spec).toBe('openai/gpt-5-mini')
  })

  test('D-11: a model is named, or there is an error', async () => {
    const providers = createProviders({ env: { OPENAI_API_KEY: KEY } })
    for (const spec of ['openai', 'openai/']) {
      const failure = await failureOf(providers.setup(spec))
      expect(failure).toMatchObject({ kind: 'config' })
      expect(failure.message).toContain('A model is named `provider/model-name`')
    }
    await providers.teardownAll()
  })

  test('it is there by its name, and a base URL makes no second one', async () => {
    const providers = createProviders({ env: { OPENAI_API_BASE: 'http://127.0.0.1:9/v1' } })
    expect(providers.names.filter((name) => name === 'openai')).toHaveLength(1)
    await providers.teardownAll()
  })
})
