import { describe, expect, onTestFinished, test } from 'vitest'
import ollama, { type OllamaOptions } from '../../../providers/ollama.ts'
import { createDesk } from '../../../src/broker/desk.ts'
import { responseOf } from '../../../src/model/embedding.ts'
import type { Message, Tool } from '../../../src/model/message.ts'
import { createSeam } from '../../../src/request/seam.ts'
import busy from '../../responses/ollama/busy.json' with { type: 'json' }
import chat from '../../responses/ollama/chat.json' with { type: 'json' }
import early from '../../responses/ollama/early.json' with { type: 'json' }
import embeddings from '../../responses/ollama/embeddings.json' with { type: 'json' }
import errorInStream from '../../responses/ollama/error-in-stream.json' with { type: 'json' }
import length from '../../responses/ollama/length.json' with { type: 'json' }
import load from '../../responses/ollama/load.json' with { type: 'json' }
import noOutput from '../../responses/ollama/no-output.json' with { type: 'json' }
import noTools from '../../responses/ollama/no-tools.json' with { type: 'json' }
import noUsage from '../../responses/ollama/no-usage.json' with { type: 'json' }
import notFound from '../../responses/ollama/not-found.json' with { type: 'json' }
import rateLimit from '../../responses/ollama/rate-limit.json' with { type: 'json' }
import serverError from '../../responses/ollama/server-error.json' with { type: 'json' }
import streamed from '../../responses/ollama/stream.json' with { type: 'json' }
import streamedCalls from '../../responses/ollama/stream-tool-calls.json' with { type: 'json' }
import structured from '../../responses/ollama/structured.json' with { type: 'json' }
import thinking from '../../responses/ollama/thinking.json' with { type: 'json' }
import toolCalls from '../../responses/ollama/tool-calls.json' with { type: 'json' }
import wrongKey from '../../responses/ollama/wrong-key.json' with { type: 'json' }
import { failureOf } from '../../support/failure.ts'
import { type Reply, serve } from '../../support/http-server.ts'
import { boundTo, recordLeases } from '../shared/local/recorded.ts'
import { lines, modelAt, running, sentTo } from './running.ts'

const KEY = 'invented-key-0123456789'

describe('generate', () => {
  test('sends a conversation and reads text, usage and the model that answered', async () => {
    const server = await running()
    const model = await modelAt(server)
    const response = await model.generate([
      { role: 'system', content: 'One sentence.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user', content: 'The capital of Austria?' },
    ])
    expect(sentTo(server)).toMatchInlineSnapshot(`
      [
        {
          "body": {
            "messages": [
              {
                "content": "One sentence.",
                "role": "system",
              },
              {
                "content": "Hi",
                "role": "user",
              },
              {
                "content": "Hello.",
                "role": "assistant",
              },
              {
                "content": "The capital of Austria?",
                "role": "user",
              },
            ],
            "model": "qwen3:4b",
            "options": {
              "temperature": 0,
            },
            "shift": false,
            "stream": false,
            "truncate": false,
          },
          "content-type": "application/json",
          "method": "POST",
          "url": "/api/chat",
        },
      ]
    `)
    expect(response).toMatchObject({
      text: 'Vienna is the capital of Austria.',
      finishReason: 'stop',
      blocked: null,
      toolCalls: [],
      usage: { inputTokens: 34, outputTokens: 12 },
      costUsd: 0,
      provider: 'ollama',
      model: 'qwen3:4b',
      servedBy: 'qwen3:4b',
      attempts: 1,
      raw: chat.body,
    })
  })

  test('O-17: the tag of a model reaches the body as it is', async () => {
    const server = await running()
    const bound = boundTo(ollama, { leases: recordLeases() })
    const port = Number(new URL(server.url).port)
    const options = { id: 'llama2:7b', host: 'localhost', port }
    await using named = await bound.setup('llama2', options)
    await using plain = await bound.setup('llama2:7b', { attach: server.url })
    for (const { model } of [named, plain]) {
      await model.generate('Hi')
      await model.stream('Hi').response
    }
    expect([named.model.info.name, plain.model.info.name]).toEqual(['llama2', 'llama2:7b'])
    const models = sentTo(server).map((sent) => (sent as { body: { model: string } }).body.model)
    expect(models).toEqual(Array.from({ length: 4 }, () => 'llama2:7b'))
  })

  test('settings of the call go before those of the set-up, and those before `body`', async () => {
    const server = await running()
    const model = await modelAt(server, {
      temperature: 0.5,
      topP: 0.9,
      maxTokens: 100,
      stop: ['\n'],
      seed: 1,
      context: 16_384,
      think: 'low',
      keepAlive: '10m',
      body: {
        truncate: true,
        shift: true,
        options: { top_k: 20, seed: 9 },
        model: 'other',
        stream: true,
      },
    })
    await model.generate('Hi', { maxTokens: 50, seed: 2, temperature: 1 })
    expect(sentTo(server)).toMatchInlineSnapshot(`
      [
        {
          "body": {
            "keep_alive": "10m",
            "messages": [
              {
                "content": "Hi",
                "role": "user",
              },
            ],
            "model": "qwen3:4b",
            "options": {
              "num_ctx": 16384,
              "num_predict": 50,
              "seed": 2,
              "stop": [
                "
      ",
              ],
              "temperature": 1,
              "top_k": 20,
              "top_p": 0.9,
            },
            "shift": true,
            "stream": false,
            "think": "low",
            "truncate": true,
          },
          "content-type": "application/json",
          "method": "POST",
          "url": "/api/chat",
        },
      ]
    `)
  })

  test.for([
    [{ think: false }, { think: false }],
    [{ keepAlive: -1 }, { keep_alive: -1 }],
    [{ body: { logprobs: true } }, { logprobs: true }],
  ] as const)(
    'what was not set is not sent, but that a prompt is never cut: %j',
    async ([options, sent]) => {
      const server = await running()
      await (await modelAt(server, options)).generate('Hi')
      const [{ body }] = sentTo(server) as [{ body: object }]
      expect(body).toEqual({
        model: 'qwen3:4b',
        messages: [{ role: 'user', content: 'Hi' }],
        options: { temperature: 0 },
        stream: false,
        truncate: false,
        shift: false,
        ...sent,
      })
    },
  )

  test('what the model thinks is no part of the text', async () => {
    const server = await running(thinking)
    const response = await (await modelAt(server)).generate('Capital of Austria?')
    expect(response).toMatchObject({ text: 'Vienna', raw: thinking.body })
  })

  test.for([
    [length, 'length'],
    [early, 'unknown'],
    [{ body: { ...chat.body, done_reason: 'another' } }, 'unknown'],
  ] as const)('ended by $0.body.done_reason: $1', async ([reply, finishReason]) => {
    const model = await modelAt(await running(reply))
    expect(await model.generate('Hi')).toMatchObject({ finishReason, blocked: null })
    expect(await model.stream('Hi').response).toMatchObject({ finishReason, blocked: null })
  })

  test('a model that was only loaded has not answered', async () => {
    const model = await modelAt(await running(load))
    for (const call of [model.generate([]), model.stream([]).response]) {
      expect(await failureOf(call)).toMatchObject({
        kind: 'invalid_request',
        message:
          "ollama: the model was loaded and not asked (`done_reason`): give it a user's message.",
      })
    }
  })

  test.for([
    [noUsage, null],
    [noOutput, { inputTokens: 34, outputTokens: 0 }],
  ] as const)('the usage of $0.source is %s', async ([reply, usage]) => {
    const model = await modelAt(await running(reply))
    expect(await model.generate('Hi')).toMatchObject({ usage, costUsd: 0 })
  })

  test('JSON is asked for as any, or by its schema', async () => {
    const schema = { type: 'object', properties: { capital: { type: 'string' } } }
    const server = await running(structured)
    const model = await modelAt(server)
    const { text } = await model.generate('Austria, as JSON.', { json: { schema, name: 'at' } })
    expect(JSON.parse(text)).toEqual({ capital: 'Vienna', population: 2_028_289 })
    await model.generate('Austria, as JSON.', { json: true })
    expect(sentTo(server)).toMatchObject([
      { body: { format: schema } },
      { body: { format: 'json' } },
    ])
  })
})

describe('stream', () => {
  test('gives the text as it comes, without what the model thinks', async () => {
    const server = await running(lines(...streamed.events))
    const stream = (await modelAt(server)).stream('Greet me.')
    const texts: string[] = []
    for await (const { text } of stream) texts.push(text)
    expect(texts).toEqual(['Grüß', ' Gott', ' 👋'])
    expect(sentTo(server)).toMatchInlineSnapshot(`
      [
        {
          "body": {
            "messages": [
              {
                "content": "Greet me.",
                "role": "user",
              },
            ],
            "model": "qwen3:4b",
            "options": {
              "temperature": 0,
            },
            "shift": false,
            "stream": true,
            "truncate": false,
          },
          "content-type": "application/json",
          "method": "POST",
          "url": "/api/chat",
        },
      ]
    `)
    expect(await stream.response).toMatchObject({
      text: 'Grüß Gott 👋',
      finishReason: 'stop',
      usage: { inputTokens: 34, outputTokens: 12 },
      servedBy: 'qwen3:4b',
      raw: streamed.events,
    })
  })

  test('an error in the middle of it is an error, and no text', async () => {
    const server = await running(lines(...streamed.events.slice(0, 3), errorInStream.body))
    const stream = (await modelAt(server)).stream('Greet me.')
    expect(await failureOf(stream.response)).toMatchObject({
      kind: 'server',
      message: 'ollama: API error (no status): an error was encountered while running the model',
    })
    expect(sentTo(server)).toHaveLength(1)
  })

  test('of which the last line has no message, is whole all the same', async () => {
    const { message: _none, ...last } = streamed.events.at(-1)!
    const server = await running(lines(...streamed.events.slice(0, -1), last))
    const { text } = await (await modelAt(server)).stream('Greet me.').response
    expect(text).toBe('Grüß Gott 👋')
  })

  test('one that ends before it is done is an error', async () => {
    const server = await running(lines(...streamed.events.slice(0, -1)))
    const stream = (await modelAt(server)).stream('Greet me.')
    expect(await failureOf(stream.response)).toMatchObject({
      kind: 'network',
      message: 'ollama: the response ended before it was complete.',
    })
  })
})

describe('tools', () => {
  const weather: Tool = {
    name: 'get_weather',
    description: 'The weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  }
  const now: Tool = { name: 'get_time', parameters: { type: 'object', properties: {} } }
  const question: Message = { role: 'user', content: 'The weather in Vienna and Graz?' }

  test('calls without ids get some, and results go out with the names of their tools', async () => {
    const server = await running(toolCalls, chat)
    const model = await modelAt(server)
    const asked = await model.generate([question], { tools: [weather, now] })
    expect(asked).toMatchObject({
      text: '',
      finishReason: 'tool_calls',
      toolCalls: [
        { id: 'call_0', name: 'get_weather', arguments: '{"city":"Vienna"}' },
        { id: 'call_1', name: 'get_weather', arguments: '{"city":"Graz"}' },
      ],
    })
    await model.generate([
      question,
      { role: 'assistant', content: asked.text, toolCalls: asked.toolCalls },
      { role: 'tool', content: '12 °C', toolCallId: 'call_0' },
      { role: 'tool', content: '14 °C', toolCallId: 'call_1' },
      {
        role: 'assistant',
        content: '',
        toolCalls: [{ id: 'call_0', name: 'get_time', arguments: '' }],
      },
      { role: 'tool', content: '12:00', toolCallId: 'call_0' },
      { role: 'tool', content: 'of a call that is not there' },
    ])
    expect(sentTo(server)).toMatchInlineSnapshot(`
      [
        {
          "body": {
            "messages": [
              {
                "content": "The weather in Vienna and Graz?",
                "role": "user",
              },
            ],
            "model": "qwen3:4b",
            "options": {
              "temperature": 0,
            },
            "shift": false,
            "stream": false,
            "tools": [
              {
                "function": {
                  "description": "The weather of a city.",
                  "name": "get_weather",
                  "parameters": {
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
                "type": "function",
              },
              {
                "function": {
                  "name": "get_time",
                  "parameters": {
                    "properties": {},
                    "type": "object",
                  },
                },
                "type": "function",
              },
            ],
            "truncate": false,
          },
          "content-type": "application/json",
          "method": "POST",
          "url": "/api/chat",
        },
        {
          "body": {
            "messages": [
              {
                "content": "The weather in Vienna and Graz?",
                "role": "user",
              },
              {
                "content": "",
                "role": "assistant",
                "tool_calls": [
                  {
                    "function": {
                      "arguments": {
                        "city": "Vienna",
                      },
                      "name": "get_weather",
                    },
                    "id": "call_0",
                  },
                  {
                    "function": {
                      "arguments": {
                        "city": "Graz",
                      },
                      "name": "get_weather",
                    },
                    "id": "call_1",
                  },
                ],
              },
              {
                "content": "12 °C",
                "role": "tool",
                "tool_call_id": "call_0",
                "tool_name": "get_weather",
              },
              {
                "content": "14 °C",
                "role": "tool",
                "tool_call_id": "call_1",
                "tool_name": "get_weather",
              },
              {
                "content": "",
                "role": "assistant",
                "tool_calls": [
                  {
                    "function": {
                      "arguments": {},
                      "name": "get_time",
                    },
                    "id": "call_0",
                  },
                ],
              },
              {
                "content": "12:00",
                "role": "tool",
                "tool_call_id": "call_0",
                "tool_name": "get_time",
              },
              {
                "content": "of a call that is not there",
                "role": "tool",
              },
            ],
            "model": "qwen3:4b",
            "options": {
              "temperature": 0,
            },
            "shift": false,
            "stream": false,
            "truncate": false,
          },
          "content-type": "application/json",
          "method": "POST",
          "url": "/api/chat",
        },
      ]
    `)
  })

  test('of a stream, with the ids of later versions', async () => {
    const server = await running(lines(...streamedCalls.events))
    const stream = (await modelAt(server)).stream([question], { tools: [weather, now] })
    expect(await stream.response).toMatchObject({
      text: "I'll look.",
      finishReason: 'tool_calls',
      toolCalls: [
        { id: 'call_x7d2k9qa', name: 'get_weather', arguments: '{"city":"Vienna"}' },
        { id: 'call_p3m8w1zt', name: 'get_time', arguments: '{}' },
      ],
    })
  })

  test('none may be called: none is offered', async () => {
    const server = await running()
    const model = await modelAt(server)
    await model.generate('Hi', { tools: [weather], toolChoice: 'none' })
    await model.generate('Hi', { tools: [weather], toolChoice: 'auto' })
    const [none, auto] = sentTo(server) as { body: object }[]
    expect(none!.body).not.toHaveProperty('tools')
    expect(auto!.body).toHaveProperty('tools')
    expect(auto!.body).not.toHaveProperty('tool_choice')
  })
})

describe('what the API does not have is an error before a request:', () => {
  const called = (json: string): Message => ({
    role: 'assistant',
    content: '',
    toolCalls: [{ id: '1', name: 'get_weather', arguments: json }],
  })
  const picture = (url: string): Message => ({ role: 'user', content: 'What?', images: [{ url }] })
  const noObject =
    'ollama: the conversation holds a call of get_weather whose arguments are no JSON object.'
  const noAddress = 'ollama: its API takes no picture by its address: give `data` and `mediaType`.'
  const noChoice =
    "ollama: its API cannot make a model call a tool: `toolChoice` is 'auto' or 'none'."

  test.for([
    [[called('{"city"')], {}, noObject],
    [[called('[1]')], {}, noObject],
    [[picture('https://example.com/a.png')], {}, noAddress],
    [[picture('data:image/svg+xml,%3Csvg/%3E')], {}, noAddress],
    ['Hi', { toolChoice: 'required' }, noChoice],
    ['Hi', { toolChoice: { name: 'get_weather' } }, noChoice],
  ] as const)('%j, %j', async ([input, call, message]) => {
    const server = await running()
    const model = await modelAt(server)
    const failure = await failureOf(model.generate(input, call))
    expect(failure).toMatchObject({ kind: 'invalid_request', message })
    expect(sentTo(server)).toEqual([])
  })

  test.for(['reasoningEffort', 'maxTokensField'])("OpenAI's option `%s`", async (option) => {
    const setup = boundTo(ollama, { leases: recordLeases() }).setup('qwen3', { [option]: 'low' })
    const failure = await failureOf(setup)
    expect(failure).toMatchObject({ kind: 'config' })
    expect(failure.message).toContain(`there is no option \`${option}\``)
  })
})

test('pictures go out as base64, without what says of their kind', async () => {
  const server = await running()
  const data = Uint8Array.of(137, 80, 78, 71)
  const images = [{ data, mediaType: 'image/png' }, { url: 'data:image/png;base64,iVBORw==' }]
  await (await modelAt(server)).generate([{ role: 'user', content: 'What is this?', images }])
  expect(sentTo(server)).toMatchObject([
    {
      body: {
        messages: [{ role: 'user', content: 'What is this?', images: ['iVBORw==', 'iVBORw=='] }],
      },
    },
  ])
})

describe('embed', () => {
  test('gives one vector per text, and what the texts took', async () => {
    const server = await running(embeddings)
    const model = await modelAt(server, { context: 2048, keepAlive: 60 })
    const vectors = await model.embed!(['Why is the sky blue?', 'Why is the grass green?'])
    expect(vectors).toEqual(embeddings.body.embeddings)
    expect(responseOf(vectors)).toMatchObject({
      usage: { inputTokens: 8, outputTokens: 0 },
      costUsd: 0,
    })
    expect(sentTo(server)).toMatchInlineSnapshot(`
      [
        {
          "body": {
            "input": [
              "Why is the sky blue?",
              "Why is the grass green?",
            ],
            "keep_alive": 60,
            "model": "qwen3:4b",
            "options": {
              "num_ctx": 2048,
            },
            "truncate": false,
          },
          "content-type": "application/json",
          "method": "POST",
          "url": "/api/embed",
        },
      ]
    `)
    const plain = await modelAt(server)
    await plain.embed!(['a', 'b'])
    expect(sentTo(server)[1]).toMatchObject({ body: { model: 'qwen3:4b', input: ['a', 'b'] } })
    expect(sentTo(server)[1]).not.toHaveProperty('body.options')
  })

  test('carries `body`, with its options, and what it says of texts that are too long', async () => {
    const server = await running(embeddings)
    const body = { dimensions: 3, truncate: true, options: { num_gpu: 0, num_ctx: 1 }, model: 'x' }
    const model = await modelAt(server, { context: 2048, body })
    await model.embed!(['a', 'b'])
    expect(sentTo(server)).toMatchObject([
      {
        body: {
          model: 'qwen3:4b',
          input: ['a', 'b'],
          dimensions: 3,
          truncate: true,
          options: { num_gpu: 0, num_ctx: 2048 },
        },
      },
    ])
  })

  test('of no texts asks nobody, and other than one per text is an error', async () => {
    const server = await running(embeddings)
    const model = await modelAt(server)
    expect(await model.embed!([])).toEqual([])
    expect(sentTo(server)).toEqual([])
    expect(await failureOf(model.embed!(['one']))).toMatchObject({
      kind: 'parse',
      message: 'ollama: got 2 embeddings for 1 texts.',
    })
  })
})

describe('errors', () => {
  const broken = (change: object): Reply => ({ body: { ...chat.body, ...change } })

  test.for([
    ['not_found', "API error (404): model 'llama4' not found", notFound],
    ['invalid_request', 'API error (400): "llama2:7b" does not support tools', noTools],
    ['auth', 'API error (401): unauthorized', wrongKey],
    [
      'rate_limit',
      'API error (429): too many concurrent requests',
      { ...rateLimit, headers: { 'retry-after': '20' } },
    ],
    ['server', 'API error (503): server busy, please try again.', busy],
    ['server', 'API error (500): llama runner process has terminated', serverError],
    ['server', 'an error was encountered while running the model', { body: errorInStream.body }],
    ['parse', 'the response is no chat response: `message` is malformed.', broken({ message: '' })],
    [
      'parse',
      'the response is no chat response: `message.content` is malformed.',
      broken({ message: { content: 7 } }),
    ],
    [
      'parse',
      'the response is no chat response: `message.tool_calls.0.function.arguments` is malformed.',
      broken({ message: { tool_calls: [{ function: { name: 'x', arguments: '{}' } }] } }),
    ],
    ['parse', 'the response is no chat response: `done` is malformed.', broken({ done: 'yes' })],
    ['parse', 'the response is not JSON.', { body: 'Ollama is running\n' }],
    ['network', 'the response ended before it was complete.', broken({ done: false })],
  ] as const)('are of kind %s: %s', async ([kind, said, reply]) => {
    const server = await running(reply)
    const model = await modelAt(server, { attempts: 1, deadline: 5000 })
    for (const ask of [model.generate('a secret'), model.stream('a secret').response]) {
      const failure = await failureOf(ask)
      expect(failure).toMatchObject({ kind, provider: 'ollama' })
      expect(failure.message).toContain(`ollama: `)
      expect(failure.message).toContain(said)
      expect(failure.message).not.toMatch(/a secret|Vienna/)
    }
  })

  test.for([
    ['a rate limit', { ...rateLimit, headers: { 'retry-after-ms': '1' } }],
    ['a queue that is full', busy],
    ['a runner that ended', serverError],
  ] as const)('that pass are sent again: %s', async ([, refused]) => {
    const server = await running(refused, chat)
    const model = await modelAt(server)
    expect(await model.generate('Hi')).toMatchObject({
      text: 'Vienna is the capital of Austria.',
      attempts: 2,
    })
    const [first, second] = sentTo(server)
    expect(second).toEqual(first)
  })
})

describe('its key', () => {
  const env = { OLLAMA_API_KEY: 'another-key-0123456789' }

  test.for([
    [{}, { OLLAMA_API_KEY: KEY }],
    [{ apiKey: KEY }, env],
    [{ apiKeys: [KEY] }, env],
    [{ headers: { authorization: `Bearer ${KEY}` } }, env],
  ] as const)('comes from %j and %j', async ([options, given]) => {
    const server = await running()
    const model = await modelAt(server, options, { env: given })
    await model.generate('Hi')
    await model.stream('Hi').response
    for (const { headers } of server.requests) expect(headers.authorization).toBe(`Bearer ${KEY}`)
  })

  const hrefOf = (url: string | URL | Request) =>
    new URL(url instanceof Request ? url.url : url).href

  /** The keys that a server elsewhere gets; ours takes its place. */
  async function elsewhere(origin: string, options: OllamaOptions, more: Record<string, string>) {
    const server = await running()
    const seam = createSeam({
      desk: createDesk(),
      fetch: (url, init) => fetch(hrefOf(url).replace(origin, server.url), init),
    })
    const bound = boundTo(ollama, { leases: recordLeases(), env: { ...env, ...more }, seam })
    await using handle = await bound.setup('qwen3:4b', options)
    await handle.model.generate('Hi')
    await bound.listModels!(options)
    const keys = server.requests.map(({ headers }) => headers.authorization)
    expect(server.requests.length).toBeGreaterThan(3)
    return [...new Set(keys)]
  }

  test.for([
    ['http://ollama.lan:11434', {}, { OLLAMA_HOST: 'ollama.lan' }],
    ['http://ollama.lan:11434', {}, { OLLAMA_API_BASE: 'http://ollama.lan:11434' }],
    ['http://ollama.lan:11434', { host: 'ollama.lan' }, {}],
    ['http://ollama.lan:11434', { attach: 'http://ollama.lan:11434' }, {}],
    ['https://notollama.com', { attach: 'https://notollama.com' }, {}],
  ] as const)('of the environment does not go to %s: %j, %j', async ([origin, options, more]) => {
    expect(await elsewhere(origin, options, more)).toEqual([undefined])
    const given = await elsewhere(origin, { ...options, apiKey: KEY }, more)
    expect(given).toEqual([`Bearer ${KEY}`])
  })

  test('of the environment goes to ollama.com', async () => {
    const attach = 'https://ollama.com'
    expect(await elsewhere(attach, { attach }, {})).toEqual([`Bearer ${env.OLLAMA_API_KEY}`])
  })

  test('goes there as nobody on the way can read it', async () => {
    const leases = recordLeases()
    const bound = boundTo(ollama, { leases, env: { ...env, OLLAMA_HOST: 'ollama.com' } })
    expect(await failureOf(bound.setup('qwen3:4b'))).toMatchObject({
      kind: 'config',
      message:
        'ollama: OLLAMA_HOST would send its key over the network as it is; write https://ollama.com.',
    })
  })

  test('is asked for as an option where no variable would help', async () => {
    const server = await serve(() => ({ status: 401, body: { error: 'unauthorized' } }))
    onTestFinished(() => server[Symbol.asyncDispose]())
    const attach = 'http://ollama.lan:11434'
    const seam = createSeam({
      desk: createDesk(),
      fetch: (url, init) => fetch(hrefOf(url).replace(attach, server.url), init),
    })
    const bound = boundTo(ollama, { leases: recordLeases(), env, seam })
    const messageWith = async (options: OllamaOptions) =>
      (await failureOf(bound.setup('qwen3:4b', { attach, attempts: 1, ...options }))).message
    expect(await messageWith({})).toContain(
      'wants a key: give `apiKeys`; no variable is for this server; it answered',
    )
    expect(await messageWith({ apiKey: KEY })).toContain(
      'refuses the key that it gets: correct `apiKeys`, or `headers`; it answered',
    )
  })
})
