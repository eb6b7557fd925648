import { relative } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import gigachat, { type GigachatOptions } from '../../providers/gigachat.ts'
import { createDesk } from '../../src/broker/desk.ts'
import { responseOf } from '../../src/model/embedding.ts'
import type { Message, Tool } from '../../src/model/message.ts'
import type { Model } from '../../src/model/model.ts'
import { bindProvider } from '../../src/provider/define-provider.ts'
import type { ProviderSurroundings } from '../../src/provider/definition.ts'
import type { ModelProvider } from '../../src/provider/provider.ts'
import { createSeam } from '../../src/request/seam.ts'
import blacklist from '../responses/gigachat/blacklist.json' with { type: 'json' }
import completion from '../responses/gigachat/completion.json' with { type: 'json' }
import embeddings from '../responses/gigachat/embeddings.json' with { type: 'json' }
import functionCall from '../responses/gigachat/function-call.json' with { type: 'json' }
import invalid from '../responses/gigachat/invalid.json' with { type: 'json' }
import invalidArguments from '../responses/gigachat/invalid-arguments.json' with { type: 'json' }
import length from '../responses/gigachat/length.json' with { type: 'json' }
import models from '../responses/gigachat/models.json' with { type: 'json' }
import noUsage from '../responses/gigachat/no-usage.json' with { type: 'json' }
import paymentRequired from '../responses/gigachat/payment-required.json' with { type: 'json' }
import rateLimit from '../responses/gigachat/rate-limit.json' with { type: 'json' }
import serverError from '../responses/gigachat/server-error.json' with { type: 'json' }
import streamed from '../responses/gigachat/stream.json' with { type: 'json' }
import streamedBlacklist from '../responses/gigachat/stream-blacklist.json' with { type: 'json' }
import streamedCall from '../responses/gigachat/stream-function-call.json' with { type: 'json' }
import streamedProgress from '../responses/gigachat/stream-progress.json' with { type: 'json' }
import structured from '../responses/gigachat/structured.json' with { type: 'json' }
import token from '../responses/gigachat/token.json' with { type: 'json' }
import tooLarge from '../responses/gigachat/too-large.json' with { type: 'json' }
import unauthorized from '../responses/gigachat/unauthorized.json' with { type: 'json' }
import unknownModel from '../responses/gigachat/unknown-model.json' with { type: 'json' }
import wrongKey from '../responses/gigachat/wrong-key.json' with { type: 'json' }
import { failureOf as failed } from '../support/failure.ts'
import {
  type Handler,
  type HttpServer,
  type RecordedRequest,
  type Reply,
  serve,
} from '../support/http-server.ts'
import { authorityPath, certificate } from '../support/tls/certificates.ts'

const KEY = 'aW52ZW50ZWQ6aW52ZW50ZWQ='
const TOKEN = token.body.access_token
const STATE = '0199e210-2f13-744c-8fe5-c9a19fe27db7'
const OAUTH = '/api/v2/oauth'
const weather: Tool = {
  name: 'get_weather',
  description: 'The weather of a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

const failureOf = (call: Promise<unknown>) => failed(call, KEY, TOKEN)

interface Ready extends AsyncDisposable {
  readonly server: HttpServer
  readonly provider: ModelProvider
  readonly model: Model
  /** Requests for tokens. */
  readonly oauth: readonly RecordedRequest[]
  /** All other requests. */
  readonly sent: readonly RecordedRequest[]
}

/** The provider on a desk of its own, without a wait before what is sent again. */
function bound(surroundings: Partial<ProviderSurroundings>): ModelProvider {
  const seam = createSeam({ desk: createDesk(), random: () => 0 })
  return bindProvider(gigachat, {
    seam: (endpoint) => seam({ ...endpoint, local: true }), // nobody asks for a pace
    ...surroundings,
  })
}

/** The environment that leads to a server in the place of Sber's two. */
function envOf(url: string): Record<string, string> {
  return {
    GIGACHAT_API_BASE: `${url}/api/v1`,
    GIGACHAT_AUTH_URL: url + OAUTH,
    GIGACHAT_CREDENTIALS: KEY,
  }
}

/** Answers requests for tokens, and leaves all others to `handler`. */
function signingIn(handler: Handler): Handler {
  return (request, response) => (request.url === OAUTH ? token : handler(request, response))
}

/** A server with both APIs, and `gigachat/GigaChat-2-Max` of it. */
async function start(
  handler: Handler,
  options: GigachatOptions = {},
  { env, ...surroundings }: Partial<ProviderSurroundings> = {},
): Promise<Ready> {
  const server = await serve(signingIn(handler))
  const provider = bound({ env: { ...envOf(server.url), ...env }, ...surroundings })
  const handle = await provider.setup('GigaChat-2-Max', options)
  return {
    server,
    provider,
    model: handle.model,
    get oauth() {
      return server.requests.filter(({ url }) => url === OAUTH)
    },
    get sent() {
      return server.requests.filter(({ url }) => url !== OAUTH)
    },
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

function streaming({ events }: { readonly events: readonly unknown[] }): Reply {
  const body = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
  return { headers: { 'content-type': 'text/event-stream' }, body: `${body}data: [DONE]\n\n` }
}

describe('generate', () => {
  test('sends a conversation with a token, and reads text, usage and the model that answered', async () => {
    await using at = await start(answering(completion))
    const response = await at.model.generate([
      { role: 'user', content: 'Hi' },
      { role: 'system', content: 'One sentence.' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'system', content: 'In English.' },
      { role: 'user', content: 'The capital of Austria?' },
    ])
    expect(at.server.requests).toMatchObject([
      { method: 'POST', url: OAUTH, headers: { authorization: `Basic ${KEY}` } },
      {
        method: 'POST',
        url: '/api/v1/chat/completions',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      },
    ])
    expect(at.sent[0]!.json).toEqual({
      model: 'GigaChat-2-Max',
      messages: [
        { role: 'system', content: 'One sentence.\n\nIn English.' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello.' },
        { role: 'user', content: 'The capital of Austria?' },
      ],
    })
    expect(response).toMatchObject({
      text: 'Vienna is the capital of Austria.',
      finishReason: 'stop',
      blocked: null,
      toolCalls: [],
      usage: { inputTokens: 1812, outputTokens: 9, cachedInputTokens: 1800 },
      provider: 'gigachat',
      model: 'GigaChat-2-Max',
      servedBy: 'GigaChat-2-Max:2.0.30.01',
      attempts: 1,
      raw: completion.body,
    })
  })

  test('settings of the call go before those of the set-up, and those before `body`', async () => {
    await using at = await start(answering(completion), {
      id: 'GigaChat-2-Max-preview',
      maxTokens: 100,
      topP: 0.5,
      body: { repetition_penalty: 1.1, max_tokens: 1, model: 'other', messages: [] },
    })
    await at.model.generate('Hi', { maxTokens: 50, temperature: 0 })
    expect(at.sent[0]!.json).toEqual({
      model: 'GigaChat-2-Max-preview',
      messages: [{ role: 'user', content: 'Hi' }],
      max_tokens: 50,
      temperature: 0,
      top_p: 0.5,
      repetition_penalty: 1.1,
    })
  })

  test('a price of the user makes a cost; a response without usage has none', async () => {
    const prices = { 'gigachat/GigaChat-2-Max': { input: 3, output: 15, cachedInput: 0 } }
    await using at = await start(answering(completion, noUsage), {}, { prices })
    const { costUsd } = await at.model.generate('Hi')
    expect(costUsd).toBeCloseTo((12 * 3 + 9 * 15) / 1e6, 12)
    expect(await at.model.generate('Hi')).toMatchObject({ usage: null, costUsd: null })
  })

  test('of the usage, cached tokens of the prompt come on top of the others', async () => {
    // as in the documentation of the API
    const usage = {
      prompt_tokens: 1,
      completion_tokens: 4,
      precached_prompt_tokens: 37,
      total_tokens: 5,
    }
    const prices = { 'gigachat/GigaChat-2-Max': { input: 3, output: 15, cachedInput: 1 } }
    await using at = await start(answering({ body: { ...completion.body, usage } }), {}, { prices })
    const response = await at.model.generate('Hi')
    expect(response.usage).toEqual({ inputTokens: 38, outputTokens: 4, cachedInputTokens: 37 })
    expect(response.costUsd).toBeCloseTo((1 * 3 + 37 * 1 + 4 * 15) / 1e6, 12)
  })

  test.for([
    [completion.body, 'stop'],
    [length.body, 'length'],
    [{ ...completion.body, choices: [{ message: { content: 'Hi' } }] }, 'unknown'],
  ] as const)('ended by the reason of %j: %s', async ([body, finishReason]) => {
    await using at = await start(answering({ body }))
    expect(await at.model.generate('Hi')).toMatchObject({ finishReason, blocked: null })
  })

  test('structured output is asked for by its schema', async () => {
    const schema = {
      type: 'object',
      properties: { capital: { type: 'string' }, population: { type: 'integer' } },
      required: ['capital', 'population'],
    }
    await using at = await start(answering(structured))
    const { text } = await at.model.generate('Austria, as JSON.', { json: { schema, name: 'at' } })
    expect(at.sent[0]!.json['response_format']).toEqual({
      type: 'json_schema',
      schema,
      strict: true,
    })
    expect(JSON.parse(text)).toEqual({ capital: 'Vienna', population: 2_028_289 })
  })
})

describe('a subject that the provider refuses', () => {
  const blocked = { reason: 'blacklist', source: 'finish_reason' }

  test('is a blocked response, and no error', async () => {
    await using at = await start(answering(blacklist))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: 'Let us talk about something else.',
      finishReason: 'content_filter',
      blocked,
      attempts: 1,
    })
  })

  test('is one also in a stream', async () => {
    await using at = await start(answering(streaming(streamedBlacklist)))
    expect(await at.model.stream('Hi').response).toMatchObject({
      text: 'Let us talk about something else.',
      finishReason: 'content_filter',
      blocked,
    })
  })
})

describe('what the API does not have is an error before a request:', () => {
  const call = { id: '1', name: 'get_weather', arguments: '{}' }
  const called = (...toolCalls: NonNullable<Message['toolCalls']>): Message[] => [
    { role: 'assistant', content: '', toolCalls },
  ]
  const pictured: Message[] = [
    { role: 'user', content: 'What is it?', images: [{ url: 'https://pictures.test/a.png' }] },
  ]
  const result: Message[] = [{ role: 'tool', content: '12 °C', toolCallId: '1' }]

  test.for([
    ['Hi', { seed: 1 }, 'its API takes no `seed`; leave it out.'],
    ['Hi', { stop: ['\n'] }, 'its API takes no `stop`; leave it out.'],
    ['Hi', { json: true }, 'its API takes no `json: true`; give a schema: `json: { schema }`.'],
    [
      'Hi',
      { tools: [weather, { ...weather, name: 'now' }], toolChoice: 'required' },
      'of several tools its models cannot be made to call any; give `toolChoice: { name }`.',
    ],
    [pictured, {}, 'its API takes images only as files that were uploaded.'],
    [called(call, call), {}, 'a message can hold one call of a tool, and not 2.'],
    [
      called({ ...call, arguments: '{"city"' }),
      {},
      'the conversation holds a call of get_weather whose arguments are no JSON object.',
    ],
    [
      called({ ...call, arguments: '[1]' }),
      {},
      'the conversation holds a call of get_weather whose arguments are no JSON object.',
    ],
    [result, {}, 'the conversation holds the result of a tool that was not called before.'],
  ] as const)('%j, %j', async ([input, options, problem]) => {
    await using at = await start(answering(completion))
    expect(await failureOf(at.model.generate(input, options))).toMatchObject({
      kind: 'invalid_request',
      message: `gigachat: ${problem}`,
    })
    expect(at.server.requests).toEqual([])
  })

  test('also as an option', async () => {
    const failure = await failureOf(start(answering(completion), { stop: ['\n'] } as object))
    expect(failure).toMatchObject({ kind: 'config' })
    expect(failure.message).toMatch(/^gigachat: options: there is no option `stop`/)
  })
})

describe('tools', () => {
  const question: Message = { role: 'user', content: 'The weather in Vienna?' }

  test('are functions: a call comes back, and goes out with its state and its result', async () => {
    await using at = await start(answering(functionCall, completion))
    const asked = await at.model.generate([question], { tools: [weather] })
    expect(asked).toMatchObject({
      text: '',
      finishReason: 'tool_calls',
      toolCalls: [{ id: STATE, name: 'get_weather', arguments: '{"city":"Vienna","days":2}' }],
      usage: { inputTokens: 278, outputTokens: 35, cachedInputTokens: 0 },
    })
    await at.model.generate([
      question,
      { role: 'assistant', content: asked.text, toolCalls: asked.toolCalls },
      { role: 'tool', content: '{"celsius":12}', toolCallId: STATE },
    ])
    expect(at.sent.map(({ json }) => json)).toEqual([
      {
        model: 'GigaChat-2-Max',
        messages: [question],
        function_call: 'auto',
        functions: [
          {
            name: 'get_weather',
            description: 'The weather of a city.',
            parameters: weather.parameters,
          },
        ],
      },
      {
        model: 'GigaChat-2-Max',
        messages: [
          question,
          {
            role: 'assistant',
            content: '',
            function_call: { name: 'get_weather', arguments: { city: 'Vienna', days: 2 } },
            functions_state_id: STATE,
          },
          { role: 'function', name: 'get_weather', content: '{"celsius":12}' },
        ],
      },
    ])
  })

  test.for(['12 °C', '12', '[12]', 'null'])(
    'a result that is no object becomes one: %s',
    async (content) => {
      await using at = await start(answering(completion))
      const toolCalls = [{ id: 'call_1', name: 'now', arguments: '', signature: 'CuoBAXLI' }]
      await at.model.generate([
        { role: 'assistant', content: 'Let me see.', toolCalls },
        { role: 'tool', content, toolCallId: 'call_1' },
      ])
      expect(at.sent[0]!.json['messages']).toEqual([
        {
          role: 'assistant',
          content: 'Let me see.',
          function_call: { name: 'now', arguments: {} },
        },
        { role: 'function', name: 'now', content: JSON.stringify({ result: content }) },
      ])
    },
  )

  test.for([
    [undefined, 'auto'],
    ['auto', 'auto'],
    ['none', 'none'],
    ['required', { name: 'get_weather' }],
    [{ name: 'get_weather' }, { name: 'get_weather' }],
  ] as const)('of the choice %j the API hears %j', async ([toolChoice, sent]) => {
    await using at = await start(answering(functionCall))
    await at.model.generate('Hi', { tools: [weather], ...(toolChoice && { toolChoice }) })
    expect(at.sent[0]!.json['function_call']).toEqual(sent)
  })

  test('a choice of the set-up’s `body` stands, where the call has none', async () => {
    await using at = await start(answering(functionCall), { body: { function_call: 'none' } })
    await at.model.generate('Hi', { tools: [weather] })
    expect(at.sent[0]!.json['function_call']).toBe('none')
  })

  test('a call without a state is known by its name', async () => {
    const message = { content: '', function_call: { name: 'get_weather', arguments: {} } }
    const choices = [{ message, finish_reason: 'function_call' }]
    await using at = await start(answering({ body: { choices } }))
    const { toolCalls } = await at.model.generate('Hi')
    expect(toolCalls).toEqual([{ id: 'get_weather', name: 'get_weather', arguments: '{}' }])
  })

  test('in a stream a call comes whole, beside the text', async () => {
    await using at = await start(answering(streaming(streamedCall)))
    const response = await at.model.stream('Hi', { tools: [weather] }).response
    expect(response).toMatchObject({
      text: "I'll look it up.",
      finishReason: 'tool_calls',
      toolCalls: [{ id: STATE, name: 'get_weather', arguments: '{"city":"Vienna","days":2}' }],
    })
    expect(at.sent[0]!.json).toMatchObject({ stream: true })
  })

  test('arguments that the server could not read are an error, and no text', async () => {
    await using at = await start(answering(invalidArguments))
    expect(await failureOf(at.model.generate('Hi', { tools: [weather] }))).toMatchObject({
      kind: 'server',
      message: 'gigachat: the model called a function with arguments that are not valid.',
    })
  })
})

describe('stream', () => {
  test('gives the text in pieces, then the usage', async () => {
    await using at = await start(answering(streaming(streamed)))
    const stream = at.model.stream('Hi', { maxTokens: 9 })
    const texts: string[] = []
    for await (const { text } of stream) texts.push(text)
    expect(texts).toEqual(['Grüß ', 'Gott 👋'])
    expect(await stream.response).toMatchObject({
      text: 'Grüß Gott 👋',
      finishReason: 'stop',
      usage: { inputTokens: 59, outputTokens: 31, cachedInputTokens: 3 },
      servedBy: 'GigaChat-2-Max:2.0.30.01',
      raw: streamed.events,
    })
    expect(at.sent[0]!.json).toEqual({
      model: 'GigaChat-2-Max',
      messages: [{ role: 'user', content: 'Hi' }],
      max_tokens: 9,
      stream: true,
    })
  })

  test('what a chunk has said holds, where a later one says nothing of it', async () => {
    const events = [...streamed.events, { choices: [{ delta: {}, index: 0 }] }]
    await using at = await start(answering(streaming({ events })))
    expect(await at.model.stream('Hi').response).toMatchObject({
      finishReason: 'stop',
      usage: { inputTokens: 59, outputTokens: 31, cachedInputTokens: 3 },
      servedBy: 'GigaChat-2-Max:2.0.30.01',
    })
  })

  test('how long a function of the server will take is no part of the text', async () => {
    await using at = await start(answering(streaming(streamedProgress)))
    expect((await at.model.stream('A cat').response).text).toBe('Here is the cat.')
  })
})

describe('embeddings', () => {
  test('come in the order of the texts, with the tokens of all', async () => {
    await using at = await start(answering(embeddings), { id: 'Embeddings' })
    const vectors = await at.model.embed!(['one', 'two'])
    expect(at.sent).toMatchObject([{ method: 'POST', url: '/api/v1/embeddings' }])
    expect(at.sent[0]!.json).toEqual({ model: 'Embeddings', input: ['one', 'two'] })
    expect(vectors).toEqual([
      [0.5, 0.125, -0.5],
      [0.25, -1.5, 0.75],
    ])
    expect(responseOf(vectors)?.usage).toEqual({ inputTokens: 11, outputTokens: 0 })
  })

  test('of no text are none, without a request', async () => {
    await using at = await start(answering(embeddings))
    expect(await at.model.embed!([])).toEqual([])
    expect(at.server.requests).toEqual([])
  })

  test.for([
    [embeddings, 'gigachat: got 2 embeddings for 1 texts.'],
    [
      { body: { data: [{ embedding: 'none', index: 0 }] } },
      'gigachat: the response is no list of embeddings: `data.0.embedding` is malformed.',
    ],
  ] as const)('that do not fit are an error: %j', async ([reply, message]) => {
    await using at = await start(answering(reply))
    expect(await failureOf(at.model.embed!(['one']))).toMatchObject({ kind: 'parse', message })
  })
})

describe('an error is', () => {
  test.for([
    ['auth', unauthorized],
    ['quota', paymentRequired],
    ['not_found', unknownModel],
    ['context_window', tooLarge],
    ['invalid_request', invalid],
    ['server', serverError],
    ['server', { body: serverError.body }],
    ['parse', { body: { ...completion.body, choices: [] } }],
    ['parse', { body: { ...completion.body, choices: [{ message: { content: 7 } }] } }],
    ['parse', { body: {} }],
    ['parse', { body: '{"choices": ', headers: { 'content-type': 'application/json' } }],
  ] as const)('of kind %s: %j', async ([kind, reply]) => {
    await using at = await start(answering(reply), { attempts: 1 })
    const failure = await failureOf(at.model.generate('Hi'))
    expect(failure).toMatchObject({ kind, provider: 'gigachat' })
    expect(at.sent).toHaveLength(1)
  })

  test('one that says what is malformed', async () => {
    await using at = await start(answering({ body: { choices: 'none' } }))
    expect((await failureOf(at.model.generate('Hi'))).message).toBe(
      'gigachat: the response is no chat completion: `choices` is malformed.',
    )
  })

  test('of its own kind where it comes in the middle of a stream', async () => {
    const events = [...streamed.events.slice(0, 2), rateLimit.body]
    await using at = await start(answering(streaming({ events })))
    const failure = await failureOf(at.model.stream('Hi').response)
    expect(failure).toMatchObject({ kind: 'rate_limit', status: 429 })
  })

  test('`network` where a stream ends before the response was complete', async () => {
    const events = streamed.events.slice(0, 2)
    await using at = await start(answering(streaming({ events })))
    expect(await failureOf(at.model.stream('Hi').response)).toMatchObject({ kind: 'network' })
  })
})

describe('what may pass is sent again:', () => {
  test.for([
    ['a rate limit', { ...rateLimit, headers: { 'retry-after-ms': '1' } }],
    ['a fault of the server', serverError],
  ] as const)('%s', async ([, refused]) => {
    await using at = await start(answering(refused, completion))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: 'Vienna is the capital of Austria.',
      attempts: 2,
    })
    expect(at.sent.map(({ json }) => json)).toEqual([at.sent[0]!.json, at.sent[0]!.json])
    expect(at.oauth).toHaveLength(1)
  })

  test('with the next key, where one is refused', async () => {
    await using server = await serve(({ url, headers }) => {
      if (url !== OAUTH) return completion
      return headers.authorization === 'Basic one' ? wrongKey : token
    })
    const env = { ...envOf(server.url), GIGACHAT_API_KEY: 'one', GIGACHAT_API_KEY_1: 'two' }
    await using handle = await bound({ env }).setup('GigaChat')
    expect(await handle.model.generate('Hi')).toMatchObject({ attempts: 1 })
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Basic one',
      'Basic two',
      `Bearer ${TOKEN}`,
    ])
  })
})

describe('H-10: a token', () => {
  test('is asked for once by 20 calls at the same time, and is no attempt of any', async () => {
    await using at = await start(answering(completion), { limits: { concurrency: 20 } })
    const calls = Array.from({ length: 20 }, (_, index) => at.model.generate(`Hi ${index}`))
    for (const { attempts } of await Promise.all(calls)) expect(attempts).toBe(1)
    expect(at.oauth).toHaveLength(1)
    expect(at.sent).toHaveLength(20)
  })

  test('is one for all models, and for their list, that ask with one key for one edition', async () => {
    await using at = await start(({ url }) => (url === '/api/v1/models' ? models : completion))
    await using other = await at.provider.setup('GigaChat-2')
    await using edition = await at.provider.setup('GigaChat-2', { scope: 'GIGACHAT_API_CORP' })
    await using key = await at.provider.setup('GigaChat-2', { apiKey: 'b3duOm93bg==' })
    await at.model.generate('Hi')
    await other.model.generate('Hi')
    await at.provider.listModels!()
    expect(at.oauth).toHaveLength(1)
    await edition.model.generate('Hi')
    await key.model.generate('Hi')
    expect(at.oauth.map(({ text, headers }) => [text, headers.authorization])).toEqual([
      ['scope=GIGACHAT_API_PERS', `Basic ${KEY}`],
      ['scope=GIGACHAT_API_CORP', `Basic ${KEY}`],
      ['scope=GIGACHAT_API_PERS', 'Basic b3duOm93bg=='],
    ])
  })

  test('is not shared with the same provider in other surroundings', async () => {
    await using at = await start(answering(completion))
    const env = envOf(at.server.url)
    await using other = await bound({ env }).setup('GigaChat-2')
    await at.model.generate('Hi')
    await other.model.generate('Hi')
    expect(at.oauth).toHaveLength(2)
  })

  test('that another model has asked for is in no message of this one', async () => {
    const handler: Handler = ({ headers, json }) =>
      json['model'] === 'GigaChat-2'
        ? { status: 400, body: `No: ${headers.authorization}` }
        : completion
    await using at = await start(handler)
    await using other = await at.provider.setup('GigaChat-2')
    await at.model.generate('Hi')
    const failure = await failureOf(other.model.generate('Hi'))
    expect(failure.message).toBe('gigachat: API error (400): No: Bearer ***')
    expect(at.oauth).toHaveLength(1)
  })

  test('that was taken before and is refused now makes way for a new one, once', async () => {
    const replies = [completion, unauthorized, completion]
    await using at = await start(() => replies.shift())
    await at.model.generate('Hi')
    expect(await at.model.generate('Hi')).toMatchObject({ attempts: 2 })
    expect(at.server.requests.map(({ url }) => url === OAUTH)).toEqual([
      true,
      false,
      false,
      true,
      false,
    ])
  })

  test('of a stream is the same', async () => {
    await using at = await start(answering(completion, streaming(streamed)))
    await at.model.generate('Hi')
    expect((await at.model.stream('Hi').response).text).toBe('Grüß Gott 👋')
    expect(at.oauth).toHaveLength(1)
  })

  test.for([
    [{}, {}, 'GIGACHAT_API_PERS'],
    [{}, { GIGACHAT_SCOPE: 'GIGACHAT_API_B2B' }, 'GIGACHAT_API_B2B'],
    [
      {},
      { GIGACHAT_SCOPE: 'GIGACHAT_API_B2B', GIGACHAT_API_SCOPE: 'GIGACHAT_API_CORP' },
      'GIGACHAT_API_CORP',
    ],
    [
      { scope: 'GIGACHAT_API_B2B' },
      { GIGACHAT_API_SCOPE: 'GIGACHAT_API_CORP' },
      'GIGACHAT_API_B2B',
    ],
  ] as const)('is for the scope of %j, %j', async ([options, env, scope]) => {
    await using at = await start(answering(completion), options, { env })
    await at.model.generate('Hi')
    expect(at.oauth.map(({ text }) => text)).toEqual([`scope=${scope}`])
  })

  test.for([
    [{}, {}, KEY],
    [{}, { GIGACHAT_API_KEY: 'b3RoZXI6b3RoZXI=' }, 'b3RoZXI6b3RoZXI='],
    [{ apiKey: 'b3duOm93bg==' }, { GIGACHAT_API_KEY: 'b3RoZXI6b3RoZXI=' }, 'b3duOm93bg=='],
  ] as const)('is given for the key of %j, %j', async ([options, env, key]) => {
    await using at = await start(answering(completion), options, { env })
    await at.model.generate('Hi')
    expect(at.oauth.map(({ headers }) => headers.authorization)).toEqual([`Basic ${key}`])
  })

  test('of one’s own, in a header, takes its place', async () => {
    await using at = await start(answering(completion), {
      headers: { Authorization: 'Bearer own' },
    })
    await at.model.generate('Hi')
    expect(at.server.requests).toMatchObject([{ headers: { authorization: 'Bearer own' } }])
  })

  test('comes from where `authURL` says', async () => {
    await using other = await serve(() => token)
    await using at = await start(answering(completion), { authURL: `${other.url}/token` })
    await at.model.generate('Hi')
    expect(other.requests).toMatchObject([{ url: '/token' }])
    expect(at.oauth).toEqual([])
  })
})

describe('X-18, H-10: certificates', () => {
  async function serveTls(): Promise<HttpServer> {
    return serve(signingIn(answering(completion)), certificate)
  }

  test.for([
    ['the chat', (url: string, plain: string) => ({ base: url, auth: plain })],
    ['tokens', (url: string, plain: string) => ({ base: plain, auth: url })],
  ] as const)('of the server of %s are verified before anything is sent', async ([, place]) => {
    await using unknown = await serveTls()
    await using plain = await serve(signingIn(answering(completion)))
    const { base, auth } = place(unknown.url, plain.url)
    const env = { ...envOf(base), GIGACHAT_AUTH_URL: auth + OAUTH }
    await using handle = await bound({ env }).setup('GigaChat')
    const failure = await failureOf(handle.model.generate('Hi'))
    expect(failure).toMatchObject({ kind: 'config' })
    expect(failure.message).toMatch(/is of nobody that Node trusts .* as the option `ca`/)
    expect(unknown.requests).toEqual([])
  })

  test.for([
    ['the option `ca`', { ca: authorityPath }, {}],
    ['a path from the folder of the file', { ca: relative('/', authorityPath) }, {}],
    ['GIGACHAT_CA_BUNDLE_FILE', {}, { GIGACHAT_CA_BUNDLE_FILE: relative('.', authorityPath) }],
  ] as const)('of an authority of one’s own are taken: %s', async ([, options, own]) => {
    await using server = await serveTls()
    const provider = bound({ env: { ...envOf(server.url), ...own } })
    await using handle = await provider.setup('GigaChat', options, { baseDir: '/' })
    expect((await handle.model.generate('Hi')).text).toBe('Vienna is the capital of Austria.')
    expect(server.requests).toHaveLength(2)
  })

  test('of anybody are taken with `insecureTls`, which warns once', async () => {
    await using server = await serveTls()
    const warnings: string[] = []
    const listener = ({ message }: Error) => {
      if (message.startsWith('gigachat: ')) warnings.push(message)
    }
    process.on('warning', listener)
    onTestFinished(() => void process.off('warning', listener))
    const provider = bound({ env: envOf(server.url) })
    for (const name of ['GigaChat', 'GigaChat-2']) {
      await using handle = await provider.setup(name, { insecureTls: true })
      expect((await handle.model.generate('Hi')).text).toBe('Vienna is the capital of Austria.')
    }
    expect(warnings).toEqual([
      'gigachat: `insecureTls` trusts whoever answers; give the file of its authority as `ca` instead.',
    ])
  })

  test('cannot be left unverified by the name that it has elsewhere', async () => {
    const failure = await failureOf(
      start(answering(completion), { verifySslCerts: false } as object),
    )
    expect(failure).toMatchObject({
      kind: 'config',
      message:
        'gigachat: options: `verifySslCerts`: there is no such option: certificates are verified. Give the ' +
        'file of an authority as `ca`, or `insecureTls: true` to trust whoever answers',
    })
  })

  test.for([
    ['no-such-file.pem', /^gigachat: `ca`: ENOENT/],
    [import.meta.filename, /^gigachat: `ca`: .* holds no certificate in PEM\.$/],
  ] as const)('of a file that holds none: %s', async ([ca, message]) => {
    const failure = await failureOf(start(answering(completion), { ca }))
    expect(failure).toMatchObject({ kind: 'config' })
    expect(failure.message).toMatch(message)
  })
})

test('models are listed as the server names them', async () => {
  await using at = await start(answering(models))
  expect(await at.provider.listModels!()).toMatchObject([
    { id: 'GigaChat-2', ownedBy: 'salutedevices' },
    { id: 'GigaChat-2-Max', ownedBy: 'salutedevices' },
    { id: 'Embeddings', ownedBy: 'salutedevices' },
  ])
  expect(at.sent).toMatchObject([
    { method: 'GET', url: '/api/v1/models', headers: { authorization: `Bearer ${TOKEN}` } },
  ])
})

describe('the environment:', () => {
  test('without a key there is an error that names the variable', async () => {
    expect(await failureOf(bound({ env: {} }).setup('GigaChat'))).toMatchObject({
      kind: 'config',
      message: 'gigachat: there is no key: set GIGACHAT_CREDENTIALS, or give `apiKeys`.',
    })
  })

  test('a server of this machine needs no key, and then no token', async () => {
    await using at = await start(answering(completion), {}, { env: { GIGACHAT_CREDENTIALS: '' } })
    await at.model.generate('Hi')
    expect(at.server.requests).toHaveLength(1)
    expect(at.server.requests[0]!.headers).not.toHaveProperty('authorization')
  })

  const elsewhere = 'https://gateway.test/oauth'
  const refused =
    'would send its key to gateway.test, which is neither of sberbank.ru or giga.chat nor local; give the ' +
    'key of that server as `apiKey`.'

  test.for([
    [{ GIGACHAT_AUTH_URL: elsewhere }, {}, `gigachat: GIGACHAT_AUTH_URL ${refused}`],
    [{}, { authURL: elsewhere }, `gigachat: the option \`authURL\` ${refused}`],
    [{}, { baseURL: elsewhere }, `gigachat: the option \`baseURL\` ${refused}`],
    [
      { GIGACHAT_AUTH_URL: 'ngw.devices.sberbank.ru' },
      {},
      'gigachat: GIGACHAT_AUTH_URL: expected an http(s) URL, as in http://127.0.0.1:8080/v1.',
    ],
  ] as const)('its key goes to nobody else: %j, %j', async ([env, options, message]) => {
    const provider = bound({ env: { GIGACHAT_CREDENTIALS: KEY, ...env } })
    const failure = await failureOf(provider.setup('GigaChat', options))
    expect(failure).toMatchObject({ kind: 'config', message })
  })

  test('a key that was given with the server’s address goes there', async () => {
    const provider = bound({ env: {} })
    const options = { apiKey: KEY, baseURL: 'https://giga.test/v1', authURL: elsewhere }
    await using handle = await provider.setup('GigaChat', options)
    expect(handle.model.info.spec).toBe('gigachat/GigaChat')
  })
})
