import { describe, expect, test } from 'vitest'
import google, { type GoogleOptions } from '../../providers/google.ts'
import { createDesk } from '../../src/broker/desk.ts'
import { responseOf } from '../../src/model/embedding.ts'
import type { Message, Tool } from '../../src/model/message.ts'
import type { Model } from '../../src/model/model.ts'
import { bindProvider } from '../../src/provider/define-provider.ts'
import type { ProviderSurroundings } from '../../src/provider/definition.ts'
import type { ModelProvider } from '../../src/provider/provider.ts'
import { createSeam } from '../../src/request/seam.ts'
import answer from '../responses/google/answer.json' with { type: 'json' }
import dailyQuota from '../responses/google/daily-quota.json' with { type: 'json' }
import embeddings from '../responses/google/embeddings.json' with { type: 'json' }
import functionCalls from '../responses/google/function-calls.json' with { type: 'json' }
import withoutIds from '../responses/google/function-calls-without-ids.json' with { type: 'json' }
import grounded from '../responses/google/grounded.json' with { type: 'json' }
import invalid from '../responses/google/invalid.json' with { type: 'json' }
import malformedCall from '../responses/google/malformed-function-call.json' with { type: 'json' }
import maxTokens from '../responses/google/max-tokens.json' with { type: 'json' }
import missingSignature from '../responses/google/missing-signature.json' with { type: 'json' }
import lastModels from '../responses/google/models-last.json' with { type: 'json' }
import models from '../responses/google/models.json' with { type: 'json' }
import noCredit from '../responses/google/no-credit.json' with { type: 'json' }
import noUsage from '../responses/google/no-usage.json' with { type: 'json' }
import notFound from '../responses/google/not-found.json' with { type: 'json' }
import promptBlocked from '../responses/google/prompt-blocked.json' with { type: 'json' }
import rateLimit from '../responses/google/rate-limit.json' with { type: 'json' }
import safety from '../responses/google/safety.json' with { type: 'json' }
import streamedBlock from '../responses/google/stream-blocked.json' with { type: 'json' }
import streamedCalls from '../responses/google/stream-function-calls.json' with { type: 'json' }
import streamedPromptBlock from '../responses/google/stream-prompt-blocked.json' with { type: 'json' }
import streamed from '../responses/google/stream.json' with { type: 'json' }
import structured from '../responses/google/structured.json' with { type: 'json' }
import thoughts from '../responses/google/thoughts.json' with { type: 'json' }
import unavailable from '../responses/google/unavailable.json' with { type: 'json' }
import wrongKey from '../responses/google/wrong-key.json' with { type: 'json' }
import { failureOf as failed } from '../support/failure.ts'
import { type Handler, type HttpServer, type Reply, serve } from '../support/http-server.ts'

const KEY = 'AIzaInvented0123456789'
const usage = {
  inputTokens: 2060,
  outputTokens: 83 + 420,
  cachedInputTokens: 1800,
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
  return bindProvider(google, { seam, ...surroundings })
}

/** A server in the place of Google's, and `google/gemini-3.8-flash` of it. */
async function start(
  handler: Handler,
  options: GoogleOptions = {},
  { env, ...surroundings }: Partial<ProviderSurroundings> = {},
): Promise<Ready> {
  const server = await serve(handler)
  const provider = bound({
    env: { GOOGLE_API_BASE: server.url, GOOGLE_API_KEY: KEY, ...env },
    ...surroundings,
  })
  const handle = await provider.setup('gemini-3.8-flash', options)
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

const eventStream = { 'content-type': 'text/event-stream' }

function streaming(events: readonly object[]): Reply {
  const body = events.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`).join('')
  return { headers: eventStream, body }
}

/** What a server got, as far as it matters. */
function sentTo({ requests }: HttpServer) {
  return requests.map(({ method, url, headers, text }) => ({
    method,
    url,
    key: headers['x-goog-api-key'],
    body: text && (JSON.parse(text) as Record<string, unknown>),
  }))
}

const failureOf = (call: Promise<unknown>) => failed(call, KEY)
const hi = [{ role: 'user', parts: [{ text: 'Hi' }] }]

describe('generate', () => {
  test('H-07, H-13: sends a conversation, and reads text, usage and the model that answered', async () => {
    await using at = await start(answering(answer))
    const response = await at.model.generate([
      { role: 'system', content: 'One sentence.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'system', content: 'In English.' },
      { role: 'user', content: 'The capital of Austria?' },
    ])
    expect(sentTo(at.server)).toMatchInlineSnapshot(`
      [
        {
          "body": {
            "contents": [
              {
                "parts": [
                  {
                    "text": "Hi",
                  },
                ],
                "role": "user",
              },
              {
                "parts": [
                  {
                    "text": "Hello.",
                  },
                ],
                "role": "model",
              },
              {
                "parts": [
                  {
                    "text": "The capital of Austria?",
                  },
                ],
                "role": "user",
              },
            ],
            "systemInstruction": {
              "parts": [
                {
                  "text": "One sentence.",
                },
                {
                  "text": "In English.",
                },
              ],
            },
          },
          "key": "AIzaInvented0123456789",
          "method": "POST",
          "url": "/v1beta/models/gemini-3.8-flash:generateContent",
        },
      ]
    `)
    expect(at.server.requests[0]!.headers['content-type']).toBe('application/json')
    expect(response).toMatchObject({
      text: 'Vienna is the capital of Austria.',
      finishReason: 'stop',
      blocked: null,
      toolCalls: [],
      usage: { inputTokens: 12, outputTokens: 8 },
      provider: 'google',
      model: 'gemini-3.8-flash',
      servedBy: 'gemini-3.8-flash-10-2026',
      attempts: 1,
      raw: answer.body,
    })
  })

  test('settings of the call go before those of the set-up, and those before `body`', async () => {
    await using at = await start(answering(answer), {
      id: 'models/gemini-3.8-flash-10-2026',
      temperature: 0,
      topP: 0.9,
      maxTokens: 100,
      stop: ['END'],
      seed: 1,
      thinking: { thinkingLevel: 'low', includeThoughts: true },
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
      body: {
        generationConfig: { topK: 5, maxOutputTokens: 1 },
        serviceTier: 'standard',
        contents: [],
      },
    })
    await at.model.generate('Hi', { maxTokens: 50, seed: 2 })
    expect(sentTo(at.server)).toMatchInlineSnapshot(`
      [
        {
          "body": {
            "contents": [
              {
                "parts": [
                  {
                    "text": "Hi",
                  },
                ],
                "role": "user",
              },
            ],
            "generationConfig": {
              "maxOutputTokens": 50,
              "seed": 2,
              "stopSequences": [
                "END",
              ],
              "temperature": 0,
              "thinkingConfig": {
                "includeThoughts": true,
                "thinkingLevel": "low",
              },
              "topK": 5,
              "topP": 0.9,
            },
            "safetySettings": [
              {
                "category": "HARM_CATEGORY_HARASSMENT",
                "threshold": "BLOCK_NONE",
              },
            ],
            "serviceTier": "standard",
          },
          "key": "AIzaInvented0123456789",
          "method": "POST",
          "url": "/v1beta/models/gemini-3.8-flash-10-2026:generateContent",
        },
      ]
    `)
  })

  test('thoughts are no text, and their tokens are a part of the response', async () => {
    await using at = await start(answering(thoughts))
    expect(await at.model.generate('Hi')).toMatchObject({ text: 'Vienna', usage })
  })

  test('a price of the user makes a cost', async () => {
    const prices = { 'google/gemini-3.8-flash': { input: 3, output: 15, cachedInput: 0.3 } }
    await using at = await start(answering(thoughts), {}, { prices })
    const { costUsd } = await at.model.generate('Hi')
    expect(costUsd).toBeCloseTo((260 * 3 + 1800 * 0.3 + 503 * 15) / 1e6, 12)
  })

  test.for([
    ['another tier', { ...answer.body.usageMetadata, serviceTier: 'priority' }, answer.body],
    ['a search', grounded.body.usageMetadata, grounded.body],
  ] as const)('%s has a price that is not known', async ([, usageMetadata, body]) => {
    const prices = { 'google/*': { input: 3, output: 15 } }
    await using at = await start(answering({ body: { ...body, usageMetadata } }), {}, { prices })
    expect(await at.model.generate('Hi')).toMatchObject({ costUsd: null })
  })

  test('what the tools of the API read is a part of the input', async () => {
    await using at = await start(answering(grounded))
    const response = await at.model.generate('Hi')
    expect(response.usage).toEqual({ inputTokens: 12 + 90, outputTokens: 2 })
  })

  test('a response without usage has none, and no cost', async () => {
    await using at = await start(answering(noUsage))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: 'Vienna',
      usage: null,
      costUsd: null,
    })
  })

  test('a response whose tokens all went into thoughts is empty', async () => {
    await using at = await start(answering(maxTokens))
    expect(await at.model.generate('Hi', { maxTokens: 50 })).toMatchObject({
      text: '',
      finishReason: 'length',
      blocked: null,
      usage: { inputTokens: 2, outputTokens: 49, reasoningTokens: 49 },
    })
  })

  test.for([
    ['STOP', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['MALFORMED_FUNCTION_CALL', 'unknown'],
    ['TOO_MANY_TOOL_CALLS', 'unknown'],
    ['OTHER', 'unknown'],
    [undefined, 'unknown'],
  ] as const)('ended by %s: %s, and not blocked', async ([reason, finishReason]) => {
    const [candidate] = malformedCall.body.candidates
    const body = { ...malformedCall.body, candidates: [{ ...candidate, finishReason: reason }] }
    await using at = await start(answering({ body }))
    expect(await at.model.generate('Hi')).toMatchObject({ text: '', finishReason, blocked: null })
  })

  test('of several candidates the first is the response', async () => {
    const [first] = answer.body.candidates
    const [other] = noUsage.body.candidates
    const candidates = [{ ...other, index: 1 }, first]
    await using at = await start(answering({ body: { ...answer.body, candidates } }))
    expect((await at.model.generate('Hi')).text).toBe('Vienna is the capital of Austria.')
  })

  test.for([
    [true, {}],
    [{ schema: { type: 'object' } }, { responseJsonSchema: { type: 'object' } }],
  ] as const)(
    'structured output is asked for by its type and its schema: %j',
    async ([json, sent]) => {
      await using at = await start(answering(structured))
      const { text } = await at.model.generate('Austria, as JSON.', { json })
      expect(JSON.parse(text)).toEqual({ capital: 'Vienna', population: 2_028_289 })
      expect(at.server.requests[0]!.json['generationConfig']).toEqual({
        responseMimeType: 'application/json',
        ...sent,
      })
    },
  )

  test('images go out before the text, by address and as bytes', async () => {
    await using at = await start(answering(answer))
    const images = [
      { url: 'https://example.test/a.PNG?size=1' },
      { url: 'https://example.test/b' },
      { url: 'data:image/gif;base64,R0lG' },
      { data: Uint8Array.of(137, 80), mediaType: 'image/png' },
    ]
    await at.model.generate([{ role: 'user', content: 'What is this?', images }])
    expect(at.server.requests[0]!.json['contents']).toEqual([
      {
        role: 'user',
        parts: [
          { fileData: { mimeType: 'image/png', fileUri: 'https://example.test/a.PNG?size=1' } },
          { fileData: { fileUri: 'https://example.test/b' } },
          { inlineData: { mimeType: 'image/gif', data: 'R0lG' } },
          { inlineData: { mimeType: 'image/png', data: 'iVA=' } },
          { text: 'What is this?' },
        ],
      },
    ])
  })
})

describe('H-07: roles', () => {
  const calls = [{ id: '1', name: 'now', arguments: '' }]

  test.for([
    [
      { role: 'system', content: 'Short.' },
      { systemInstruction: { parts: [{ text: 'Short.' }] }, contents: hi },
    ],
    [{ role: 'user', content: '' }, { contents: [{ role: 'user', parts: [{ text: '' }] }, ...hi] }],
    [
      { role: 'assistant', content: 'Yes?' },
      { contents: [{ role: 'model', parts: [{ text: 'Yes?' }] }, ...hi] },
    ],
    [
      { role: 'assistant', content: '', toolCalls: calls },
      {
        contents: [
          { role: 'model', parts: [{ functionCall: { id: '1', name: 'now', args: {} } }] },
          ...hi,
        ],
      },
    ],
  ] as const)('each has its place: %j', async ([message, sent]) => {
    await using at = await start(answering(answer))
    await at.model.generate([message, { role: 'user', content: 'Hi' }])
    expect(at.server.requests[0]!.json).toEqual(sent)
  })

  const called = (json: string): Message => ({
    role: 'assistant',
    content: '',
    toolCalls: [{ id: '1', name: 'get_weather', arguments: json }],
  })
  const noObject =
    'google: the conversation holds a call of get_weather whose arguments are no JSON object.'

  test.for([
    [
      { role: 'developer', content: 'Hi' } as unknown as Message,
      "google: the conversation holds a message of the role 'developer'; there are system, user, assistant and tool.",
    ],
    [
      { role: 'tool', content: '12 °C', toolCallId: '7' },
      "google: the conversation holds a result of the call '7', which no message before it asks for.",
    ],
    [called('{"city"'), noObject],
    [called('[1]'), noObject],
  ] as const)('what has no place is an error before a request: %j', async ([message, text]) => {
    await using at = await start(answering(answer))
    const failure = await failureOf(at.model.generate([message]))
    expect(failure).toMatchObject({ kind: 'invalid_request', message: text, provider: 'google' })
    expect(at.server.requests).toEqual([])
  })
})

describe('tools', () => {
  const question: Message = { role: 'user', content: 'The weather in Vienna and Graz?' }

  test('calls come back with their signature, and their results go out in one turn', async () => {
    await using at = await start(answering(functionCalls, answer))
    const asked = await at.model.generate([question], { tools: [weather] })
    expect(asked).toMatchObject({ text: "I'll look it up.", finishReason: 'tool_calls' })
    expect(asked.toolCalls).toEqual([
      {
        id: 'fc_01',
        name: 'get_weather',
        arguments: '{"city":"Vienna"}',
        signature: 'Eqo+Cqc+Ab4=',
      },
      { id: 'fc_02', name: 'get_weather', arguments: '{"city":"Graz"}' },
    ])
    await at.model.generate(
      [
        question,
        { role: 'assistant', content: asked.text, toolCalls: asked.toolCalls },
        { role: 'tool', content: '12 °C', toolCallId: 'fc_01' },
        { role: 'tool', content: '14 °C', toolCallId: 'fc_02' },
        { role: 'user', content: 'So?' },
      ],
      { tools: [{ name: 'now', parameters: { type: 'object' } }] },
    )
    expect(sentTo(at.server).map(({ body }) => body)).toMatchInlineSnapshot(`
      [
        {
          "contents": [
            {
              "parts": [
                {
                  "text": "The weather in Vienna and Graz?",
                },
              ],
              "role": "user",
            },
          ],
          "tools": [
            {
              "functionDeclarations": [
                {
                  "description": "The weather of a city.",
                  "name": "get_weather",
                  "parametersJsonSchema": {
                    "properties": {
                      "city": {
                        "type": "string",
                      },
                    },
                    "required": [
                      "city",
                    ],
                    "type": "object",
                  },
                },
              ],
            },
          ],
        },
        {
          "contents": [
            {
              "parts": [
                {
                  "text": "The weather in Vienna and Graz?",
                },
              ],
              "role": "user",
            },
            {
              "parts": [
                {
                  "text": "I'll look it up.",
                },
                {
                  "functionCall": {
                    "args": {
                      "city": "Vienna",
                    },
                    "id": "fc_01",
                    "name": "get_weather",
                  },
                  "thoughtSignature": "Eqo+Cqc+Ab4=",
                },
                {
                  "functionCall": {
                    "args": {
                      "city": "Graz",
                    },
                    "id": "fc_02",
                    "name": "get_weather",
                  },
                },
              ],
              "role": "model",
            },
            {
              "parts": [
                {
                  "functionResponse": {
                    "id": "fc_01",
                    "name": "get_weather",
                    "response": {
                      "output": "12 °C",
                    },
                  },
                },
                {
                  "functionResponse": {
                    "id": "fc_02",
                    "name": "get_weather",
                    "response": {
                      "output": "14 °C",
                    },
                  },
                },
              ],
              "role": "user",
            },
            {
              "parts": [
                {
                  "text": "So?",
                },
              ],
              "role": "user",
            },
          ],
          "tools": [
            {
              "functionDeclarations": [
                {
                  "name": "now",
                  "parametersJsonSchema": {
                    "type": "object",
                  },
                },
              ],
            },
          ],
        },
      ]
    `)
  })

  test('calls without ids get such as are the same each time the response is read', async () => {
    await using at = await start(answering(withoutIds))
    const [first, again] = [await at.model.generate('Hi'), await at.model.generate('Hi')]
    expect(first.toolCalls).toEqual([
      { id: 'bH6LaZW8Fp-0', name: 'get_weather', arguments: '{"city":"Vienna"}' },
      { id: 'bH6LaZW8Fp-1', name: 'get_time', arguments: '{}' },
    ])
    expect(again.toolCalls).toEqual(first.toolCalls)
  })

  test('a result goes to the last call of its id before it', async () => {
    await using at = await start(answering(answer))
    const turn = (name: string, content: string): Message[] => [
      { role: 'assistant', content: '', toolCalls: [{ id: 'call-0', name, arguments: '{}' }] },
      { role: 'tool', content, toolCallId: 'call-0' },
    ]
    await at.model.generate([question, ...turn('first', 'a'), ...turn('second', 'b')])
    const [, , first, , second] = at.server.requests[0]!.json['contents'] as { parts: object[] }[]
    expect([first!.parts, second!.parts]).toEqual([
      [{ functionResponse: { id: 'call-0', name: 'first', response: { output: 'a' } } }],
      [{ functionResponse: { id: 'call-0', name: 'second', response: { output: 'b' } } }],
    ])
  })

  test.for([
    ['auto', { mode: 'AUTO' }],
    ['none', { mode: 'NONE' }],
    ['required', { mode: 'ANY' }],
    [{ name: 'get_weather' }, { mode: 'ANY', allowedFunctionNames: ['get_weather'] }],
  ] as const)('the choice %j is %j', async ([toolChoice, sent]) => {
    await using at = await start(answering(functionCalls))
    await at.model.generate('Hi', { tools: [weather], toolChoice })
    expect(at.server.requests[0]!.json['toolConfig']).toEqual({ functionCallingConfig: sent })
  })

  test('in a stream they come whole, among the text', async () => {
    await using at = await start(answering(streaming(streamedCalls.events)))
    const stream = at.model.stream('Hi', { tools: [weather] })
    expect(await stream.response).toMatchObject({
      text: "I'll look.",
      finishReason: 'tool_calls',
      toolCalls: [
        { id: 'fc_01', arguments: '{"city":"Vienna"}', signature: 'Eqo+Cqc+Ab4=' },
        { id: 'fc_02', name: 'get_time', arguments: '{}' },
      ],
    })
  })

  test('a signature that is missing is an error that says where it belongs', async () => {
    await using at = await start(answering(missingSignature))
    expect(await failureOf(at.model.generate('Hi'))).toMatchObject({
      kind: 'invalid_request',
      message:
        'google: the conversation holds a call of a tool without its `signature`; give `toolCalls` back as they came.',
    })
  })
})

describe('a filter blocks', () => {
  test('H-13: a prompt, and there are no candidates, but a response that says why', async () => {
    expect(promptBlocked.body).not.toHaveProperty('candidates')
    await using at = await start(answering(promptBlocked))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: '',
      finishReason: 'content_filter',
      blocked: { reason: 'PROHIBITED_CONTENT', source: 'promptFeedback.blockReason' },
      usage: { inputTokens: 12, outputTokens: 0 },
      servedBy: 'gemini-3.8-flash-10-2026',
      raw: promptBlocked.body,
    })
    expect(at.server.requests).toHaveLength(1)
  })

  test('H-13: a prompt, in a stream too', async () => {
    await using at = await start(answering(streaming(streamedPromptBlock.events)))
    expect(await at.model.stream('Hi').response).toMatchObject({
      text: '',
      finishReason: 'content_filter',
      blocked: { reason: 'BLOCKLIST', source: 'promptFeedback.blockReason' },
    })
  })

  test.for([
    'SAFETY',
    'RECITATION',
    'LANGUAGE',
    'BLOCKLIST',
    'PROHIBITED_CONTENT',
    'SPII',
    'IMAGE_SAFETY',
  ])('H-13: a response: %s', async (reason) => {
    const [candidate] = safety.body.candidates
    const body = { ...safety.body, candidates: [{ ...candidate, finishReason: reason }] }
    await using at = await start(answering({ body }))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: '',
      finishReason: 'content_filter',
      blocked: { reason, source: 'finishReason' },
    })
    expect(at.server.requests).toHaveLength(1)
  })

  test('a stream, which keeps the text so far', async () => {
    await using at = await start(answering(streaming(streamedBlock.events)))
    expect(await at.model.stream('Hi').response).toMatchObject({
      text: 'First',
      finishReason: 'content_filter',
      blocked: { reason: 'RECITATION', source: 'finishReason' },
    })
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
    expect(sentTo(at.server)).toEqual([
      {
        method: 'POST',
        url: '/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse',
        key: KEY,
        body: { contents: hi },
      },
    ])
    expect(await stream.response).toMatchObject({
      text: 'Grüß Gott 👋',
      finishReason: 'stop',
      blocked: null,
      toolCalls: [],
      usage,
      servedBy: 'gemini-3.8-flash-10-2026',
      raw: streamed.events,
    })
  })

  test('an error in the middle of it keeps its kind', async () => {
    const error = { error: { ...unavailable.body.error, message: `Overloaded ${KEY}` } }
    await using at = await start(answering(streaming([...streamed.events.slice(0, 2), error])))
    expect(await failureOf(read(at.model))).toMatchObject({
      kind: 'server',
      message: 'google: API error (503): Overloaded ***',
    })
    expect(at.server.requests).toHaveLength(1)
  })

  test('an error at its beginning is sent again', async () => {
    const replies = [streaming([unavailable.body]), streaming(streamed.events)]
    await using at = await start(answering(...replies))
    expect(await at.model.stream('Hi').response).toMatchObject({
      text: 'Grüß Gott 👋',
      attempts: 2,
    })
  })

  test.for([
    ['ends before the response does', streamed.events.slice(0, -1), 'network'],
    ['holds what is no part of a response', [...streamed.events, { candidates: {} }], 'parse'],
  ] as const)('one that %s is an error', async ([, events, kind]) => {
    await using at = await start(answering(streaming(events)), { attempts: 1 })
    expect(await failureOf(read(at.model))).toMatchObject({ kind, provider: 'google' })
  })

  test('a server that does not stream gives one chunk', async () => {
    await using at = await start(answering(answer))
    expect(await read(at.model)).toEqual(['Vienna is the capital of Austria.'])
  })
})

describe('what may pass is sent again:', () => {
  test.for([
    ['a rate limit', rateLimit],
    ['an overload', unavailable],
  ] as const)('%s', async ([, refused]) => {
    await using at = await start(answering(refused, answer))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: 'Vienna is the capital of Austria.',
      attempts: 2,
    })
    const [first, again] = sentTo(at.server)
    expect(again).toEqual(first)
  })

  test('with the next key, where one is refused', async () => {
    const env = { GOOGLE_API_KEY: 'one', GOOGLE_API_KEY_1: 'two' }
    const handler: Handler = ({ headers }) =>
      headers['x-goog-api-key'] === 'two' ? answer : wrongKey
    await using at = await start(handler, {}, { env })
    expect(await at.model.generate('Hi')).toMatchObject({ attempts: 2 })
    expect(sentTo(at.server).map(({ key }) => key)).toEqual(['one', 'two'])
  })
})

describe('an error is', () => {
  test.for([
    ['invalid_request', invalid],
    ['auth', wrongKey],
    ['not_found', notFound],
    ['quota', dailyQuota],
    ['quota', noCredit],
    ['server', { body: unavailable.body }],
    ['server', { body: [unavailable.body] }],
    ['parse', { body: { ...answer.body, candidates: [{ content: { parts: [{ text: 7 }] } }] } }],
    ['parse', { body: {} }],
    ['parse', { body: { promptFeedback: {} } }],
    ['parse', { body: '<html></html>', headers: { 'content-type': 'text/html' } }],
  ] as const)('of kind %s: %j', async ([kind, reply]) => {
    await using at = await start(answering(reply), { attempts: 1, deadline: 5000 })
    expect(await failureOf(at.model.generate('Hi'))).toMatchObject({ kind, provider: 'google' })
    expect(at.server.requests).toHaveLength(1)
  })

  test.for([
    [
      { parts: [{ functionCall: {} }] },
      '`candidates.0.content.parts.0.functionCall.name` is malformed',
    ],
    [undefined, 'it has no `candidates`'],
  ] as const)('one that says what is malformed: %j', async ([content, problem]) => {
    const body = { candidates: content ? [{ content }] : [] }
    await using at = await start(answering({ body }))
    expect((await failureOf(at.model.generate('Hi'))).message).toBe(
      `google: the response is no \`GenerateContentResponse\`: ${problem}.`,
    )
  })
})

describe('O-12: the health', () => {
  test('is good where the API answers, also with a response that is empty', async () => {
    await using at = await start(answering(maxTokens))
    expect(await at.model.health()).toEqual({
      healthy: true,
      latencyMs: expect.any(Number) as number,
    })
    expect(sentTo(at.server)).toMatchObject([
      {
        url: '/v1beta/models/gemini-3.8-flash:generateContent',
        body: { contents: hi, generationConfig: { maxOutputTokens: 1 } },
      },
    ])
  })

  test('is bad where it refuses, and says why', async () => {
    await using at = await start(answering(wrongKey))
    expect(await at.model.health()).toMatchObject({
      healthy: false,
      reason: 'google: API error (400): API key not valid. Please pass a valid API key.',
    })
  })
})

describe('embeddings', () => {
  test('are asked for in one request, and come in the order of the texts', async () => {
    await using at = await start(answering(embeddings))
    expect(await at.model.embed!(['one', 'two'])).toEqual([
      [0.1, 0.2],
      [0.3, 0.4],
    ])
    expect(at.model.metrics).toMatchObject({ inputTokens: 7, outputTokens: 0 })
    expect(sentTo(at.server)).toMatchInlineSnapshot(`
      [
        {
          "body": {
            "requests": [
              {
                "content": {
                  "parts": [
                    {
                      "text": "one",
                    },
                  ],
                },
                "model": "models/gemini-3.8-flash",
              },
              {
                "content": {
                  "parts": [
                    {
                      "text": "two",
                    },
                  ],
                },
                "model": "models/gemini-3.8-flash",
              },
            ],
          },
          "key": "AIzaInvented0123456789",
          "method": "POST",
          "url": "/v1beta/models/gemini-3.8-flash:batchEmbedContents",
        },
      ]
    `)
  })

  test('of more texts than a request may have come from several, in order, with all their tokens', async () => {
    const vectors = (texts: number, first: number): Reply => ({
      body: {
        embeddings: Array.from({ length: texts }, (_, index) => ({ values: [first + index] })),
        usageMetadata: { promptTokenCount: texts },
      },
    })
    const replies = [vectors(100, 0), vectors(100, 100), vectors(50, 200)]
    await using at = await start(answering(...replies))
    const texts = Array.from({ length: 250 }, (_, index) => `text ${index}`)
    const vectorsOfAll = await at.model.embed!(texts)
    expect(vectorsOfAll).toEqual(texts.map((_, index) => [index]))
    expect(responseOf(vectorsOfAll)).toMatchObject({ usage: { inputTokens: 250, outputTokens: 0 } })
    const sent = at.server.requests.map(({ json }) => (json as { requests: object[] }).requests)
    expect(sent.map(({ length }) => length)).toEqual([100, 100, 50])
    expect(sent.flat()).toEqual(
      texts.map((text) => ({ model: 'models/gemini-3.8-flash', content: { parts: [{ text }] } })),
    )
  })

  test('have no known usage where a part of them has none', async () => {
    const vectors = Array.from({ length: 100 }, () => ({ values: [1] }))
    const replies = [{ body: { embeddings: vectors } }, embeddings]
    await using at = await start(answering(...replies))
    const all = await at.model.embed!(Array.from({ length: 102 }, () => 'text'))
    expect(all).toHaveLength(102)
    expect(responseOf(all)).toMatchObject({ usage: null })
  })

  test('none are asked for where there are no texts', async () => {
    await using at = await start(answering(embeddings))
    expect(await at.model.embed!([])).toEqual([])
    expect(at.server.requests).toEqual([])
  })

  test.for([
    [
      { body: answer.body },
      'google: the response is no list of embeddings: `embeddings` is malformed.',
    ],
    [embeddings, 'google: got 2 embeddings for 1 texts.'],
  ] as const)('are an error where they do not fit: %j', async ([reply, message]) => {
    await using at = await start(answering(reply))
    expect(await failureOf(at.model.embed!(['one']))).toMatchObject({ kind: 'parse', message })
  })
})

describe('models', () => {
  test('are listed over all pages', async () => {
    await using at = await start(answering(models, lastModels))
    expect(await at.provider.listModels!()).toEqual([
      { id: 'gemini-3.8-flash' },
      { id: 'gemini-3.8-pro' },
      { id: 'gemini-embedding-2' },
    ])
    expect(sentTo(at.server)).toMatchInlineSnapshot(`
      [
        {
          "body": "",
          "key": "AIzaInvented0123456789",
          "method": "GET",
          "url": "/v1beta/models?pageSize=1000",
        },
        {
          "body": "",
          "key": "AIzaInvented0123456789",
          "method": "GET",
          "url": "/v1beta/models?pageSize=1000&pageToken=Ch9tb2RlbHMv%2BA%3D%3D",
        },
      ]
    `)
  })

  test.for([
    ['a page that comes again', models, 2, 'a page comes again'],
    ['something else', { body: { data: [] } }, 1, '`models` is malformed'],
  ] as const)('are an error where the server gives %s', async ([, reply, requests, problem]) => {
    await using at = await start(answering(reply))
    expect(await failureOf(at.provider.listModels!())).toMatchObject({
      kind: 'parse',
      message: `google: the response is no list of models: ${problem}.`,
    })
    expect(at.server.requests).toHaveLength(requests)
  })
})

describe('options', () => {
  test.for([
    [{ seed: 1.5 }, /^google: options: .*`seed`/],
    [{ thinking: { thinkingBudget: 'all' } }, /^google: options: .*thinkingBudget/],
    [{ safetySettings: [{ category: 'X' }] }, /^google: options: .*threshold/],
    [{ topK: 1 }, /^google: options: there is no option `topK`/],
  ] as const)('that are wrong are an error: %j', async ([given, text]) => {
    const failure = await failureOf(bound({ env: { GOOGLE_API_KEY: KEY } }).setup('g', given))
    expect(failure).toMatchObject({ kind: 'config' })
    expect(failure.message).toMatch(text)
  })

  test.for([
    ['gemini-3.8-flash', { reasoningEffort: 'high' }, { thinkingLevel: 'high' }],
    ['gemini-2.5-pro', { reasoningEffort: 'high' }, { thinkingBudget: 24_576 }],
    ['models/gemini-2.5-flash', { reasoningEffort: 'none' }, { thinkingBudget: 0 }],
    [
      'gemini-2.5-pro',
      { reasoningEffort: 'high', thinking: { thinkingBudget: 5 } },
      { thinkingBudget: 5 },
    ],
  ] as const)('`reasoningEffort` in the words of %s: %j', async ([id, given, thinkingConfig]) => {
    await using at = await start(answering(answer), { id, ...given })
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.json['generationConfig']).toEqual({ thinkingConfig })
  })

  test('`reasoningEffort` that a model knows no budget for is an error', async () => {
    const given = { id: 'gemini-2.5-pro', reasoningEffort: 'xhigh' }
    const failure = await failureOf(bound({ env: { GOOGLE_API_KEY: KEY } }).setup('g', given))
    expect(failure).toMatchObject({ kind: 'config' })
    expect(failure.message).toContain("gemini-2.5-pro knows no `reasoningEffort` 'xhigh'")
  })

  test.for([
    ['tunedModels/mine', 'tunedModels/mine', '/v1beta/tunedModels/mine:generateContent'],
    ['models/gemini-x', 'gemini-x', '/v1beta/models/gemini-x:generateContent'],
    ['a?b', 'a?b', '/v1beta/models/a%3Fb:generateContent'],
  ] as const)('`id` names the model for the server: %s', async ([id, servedBy, asked]) => {
    const { modelVersion: _, ...body } = answer.body
    await using at = await start(answering({ body }), { id })
    expect(await at.model.generate('Hi')).toMatchObject({ servedBy, model: 'gemini-3.8-flash' })
    expect(sentTo(at.server)).toMatchObject([{ url: asked }])
  })

  test('H-13: `apiKey` goes before the keys of the environment', async () => {
    await using at = await start(answering(answer), { apiKey: 'own' })
    await at.model.generate('Hi')
    expect(sentTo(at.server)).toMatchObject([{ key: 'own' }])
  })

  test('a header with a key takes the place of ours', async () => {
    await using at = await start(answering(answer), { headers: { Authorization: 'Bearer own' } })
    await at.model.generate('Hi')
    const { headers } = at.server.requests[0]!
    expect(headers).toMatchObject({ authorization: 'Bearer own' })
    expect(JSON.stringify(headers)).not.toContain(KEY)
  })
})

describe('the environment:', () => {
  test('without a key there is an error that names the variable', async () => {
    expect(await failureOf(bound({ env: {} }).setup('gemini-3.8-flash'))).toMatchObject({
      kind: 'config',
      message: 'google: there is no key: set GOOGLE_API_KEY, or give `apiKeys`.',
    })
  })

  test('H-13: keys and base URL may be called Gemini’s, and the key is in the header alone', async () => {
    await using server = await serve(answering(answer))
    const env = { GEMINI_API_BASE: server.url, GEMINI_API_KEY: KEY }
    await using handle = await bound({ env }).setup('gemini-3.8-flash')
    await handle.model.generate('Hi')
    expect(sentTo(server)).toMatchObject([{ key: KEY }])
    expect(server.requests[0]!.url).not.toContain(KEY)
  })

  test('two names of one key with two values are an error', async () => {
    const env = { GOOGLE_API_KEY: KEY, GEMINI_API_KEY: 'other' }
    expect(await failureOf(bound({ env }).setup('gemini-3.8-flash'))).toMatchObject({
      kind: 'config',
      message:
        'GOOGLE_API_KEY and GEMINI_API_KEY are one variable with two values; remove one of them.',
    })
  })

  test.for([
    ['', '/v1beta/models/gemini-3.8-flash:generateContent'],
    ['/', '/v1beta/models/gemini-3.8-flash:generateContent'],
    ['/v1beta', '/v1beta/models/gemini-3.8-flash:generateContent'],
    ['/v1alpha/', '/v1alpha/models/gemini-3.8-flash:generateContent'],
    ['/gate?x=1', '/gate/v1beta/models/gemini-3.8-flash:generateContent?x=1'],
  ])('the base URL %j asks %s', async ([path, asked]) => {
    await using at = await start(answering(answer))
    const baseURL = at.server.url + path!
    await using handle = await at.provider.setup('gemini-3.8-flash', { baseURL })
    await handle.model.generate('Hi')
    expect(sentTo(at.server)).toMatchObject([{ url: asked }])
  })

  test('R-04: a base URL of somebody else is an error', async () => {
    const env = { GOOGLE_API_BASE: 'https://gateway.test', GOOGLE_API_KEY: KEY }
    expect(await failureOf(bound({ env }).setup('gemini-3.8-flash'))).toMatchObject({
      kind: 'config',
      message:
        'GOOGLE_API_BASE would send the key of google to gateway.test, which is neither of ' +
        'googleapis.com nor local. Give that server a name of its own, as in MY_GOOGLE_API_BASE.',
    })
  })
})
