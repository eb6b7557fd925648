import { describe, expect, onTestFinished, test, vi } from 'vitest'
import anthropic, { type AnthropicOptions } from '../../providers/anthropic.ts'
import { createDesk } from '../../src/broker/desk.ts'
import type { Message, Tool } from '../../src/model/message.ts'
import type { Model } from '../../src/model/model.ts'
import type { PermitOutcome } from '../../src/model/permit.ts'
import { bindProvider } from '../../src/provider/define-provider.ts'
import type { ProviderSurroundings } from '../../src/provider/definition.ts'
import type { ModelProvider } from '../../src/provider/provider.ts'
import { createSeam } from '../../src/request/seam.ts'
import cached from '../responses/anthropic/cached.json' with { type: 'json' }
import contextWindow from '../responses/anthropic/context-window.json' with { type: 'json' }
import invalid from '../responses/anthropic/invalid.json' with { type: 'json' }
import maxTokens from '../responses/anthropic/max-tokens.json' with { type: 'json' }
import message from '../responses/anthropic/message.json' with { type: 'json' }
import models from '../responses/anthropic/models.json' with { type: 'json' }
import lastModels from '../responses/anthropic/models-last.json' with { type: 'json' }
import noUsage from '../responses/anthropic/no-usage.json' with { type: 'json' }
import overloaded from '../responses/anthropic/overloaded.json' with { type: 'json' }
import rateLimit from '../responses/anthropic/rate-limit.json' with { type: 'json' }
import refusal from '../responses/anthropic/refusal.json' with { type: 'json' }
import spendLimit from '../responses/anthropic/spend-limit.json' with { type: 'json' }
import streamed from '../responses/anthropic/stream.json' with { type: 'json' }
import streamedRefusal from '../responses/anthropic/stream-refusal.json' with { type: 'json' }
import streamedToolUse from '../responses/anthropic/stream-tool-use.json' with { type: 'json' }
import structured from '../responses/anthropic/structured.json' with { type: 'json' }
import toolUse from '../responses/anthropic/tool-use.json' with { type: 'json' }
import wrongKey from '../responses/anthropic/wrong-key.json' with { type: 'json' }
import { failureOf as failed } from '../support/failure.ts'
import { type Handler, type HttpServer, type Reply, serve } from '../support/http-server.ts'

const KEY = 'sk-ant-invented-0123456789'
const usage = {
  inputTokens: 12 + 248 + 1800,
  outputTokens: 503,
  cachedInputTokens: 1800,
  cacheWriteTokens: 248,
  reasoningTokens: 420,
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
  return bindProvider(anthropic, { seam, ...surroundings })
}

/** A server in the place of Anthropic's, and `anthropic/claude-sonnet-5-5` of it. */
async function start(
  handler: Handler,
  options: AnthropicOptions = {},
  { env, ...surroundings }: Partial<ProviderSurroundings> = {},
): Promise<Ready> {
  const server = await serve(handler)
  const provider = bound({
    env: { ANTHROPIC_API_BASE: server.url, ANTHROPIC_API_KEY: KEY, ...env },
    ...surroundings,
  })
  const handle = await provider.setup('claude-sonnet-5-5', options)
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

type Event = { readonly type: string; readonly [field: string]: unknown }

function eventsOf(events: readonly Event[], newline = '\n'): string {
  return events
    .map((event) => [`event: ${event.type}`, `data: ${JSON.stringify(event)}`, '', ''])
    .map((lines) => lines.join(newline))
    .join('')
}

const eventStream = { 'content-type': 'text/event-stream; charset=utf-8' }

function streaming(events: readonly Event[]): Reply {
  return { headers: eventStream, body: eventsOf(events) }
}

const failureOf = (call: Promise<unknown>) => failed(call, KEY)

describe('generate', () => {
  test('O-15: the system moves out of the conversation, and `max_tokens` is 4096 unless it is given', async () => {
    await using at = await start(answering(message))
    const response = await at.model.generate([
      { role: 'system', content: 'One sentence.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'system', content: 'In English.' },
      { role: 'user', content: 'The capital of Austria?' },
    ])
    expect(at.server.requests).toMatchObject([
      {
        method: 'POST',
        url: '/v1/messages',
        headers: {
          'x-api-key': KEY,
          'anthropic-version': '2026-10-21',
          'content-type': 'application/json',
        },
      },
    ])
    expect(at.server.requests[0]!.json).toEqual({
      model: 'claude-sonnet-5-5',
      max_tokens: 4096,
      system: 'One sentence.\n\nIn English.',
      messages: [
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
      provider: 'anthropic',
      model: 'claude-sonnet-5-5',
      servedBy: 'claude-sonnet-5-5-20261001',
      attempts: 1,
      raw: message.body,
    })
    expect(response.usage).toEqual({
      inputTokens: 12,
      outputTokens: 503,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
    })
  })

  test('settings of the call go before those of the set-up, and those before `body`', async () => {
    await using at = await start(answering(message), {
      id: 'claude-sonnet-5-5-20261001',
      maxTokens: 100,
      stop: ['\n'],
      thinking: { type: 'adaptive' },
      effort: 'low',
      body: { metadata: { user_id: 'u1' }, max_tokens: 1, model: 'other', messages: [] },
    })
    expect(await at.model.generate('Hi', { maxTokens: 50 })).toMatchObject({
      model: 'claude-sonnet-5-5',
    })
    expect(at.server.requests[0]!.json).toEqual({
      model: 'claude-sonnet-5-5-20261001',
      max_tokens: 50,
      messages: [{ role: 'user', content: 'Hi' }],
      stop_sequences: ['\n'],
      thinking: { type: 'adaptive' },
      output_config: { effort: 'low' },
      metadata: { user_id: 'u1' },
    })
  })

  test('what a model may think is not taken from its response', async () => {
    const thinking = { type: 'enabled', budget_tokens: 2048 }
    await using at = await start(answering(message), { thinking })
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.json).toMatchObject({ max_tokens: 4096 + 2048, thinking })
  })

  test.for([
    [{ temperature: 0 }, {}, { temperature: 0 }],
    [{}, { topP: 0.5 }, { top_p: 0.5 }],
    [{}, { body: { top_k: 1 } }, { top_k: 1 }],
  ] as const)(
    'settings of sampling ask for the version of the API that has them: %j, %j',
    async ([call, options, sent]) => {
      await using at = await start(answering(message), options)
      await at.model.generate('Hi', call)
      await at.model.stream('Hi', call).response
      for (const { headers, json } of at.server.requests) {
        expect(headers['anthropic-version']).toBe('2023-06-01')
        expect(json).toMatchObject(sent)
      }
    },
  )

  test('the tokens of the cache are a part of the input', async () => {
    await using at = await start(answering(cached))
    const response = await at.model.generate('Hi')
    expect(response.text).toBe('Vienna')
    expect(response.usage).toEqual(usage)
  })

  test('a price of the user makes a cost', async () => {
    const price = { input: 3, output: 15, cachedInput: 0.3, cacheWrite: 3.75 }
    const prices = { 'anthropic/claude-sonnet-5-5': price }
    await using at = await start(answering(cached), { id: 'served-under-another-name' }, { prices })
    const { costUsd } = await at.model.generate('Hi')
    expect(costUsd).toBeCloseTo((12 * 3 + 1800 * 0.3 + 248 * 3.75 + 503 * 15) / 1e6, 12)
  })

  test('a response without usage has none, and no cost', async () => {
    await using at = await start(answering(noUsage))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: 'Vienna',
      usage: null,
      costUsd: null,
    })
  })

  test.for([
    [maxTokens, 'length'],
    [contextWindow, 'length'],
    [{ body: { ...message.body, stop_reason: 'stop_sequence' } }, 'stop'],
    [{ body: { ...message.body, stop_reason: 'pause_turn' } }, 'unknown'],
    [{ body: { ...message.body, stop_reason: null } }, 'unknown'],
  ] as const)('ended by $0.body.stop_reason: $1', async ([reply, finishReason]) => {
    await using at = await start(answering(reply))
    expect(await at.model.generate('Hi')).toMatchObject({ finishReason, blocked: null })
    expect(at.server.requests).toHaveLength(1)
  })

  test('its models have no embeddings', async () => {
    await using at = await start(answering(message))
    expect(at.model).not.toHaveProperty('embed')
  })
})

describe('what the API does not have is an error before a request:', () => {
  const called = (json: string): Message => ({
    role: 'assistant',
    content: '',
    toolCalls: [{ id: '1', name: 'get_weather', arguments: json }],
  })

  test.for([
    ['Hi', { seed: 1 }, 'anthropic: its models take no `seed`; leave it out.'],
    [
      'Hi',
      { json: true },
      'anthropic: its models take no `json: true`; give a schema: `json: { schema }`.',
    ],
    [
      [called('{"city"')],
      {},
      'anthropic: the conversation holds a call of get_weather whose arguments are no JSON object.',
    ],
    [
      [called('[1]')],
      {},
      'anthropic: the conversation holds a call of get_weather whose arguments are no JSON object.',
    ],
  ] as const)('%j, %j', async ([input, call, text]) => {
    await using at = await start(answering(message))
    const failure = await failureOf(at.model.generate(input, call))
    expect(failure).toMatchObject({ kind: 'invalid_request', message: text })
    expect(at.server.requests).toEqual([])
  })

  test('options that it does not know', async () => {
    const failure = await failureOf(
      bound({ env: { ANTHROPIC_API_KEY: KEY } }).setup('claude', { seed: 1 }),
    )
    expect(failure).toMatchObject({ kind: 'config' })
    expect(failure.message).toMatch(/^anthropic: options: there is no option `seed` \(there are /)
  })
})

describe('tools', () => {
  const question: Message = { role: 'user', content: 'The weather in Vienna and Graz?' }
  const calls = [
    { id: 'toolu_01A0', name: 'get_weather', arguments: '{"city":"Vienna"}' },
    { id: 'toolu_01B1', name: 'get_weather', arguments: '{"city":"Graz"}' },
  ]

  test('calls come back, and their results go out in one turn', async () => {
    await using at = await start(answering(toolUse, message))
    const asked = await at.model.generate([question], { tools: [weather] })
    expect(asked).toMatchObject({
      text: "I'll look it up.",
      finishReason: 'tool_calls',
      toolCalls: calls,
    })
    await at.model.generate(
      [
        question,
        { role: 'assistant', content: asked.text, toolCalls: asked.toolCalls },
        { role: 'tool', content: '12 °C', toolCallId: 'toolu_01A0' },
        { role: 'tool', content: '14 °C', toolCallId: 'toolu_01B1' },
        { role: 'user', content: 'So?' },
      ],
      { tools: [{ name: 'now', parameters: { type: 'object' } }] },
    )
    expect(at.server.requests[0]!.json).toEqual({
      model: 'claude-sonnet-5-5',
      max_tokens: 4096,
      messages: [question],
      tools: [
        {
          name: 'get_weather',
          description: 'The weather of a city.',
          input_schema: weather.parameters,
        },
      ],
    })
    expect(at.server.requests[1]!.json).toMatchObject({
      tools: [{ name: 'now', input_schema: { type: 'object' } }],
      messages: [
        question,
        {
          role: 'assistant',
          content: [
            { type: 'text', text: "I'll look it up." },
            {
              type: 'tool_use',
              id: 'toolu_01A0',
              name: 'get_weather',
              input: { city: 'Vienna' },
            },
            { type: 'tool_use', id: 'toolu_01B1', name: 'get_weather', input: { city: 'Graz' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'toolu_01A0', content: '12 °C' },
            { type: 'tool_result', tool_use_id: 'toolu_01B1', content: '14 °C' },
          ],
        },
        { role: 'user', content: 'So?' },
      ],
    })
  })

  test.for([
    ['auto', { type: 'auto' }],
    ['none', { type: 'none' }],
    ['required', { type: 'any' }],
    [{ name: 'get_weather' }, { type: 'tool', name: 'get_weather' }],
  ] as const)('the choice %j is %j', async ([toolChoice, sent]) => {
    await using at = await start(answering(toolUse))
    await at.model.generate('Hi', { tools: [weather], toolChoice })
    expect(at.server.requests[0]!.json['tool_choice']).toEqual(sent)
  })

  test('in a stream they come in pieces, and one without arguments has none', async () => {
    await using at = await start(answering(streaming(streamedToolUse.events)))
    const stream = at.model.stream('Hi', { tools: [weather] })
    expect(await stream.response).toMatchObject({
      text: "I'll look.",
      finishReason: 'tool_calls',
      toolCalls: [
        { id: 'toolu_01A0', name: 'get_weather', arguments: '{"city": "Vienna"}' },
        { id: 'toolu_01C2', name: 'get_time', arguments: '{}' },
      ],
    })
    expect(at.server.requests[0]!.json).toMatchObject({ stream: true })
  })
})

test('structured output is asked for by its schema, beside what else says of the output', async () => {
  const schema = {
    type: 'object',
    properties: { capital: { type: 'string' }, population: { type: 'integer' } },
    required: ['capital', 'population'],
    additionalProperties: false,
  }
  await using at = await start(answering(structured), {
    body: { output_config: { effort: 'high' } },
  })
  const { text } = await at.model.generate('Austria, as JSON.', { json: { schema, name: 'at' } })
  expect(JSON.parse(text)).toEqual({ capital: 'Vienna', population: 2_028_289 })
  expect(at.server.requests[0]!.json['output_config']).toEqual({
    effort: 'high',
    format: { type: 'json_schema', schema },
  })
})

test('images go out before the text, by address and as bytes', async () => {
  await using at = await start(answering(message))
  const images = [
    { url: 'https://example.test/a.png' },
    { url: 'data:image/gif;base64,R0lG' },
    { data: Uint8Array.of(137, 80), mediaType: 'image/png' },
  ]
  await at.model.generate([{ role: 'user', content: 'What is this?', images }])
  expect(at.server.requests[0]!.json['messages']).toEqual([
    {
      role: 'user',
      content: [
        { type: 'image', source: { type: 'url', url: 'https://example.test/a.png' } },
        { type: 'image', source: { type: 'base64', media_type: 'image/gif', data: 'R0lG' } },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVA=' } },
        { type: 'text', text: 'What is this?' },
      ],
    },
  ])
})

describe('a refusal blocks,', () => {
  test('with what the API says of it', async () => {
    await using at = await start(answering(refusal))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: '',
      finishReason: 'content_filter',
      blocked: {
        reason: 'This request was declined because it could enable cyber harm.',
        source: 'stop_reason',
      },
    })
    expect(at.server.requests).toHaveLength(1)
  })

  test('in a stream too, with the text so far', async () => {
    await using at = await start(answering(streaming(streamedRefusal.events)))
    expect(await at.model.stream('Hi').response).toMatchObject({
      text: 'First',
      finishReason: 'content_filter',
      blocked: { reason: 'bio', source: 'stop_reason' },
    })
    expect(at.server.requests).toHaveLength(1)
  })
})

describe('stream', () => {
  async function read(model: Model): Promise<string[]> {
    const texts: string[] = []
    for await (const { text } of model.stream('Hi')) texts.push(text)
    return texts
  }

  test('text comes piece by piece, without thoughts, and the response is the whole', async () => {
    await using at = await start(answering(streaming(streamed.events)))
    const stream = at.model.stream('Hi')
    const texts: string[] = []
    for await (const { text } of stream) texts.push(text)
    expect(texts).toEqual(['Grüß ', 'Gott 👋'])
    expect(await stream.response).toMatchObject({
      text: 'Grüß Gott 👋',
      finishReason: 'stop',
      blocked: null,
      toolCalls: [],
      usage,
      servedBy: 'claude-sonnet-5-5-20261001',
      firstTokenMs: expect.any(Number) as number,
      raw: streamed.events.filter(({ type }) => type !== 'ping'),
    })
    expect(at.server.requests[0]!.json).toEqual({
      model: 'claude-sonnet-5-5',
      max_tokens: 4096,
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
    })
  })

  test('it is the same wherever its bytes are split', async () => {
    const permit = { key: 0, queuedMs: 0, cooledMs: 0, release: () => {} }
    const seam = createSeam({ desk: { acquire: async () => permit } }) // unpaced
    const bytes = Buffer.from(eventsOf(streamed.events.slice(5), '\r\n'))
    const handler: Handler = async ({ json }, response) => {
      const split = Number((json['messages'] as Message[])[0]!.content)
      response.writeHead(200, eventStream)
      await new Promise<unknown>((resolve) => response.write(bytes.subarray(0, split), resolve))
      response.end(bytes.subarray(split))
    }
    await using at = await start(handler, {}, { seam })
    const splits = Array.from({ length: bytes.length - 1 }, (_, place) => `${place + 1}`)
    for (const split of splits) {
      const { text, finishReason } = await at.model.stream(split).response
      expect([split, text, finishReason]).toEqual([split, 'Grüß Gott 👋', 'stop'])
    }
  })

  test.for([
    ['overloaded_error', 'server', 'anthropic: API error (overloaded_error): Overloaded ***'],
    ['rate_limit_error', 'rate_limit', 'anthropic: API error (rate_limit_error): Overloaded ***'],
  ] as const)('an error in the middle of it keeps its kind: %s', async ([type, kind, problem]) => {
    const error = { type: 'error', error: { type, message: `Overloaded ${KEY}` } }
    await using at = await start(answering(streaming([...streamed.events.slice(0, 8), error])))
    const texts: string[] = []
    const stream = at.model.stream('Hi')
    const failure = await failureOf(
      (async () => {
        for await (const { text } of stream) texts.push(text)
      })(),
    )
    expect(texts).toEqual(['Grüß '])
    expect(failure).toMatchObject({ kind, message: problem, provider: 'anthropic' })
    expect(at.server.requests).toHaveLength(1)
  })

  test('an error at its beginning is sent again', async () => {
    const error = { type: 'error', error: overloaded.body.error }
    await using at = await start(answering(streaming([error]), streaming(streamed.events)))
    expect(await at.model.stream('Hi').response).toMatchObject({
      text: 'Grüß Gott 👋',
      attempts: 2,
    })
    expect(at.server.requests).toHaveLength(2)
  })

  test.for([
    ['ends before the message does', eventsOf(streamed.events.slice(0, -1)), 'network'],
    ['is empty', '', 'network'],
    [
      'holds what is no JSON',
      `${eventsOf(streamed.events.slice(0, 3))}event: x\ndata: {"type"\n\n`,
      'parse',
    ],
    [
      'holds what is no event',
      `${eventsOf(streamed.events.slice(0, 3))}event: x\ndata: [1]\n\n`,
      'parse',
    ],
    [
      'holds an error under another name',
      `${eventsOf(streamed.events.slice(0, 3))}event: x\ndata: ${JSON.stringify(overloaded.body)}\n\n`,
      'server',
    ],
  ] as const)('one that %s is an error', async ([, body, kind]) => {
    await using at = await start(answering({ headers: eventStream, body }), { attempts: 1 })
    expect(await failureOf(read(at.model))).toMatchObject({ kind, provider: 'anthropic' })
  })

  test('a server that does not stream gives one chunk', async () => {
    await using at = await start(answering(message))
    expect(await read(at.model)).toEqual(['Vienna is the capital of Austria.'])
    expect(at.server.requests[0]!.json).toMatchObject({ stream: true })
  })

  test('it is read to its end, so that it counts as a success', async () => {
    const outcomes: PermitOutcome[] = []
    const permit = { key: 0, queuedMs: 0, cooledMs: 0 }
    const release = (outcome: PermitOutcome) => void outcomes.push(outcome)
    const seam = createSeam({ desk: { acquire: async () => ({ ...permit, release }) } })
    const handler: Handler = (_request, response) => {
      const body = eventsOf([...streamed.events, { type: 'a_new_one', delta: 'odd' }])
      response.writeHead(200, eventStream)
      response.write(body, () => setImmediate(() => response.end()))
    }
    await using at = await start(handler, {}, { seam })
    expect(await at.model.stream('Hi').response).toMatchObject({ finishReason: 'stop' })
    expect(outcomes).toMatchObject([{ failure: null }])
  })

  test('leaving the loop closes the connection', async () => {
    await using at = await start(
      (_request, response) =>
        void response.writeHead(200, eventStream).write(eventsOf(streamed.events.slice(0, 8))),
    )
    for await (const { text } of at.model.stream('Hi')) {
      expect(text).toBe('Grüß ')
      break
    }
    await at.server.requests[0]!.closed
  })
})

describe('what may pass is sent again:', () => {
  test.for([
    ['a rate limit', { ...rateLimit, headers: { 'retry-after-ms': '1' } }],
    ['an overload', overloaded],
  ] as const)('%s', async ([, refused]) => {
    await using at = await start(answering(refused, message))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: 'Vienna is the capital of Austria.',
      attempts: 2,
    })
    expect(at.server.requests.map(({ json }) => json)).toEqual([
      at.server.requests[0]!.json,
      at.server.requests[0]!.json,
    ])
  })

  test('with the next key, where one is refused', async () => {
    const env = { ANTHROPIC_API_KEY: 'one', ANTHROPIC_API_KEY_1: 'two' }
    await using at = await start(
      ({ headers }) => (headers['x-api-key'] === 'two' ? message : wrongKey),
      {},
      { env },
    )
    expect(await at.model.generate('Hi')).toMatchObject({ attempts: 2 })
    expect(at.server.requests.map(({ headers }) => headers['x-api-key'])).toEqual(['one', 'two'])
  })
})

describe('an error is', () => {
  test.for([
    ['invalid_request', invalid],
    ['quota', spendLimit],
    ['auth', { ...wrongKey, body: { type: 'error', error: { message: `no: ${KEY}` } } }],
    ['server', { body: overloaded.body }],
    ['parse', { body: { ...message.body, content: [{ type: 'text', text: 7 }] } }],
    ['parse', { body: { ...message.body, type: 'completion' } }],
    ['parse', { body: {} }],
    ['parse', { body: '<html></html>', headers: { 'content-type': 'text/html' } }],
    ['parse', { body: '{"type": ', headers: { 'content-type': 'application/json' } }],
  ] as const)('of kind %s: %j', async ([kind, reply]) => {
    await using at = await start(answering(reply), { attempts: 1 })
    const failure = await failureOf(at.model.generate('Hi'))
    expect(failure).toMatchObject({ kind, provider: 'anthropic' })
    expect(at.server.requests).toHaveLength(1)
  })

  test('one that says what is malformed', async () => {
    const content = [{ type: 'tool_use', id: '1', name: 'x', input: '{}' }]
    await using at = await start(answering({ body: { ...message.body, content } }))
    expect((await failureOf(at.model.generate('Hi'))).message).toBe(
      'anthropic: the response is no message: `content.0` is malformed.',
    )
  })

  test('`network` where the connection breaks', async () => {
    const handler: Handler = (_request, response) => void response.socket!.resetAndDestroy()
    await using at = await start(handler, { attempts: 1 })
    expect(await failureOf(at.model.generate('Hi'))).toMatchObject({ kind: 'network' })
  })

  test('`timeout` with its own words, which the SDK would drop', async () => {
    await using at = await start(() => {}, { attempts: 1, timeout: 60 })
    const failure = await failureOf(at.model.generate('Hi'))
    expect(failure).toMatchObject({ kind: 'timeout' })
    expect(failure.message).toBe('anthropic: no complete response within 60 ms (`timeout`).')
    await at.server.requests[0]!.closed
  })

  test('`cancelled` where the caller aborts, and the connection is closed', async () => {
    const caller = new AbortController()
    await using at = await start(() => caller.abort(new Error('enough')))
    const failure = await failureOf(at.model.generate('Hi', { signal: caller.signal }))
    expect(failure).toMatchObject({ kind: 'cancelled', cause: { message: 'enough' } })
    await at.server.requests[0]!.closed
  })

  test('`config` where the server redirects, and nothing goes there', async () => {
    await using other = await serve(answering(message))
    await using at = await start(
      answering({ status: 307, headers: { location: `${other.url}/v1/messages` } }),
    )
    expect(await failureOf(at.model.generate('Hi'))).toMatchObject({ kind: 'config', status: 307 })
    expect(other.requests).toEqual([])
  })
})

describe('models', () => {
  test('are listed over all pages', async () => {
    await using at = await start(answering(models, lastModels))
    expect(await at.provider.listModels!()).toEqual([
      { id: 'claude-opus-5-5' },
      { id: 'claude-sonnet-5-5' },
      { id: 'claude-haiku-5-5' },
    ])
    expect(at.server.requests).toMatchObject([
      { method: 'GET', url: '/v1/models?limit=1000', headers: { 'x-api-key': KEY } },
      { method: 'GET', url: '/v1/models?limit=1000&after_id=claude-sonnet-5-5' },
    ])
  })

  test.for([
    ['a page that comes again', models, 2, 'a page comes again'],
    ['something else', { body: { models: [] } }, 1, '`data` is malformed'],
    [
      'a page without an end',
      { body: { data: [], has_more: true } },
      1,
      'there are more, and `last_id` is missing',
    ],
  ] as const)('are an error where the server gives %s', async ([, reply, requests, problem]) => {
    await using at = await start(answering(reply))
    const failure = await failureOf(at.provider.listModels!())
    expect(failure).toMatchObject({
      kind: 'parse',
      message: `anthropic: the response is no list of models: ${problem}.`,
    })
    expect(at.server.requests).toHaveLength(requests)
  })
})

describe('headers', () => {
  test('are those that are meant for the server, and none of the SDK or its environment', async () => {
    onTestFinished(() => void vi.unstubAllEnvs())
    vi.stubEnv('ANTHROPIC_API_KEY', 'invented')
    vi.stubEnv('ANTHROPIC_AUTH_TOKEN', 'invented')
    vi.stubEnv('ANTHROPIC_CUSTOM_HEADERS', 'X-Gateway: invented')
    vi.stubEnv('ANTHROPIC_BASE_URL', 'http://127.0.0.1:9')
    const headers = { 'anthropic-beta': 'files-2026-01-01' }
    await using at = await start(answering(message), { headers })
    await at.model.generate('Hi')
    const { authorization, ...sent } = at.server.requests[0]!.headers
    expect(authorization).toBeUndefined()
    expect(sent).toMatchObject({ 'x-api-key': KEY, ...headers })
    expect(JSON.stringify(sent)).not.toMatch(/stainless|"invented"|retry-count/)
  })

  test.for([
    [{ 'X-Api-Key': 'own' }, { 'x-api-key': 'own' }],
    [{ Authorization: 'Bearer own' }, { authorization: 'Bearer own' }],
  ])('one with a key takes the place of ours: %j', async ([headers, sent]) => {
    await using at = await start(answering(message), { headers: headers! })
    await at.model.generate('Hi')
    const received = at.server.requests[0]!.headers
    expect(received).toMatchObject(sent!)
    expect(JSON.stringify(received)).not.toContain(KEY)
  })

  test('prompt and key are not logged, where the environment asks the SDK for its log', async () => {
    onTestFinished(() => void vi.restoreAllMocks())
    onTestFinished(() => void vi.unstubAllEnvs())
    vi.stubEnv('ANTHROPIC_LOG', 'debug')
    const logs = (['debug', 'info', 'warn', 'error'] as const).map((level) =>
      vi.spyOn(console, level),
    )
    const body = `event: message_start\ndata: {"type"\n\n`
    await using at = await start(answering({ headers: eventStream, body }))
    expect(await failureOf(at.model.stream('Hi').response)).toMatchObject({ kind: 'parse' })
    for (const log of logs) expect(log).not.toHaveBeenCalled()
  })
})

describe('the environment:', () => {
  test('without a key there is an error that names the variable', async () => {
    const failure = await failureOf(bound({ env: {} }).setup('claude-sonnet-5-5'))
    expect(failure).toMatchObject({
      kind: 'config',
      message: 'anthropic: there is no key: set ANTHROPIC_API_KEY, or give `apiKeys`.',
    })
  })

  test('a server of this machine needs no key', async () => {
    await using at = await start(answering(message), {}, { env: { ANTHROPIC_API_KEY: '' } })
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.headers).not.toHaveProperty('x-api-key')
  })

  test.for([
    ['', '/v1/messages'],
    ['/', '/v1/messages'],
    ['/v1', '/v1/messages'],
    ['/v1/', '/v1/messages'],
    ['/claude/v1?x=1&y=a%20b', '/claude/v1/messages?x=1&y=a%20b'],
  ])('the base URL %j asks %s', async ([path, asked]) => {
    await using server = await serve(answering(message))
    const env = { ANTHROPIC_BASE_URL: server.url + path!, ANTHROPIC_API_KEY: KEY }
    await using handle = await bound({ env }).setup('claude-sonnet-5-5')
    await handle.model.generate('Hi')
    expect(server.requests.map(({ url }) => url)).toEqual([asked])
  })

  test.for([
    [
      'https://gateway.test',
      'ANTHROPIC_BASE_URL would send the key of anthropic to gateway.test, which is neither of ' +
        'anthropic.com nor local. Give that server a name of its own, as in MY_ANTHROPIC_API_BASE.',
    ],
    [
      'https://api.anthropic.com/v1/messages',
      'ANTHROPIC_BASE_URL: the base URL ends before /messages; leave that part out.',
    ],
  ])('R-04, X-19: a wrong base URL is an error: %s', async ([base, text]) => {
    const env = { ANTHROPIC_BASE_URL: base, ANTHROPIC_API_KEY: KEY }
    const failure = await failureOf(bound({ env }).setup('claude-sonnet-5-5'))
    expect(failure).toMatchObject({ kind: 'config', message: text })
  })
})
