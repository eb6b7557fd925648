import { describe, expect, test, type TestContext } from 'vitest'
import yandexgpt, { type YandexgptOptions } from '../../providers/yandexgpt.ts'
import { createDesk } from '../../src/broker/desk.ts'
import { bookCalls } from '../../src/evaluation/booking.ts'
import { runRow } from '../../src/evaluation/run-row.ts'
import { responseOf } from '../../src/model/embedding.ts'
import type { Message, Tool } from '../../src/model/message.ts'
import type { Model, ModelStream } from '../../src/model/model.ts'
import { bindProvider } from '../../src/provider/define-provider.ts'
import type { ProviderSurroundings } from '../../src/provider/definition.ts'
import type { ModelProvider } from '../../src/provider/provider.ts'
import { openCache } from '../../src/request/cache/open-cache.ts'
import { cache } from '../../src/request/cache.ts'
import { createSeam } from '../../src/request/seam.ts'
import completion from '../responses/yandexgpt/completion.json' with { type: 'json' }
import embedding from '../responses/yandexgpt/embedding.json' with { type: 'json' }
import filtered from '../responses/yandexgpt/filtered.json' with { type: 'json' }
import invalid from '../responses/yandexgpt/invalid.json' with { type: 'json' }
import models from '../responses/yandexgpt/models.json' with { type: 'json' }
import noUsage from '../responses/yandexgpt/no-usage.json' with { type: 'json' }
import operation from '../responses/yandexgpt/operation.json' with { type: 'json' }
import operationDone from '../responses/yandexgpt/operation-done.json' with { type: 'json' }
import operationFailed from '../responses/yandexgpt/operation-failed.json' with { type: 'json' }
import rateLimit from '../responses/yandexgpt/rate-limit.json' with { type: 'json' }
import reasoning from '../responses/yandexgpt/reasoning.json' with { type: 'json' }
import serverError from '../responses/yandexgpt/server-error.json' with { type: 'json' }
import streamed from '../responses/yandexgpt/stream.json' with { type: 'json' }
import streamedFilter from '../responses/yandexgpt/stream-filtered.json' with { type: 'json' }
import streamedCalls from '../responses/yandexgpt/stream-tool-calls.json' with { type: 'json' }
import structured from '../responses/yandexgpt/structured.json' with { type: 'json' }
import toolCalls from '../responses/yandexgpt/tool-calls.json' with { type: 'json' }
import truncated from '../responses/yandexgpt/truncated.json' with { type: 'json' }
import unavailable from '../responses/yandexgpt/unavailable.json' with { type: 'json' }
import wrongFolder from '../responses/yandexgpt/wrong-folder.json' with { type: 'json' }
import wrongKey from '../responses/yandexgpt/wrong-key.json' with { type: 'json' }
import { failureOf as failed } from '../support/failure.ts'
import { type Handler, type HttpServer, type Reply, serve } from '../support/http-server.ts'

const KEY = 'AQVNinvented0123456789'
const TOKEN = 't1.invented0123456789'
const FOLDER = 'b1ginventedfolder0001'
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
  return bindProvider(yandexgpt, { seam, ...surroundings })
}

interface Start extends Partial<ProviderSurroundings> {
  readonly model?: string
}

/** A server in the place of Yandex Cloud's, and `yandexgpt/yandexgpt-lite` of it. */
async function start(
  handler: Handler,
  options: YandexgptOptions = {},
  { env, model = 'yandexgpt-lite', ...surroundings }: Start = {},
): Promise<Ready> {
  const server = await serve(handler)
  const usual = { YANDEX_API_BASE: server.url, YANDEX_GPT_API_KEY: KEY, YANDEX_FOLDER_ID: FOLDER }
  const provider = bound({ env: { ...usual, ...env }, ...surroundings })
  const handle = await provider.setup(model, options)
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

/** As the gateway sends them: a line for each, and all of it called plain JSON. */
function linesOf(events: readonly unknown[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('')
}

const json = { 'content-type': 'application/json' }

function streaming(events: readonly unknown[]): Reply {
  return { headers: json, body: linesOf(events) }
}

async function read(stream: ModelStream): Promise<string[]> {
  const texts: string[] = []
  for await (const { text } of stream) texts.push(text)
  return texts
}

/** What went out with each request. */
function sent({ requests }: HttpServer) {
  return requests.map(({ method, url, headers, text }) => ({
    request: `${method} ${url}`,
    authorization: headers.authorization,
    folder: headers['x-folder-id'],
    ...(text && { body: JSON.parse(text) as Record<string, unknown> }),
  }))
}

const failureOf = (call: Promise<unknown>) => failed(call, KEY, TOKEN)

describe('generate', () => {
  test('sends a conversation and reads text, usage and the version that answered', async () => {
    await using at = await start(answering(completion))
    const response = await at.model.generate([
      { role: 'system', content: 'One sentence.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user', content: 'The capital of Austria?' },
    ])
    expect(sent(at.server)).toMatchInlineSnapshot(`
      [
        {
          "authorization": "Api-Key AQVNinvented0123456789",
          "body": {
            "messages": [
              {
                "role": "system",
                "text": "One sentence.",
              },
              {
                "role": "user",
                "text": "Hi",
              },
              {
                "role": "assistant",
                "text": "Hello.",
              },
              {
                "role": "user",
                "text": "The capital of Austria?",
              },
            ],
            "modelUri": "gpt://b1ginventedfolder0001/yandexgpt-lite/latest",
          },
          "folder": undefined,
          "request": "POST /foundationModels/v1/completion",
        },
      ]
    `)
    expect(response).toMatchObject({
      text: 'Vienna is the capital of Austria.',
      finishReason: 'stop',
      blocked: null,
      toolCalls: [],
      usage: { inputTokens: 18, outputTokens: 7, reasoningTokens: 0 },
      provider: 'yandexgpt',
      model: 'yandexgpt-lite',
      servedBy: 'yandexgpt-lite/09.02.2025',
      costUsd: null,
      attempts: 1,
      raw: completion.body,
    })
  })

  test('settings of the call go before those of the set-up, and those before `body`', async () => {
    await using at = await start(answering(completion), {
      maxTokens: 100,
      temperature: 0.3,
      reasoning: true,
      body: {
        parallelToolCalls: false,
        modelUri: 'other',
        completionOptions: { temperature: 1, topK: 3 },
      },
    })
    await at.model.generate('Hi', { maxTokens: 50 })
    expect(at.server.requests[0]!.json).toEqual({
      parallelToolCalls: false,
      modelUri: `gpt://${FOLDER}/yandexgpt-lite/latest`,
      completionOptions: {
        topK: 3,
        temperature: 0.3,
        maxTokens: '50',
        reasoningOptions: { mode: 'ENABLED_HIDDEN' },
      },
      messages: [{ role: 'user', text: 'Hi' }],
    })
  })

  test('what a model has reasoned is a part of its output', async () => {
    await using at = await start(answering(reasoning), { reasoning: false })
    const { usage } = await at.model.generate('Hi')
    expect(usage).toEqual({ inputTokens: 21, outputTokens: 310, reasoningTokens: 304 })
    expect(at.server.requests[0]!.json['completionOptions']).toEqual({
      reasoningOptions: { mode: 'DISABLED' },
    })
  })

  test('a price of the user makes a cost', async () => {
    const prices = { 'yandexgpt/yandexgpt-lite': { input: 2, output: 3 } }
    await using at = await start(answering(completion), {}, { prices })
    const { costUsd } = await at.model.generate('Hi')
    expect(costUsd).toBeCloseTo((18 * 2 + 7 * 3) / 1e6, 12)
  })

  test('a response without usage has none, and no cost', async () => {
    const prices = { 'yandexgpt/yandexgpt-lite': { input: 2, output: 3 } }
    await using at = await start(answering(noUsage), {}, { prices })
    expect(await at.model.generate('Hi')).toMatchObject({ usage: null, costUsd: null })
  })

  test.for([
    ['TRUNCATED_FINAL', 'length'],
    ['UNSPECIFIED', 'unknown'],
    ['OF_A_LATER_TIME', 'unknown'],
  ] as const)('ended by ALTERNATIVE_STATUS_%s: %s', async ([status, finishReason]) => {
    const [alternative] = truncated.body.result.alternatives
    const alternatives = [{ ...alternative, status: `ALTERNATIVE_STATUS_${status}` }]
    const body = { result: { ...truncated.body.result, alternatives } }
    await using at = await start(answering({ body }))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: 'Vienna is the',
      finishReason,
      blocked: null,
    })
  })

  test('one that says that it is only a part is an error, as in a stream', async () => {
    const [alternative] = truncated.body.result.alternatives
    const alternatives = [{ ...alternative, status: 'ALTERNATIVE_STATUS_PARTIAL' }]
    const body = { result: { ...truncated.body.result, alternatives } }
    await using at = await start(answering({ body }))
    expect(await failureOf(at.model.generate('Hi'))).toMatchObject({
      kind: 'network',
      message: 'yandexgpt: the response ended before it was complete.',
    })
  })

  test('structured output is asked for by its schema, and any JSON without one', async () => {
    const schema = { type: 'object', properties: { capital: { type: 'string' } } }
    await using at = await start(answering(structured))
    const { text } = await at.model.generate('Austria, as JSON.', { json: { schema } })
    expect(JSON.parse(text)).toEqual({ capital: 'Vienna', population: 2_028_289 })
    await at.model.generate('Austria, as JSON.', { json: true })
    const [first, second] = at.server.requests.map((request) => request.json)
    expect(first).toMatchObject({ jsonSchema: { schema } })
    expect(first).not.toHaveProperty('jsonObject')
    expect(second).toMatchObject({ jsonObject: true })
    expect(second).not.toHaveProperty('jsonSchema')
  })
})

describe('H-11: whose models are asked, where and with which key:', () => {
  test('arguments go before the environment, and reach the server', async () => {
    await using server = await serve(answering(completion))
    const provider = bound({
      env: {
        YANDEX_API_BASE: 'http://127.0.0.1:1',
        YANDEX_API_KEY: 'env',
        YANDEX_FOLDER_ID: 'env',
      },
    })
    const given = { baseURL: server.url, apiKey: TOKEN, folder: FOLDER }
    await using handle = await provider.setup('yandexgpt-lite', given)
    await handle.model.generate('Hi')
    expect(sent(server)).toEqual([
      {
        request: 'POST /foundationModels/v1/completion',
        authorization: `Bearer ${TOKEN}`,
        folder: FOLDER,
        body: {
          modelUri: `gpt://${FOLDER}/yandexgpt-lite/latest`,
          messages: [{ role: 'user', text: 'Hi' }],
        },
      },
    ])
  })

  test.for([
    [{ YANDEX_FOLDER_ID: 'one', YANDEX_CLOUD_FOLDER: 'two', YC_FOLDER_ID: 'three' }, 'one'],
    [{ YANDEX_FOLDER_ID: ' ', YANDEX_CLOUD_FOLDER: 'two', YC_FOLDER_ID: 'three' }, 'two'],
    [{ YANDEX_FOLDER_ID: '', YC_FOLDER_ID: 'three' }, 'three'],
  ] as const)('the folder of %j is %s', async ([env, folder]) => {
    await using at = await start(answering(completion), {}, { env })
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.json['modelUri']).toBe(`gpt://${folder}/yandexgpt-lite/latest`)
  })

  test.for([
    ['yandexgpt', `gpt://${FOLDER}/yandexgpt/latest`],
    ['yandexgpt/rc', `gpt://${FOLDER}/yandexgpt/rc`],
    ['yandexgpt-lite/latest@tuned', `gpt://${FOLDER}/yandexgpt-lite/latest@tuned`],
    ['gpt://b1gother/llama/deprecated', 'gpt://b1gother/llama/deprecated'],
    ['ds://bt1tuned', 'ds://bt1tuned'],
  ] as const)('the model %s is %s', async ([model, uri]) => {
    await using at = await start(answering(completion), {}, { model })
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.json['modelUri']).toBe(uri)
  })

  test('`id` goes before the name', async () => {
    await using at = await start(answering(completion), { id: 'yandexgpt/rc' })
    expect(await at.model.generate('Hi')).toMatchObject({ servedBy: 'yandexgpt/rc/09.02.2025' })
    expect(at.server.requests[0]!.json['modelUri']).toBe(`gpt://${FOLDER}/yandexgpt/rc`)
  })

  test('a whole URI needs no folder, and a name without one is an error that says where from', async () => {
    const env = { YANDEX_API_KEY: KEY }
    await using handle = await bound({ env }).setup('ds://bt1tuned')
    expect(handle.model.info.name).toBe('ds://bt1tuned')
    const failure = await failureOf(bound({ env }).setup('yandexgpt'))
    expect(failure).toMatchObject({
      kind: 'config',
      message:
        'yandexgpt: there is no folder to ask for yandexgpt in: set YANDEX_FOLDER_ID, or give `folder`.',
    })
  })

  test.for([
    [{ YANDEXGPT_API_KEY: 'k1' }, 'Api-Key k1'],
    [{ YANDEX_API_KEY: 'k2' }, 'Api-Key k2'],
    [{ YANDEX_GPT_API_KEY: 'k3' }, 'Api-Key k3'],
    [{ YANDEX_CLOUD_API_KEY: 'k4' }, 'Api-Key k4'],
    [{ YC_API_KEY: 'k5' }, 'Api-Key k5'],
    [{ YC_IAM_TOKEN: 't1.k6' }, 'Bearer t1.k6'],
  ])('the key of %j is sent as %s', async ([variables, authorization]) => {
    const env = { YANDEX_GPT_API_KEY: '', ...(variables as Record<string, string>) }
    await using at = await start(answering(completion), {}, { env })
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.headers.authorization).toBe(authorization)
  })

  test('a folder goes with a token, and not with a key, which has its own', async () => {
    await using at = await start(answering(completion), { apiKeys: [KEY, TOKEN] })
    await Promise.all([at.model.generate('Hi'), at.model.generate('Hi')])
    const requests = sent(at.server).map(({ authorization, folder }) => [authorization, folder])
    expect(new Set(requests.map((one) => one.join(' in ')))).toEqual(
      new Set([`Api-Key ${KEY} in `, `Bearer ${TOKEN} in ${FOLDER}`]),
    )
  })

  test('a header with a key takes the place of ours', async () => {
    const headers = { Authorization: 'Bearer own', 'x-data-logging-enabled': 'false' }
    await using at = await start(answering(completion), { headers })
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.headers).toMatchObject({
      authorization: 'Bearer own',
      'x-data-logging-enabled': 'false',
    })
  })

  test.for([
    ['', '/foundationModels/v1/completion'],
    ['/foundationModels/v1', '/foundationModels/v1/completion'],
    ['/proxy/foundationModels/v1/?x=1', '/proxy/foundationModels/v1/completion?x=1'],
  ])('the base URL %j asks %s', async ([path, asked]) => {
    await using server = await serve(answering(completion))
    const env = { YANDEXGPT_BASE_URL: server.url + path!, YANDEX_FOLDER_ID: FOLDER }
    await using handle = await bound({ env }).setup('yandexgpt')
    await handle.model.generate('Hi')
    expect(server.requests.map(({ url }) => url)).toEqual([asked])
  })

  test.for([
    [
      { YANDEX_API_BASE: 'https://gateway.test', YANDEX_API_KEY: KEY },
      'YANDEX_API_BASE would send the key of yandexgpt to gateway.test, which is neither of ' +
        'yandex.net nor local. Give that server a name of its own, as in MY_YANDEXGPT_API_BASE.',
    ],
    [{}, 'yandexgpt: there is no key: set YANDEX_GPT_API_KEY, or give `apiKeys`.'],
  ])('R-04: a key goes to its vendor alone, who wants one: %j', async ([env, message]) => {
    const all = { YANDEX_FOLDER_ID: FOLDER, ...(env as Record<string, string>) }
    expect(await failureOf(bound({ env: all }).setup('yandexgpt'))).toMatchObject({
      kind: 'config',
      message,
    })
  })
})

describe('what the API does not have is an error before a request:', () => {
  const called = (text: string): Message => ({
    role: 'assistant',
    content: '',
    toolCalls: [{ id: '1', name: 'get_weather', arguments: text }],
  })
  const noObject =
    'yandexgpt: the conversation holds a call of get_weather whose arguments are no JSON object.'

  test.for([
    ['Hi', { seed: 1 }, 'yandexgpt: its models take no `seed`; leave it out.'],
    ['Hi', { topP: 0.5 }, 'yandexgpt: its models take no `topP`; leave it out.'],
    ['Hi', { stop: ['\n'] }, 'yandexgpt: its models take no `stop`; leave it out.'],
    [[called('{"city"')], {}, noObject],
    [[called('[1]')], {}, noObject],
    [
      [{ role: 'tool', content: '12 °C', toolCallId: '1' }],
      {},
      'yandexgpt: the conversation holds the result of a call that is not in it.',
    ],
    [
      [{ role: 'user', content: 'What?', images: [{ url: 'https://example.test/a.png' }] }],
      {},
      'yandexgpt: its messages carry no images; leave them out.',
    ],
  ] as const)('%j, %j', async ([input, call, text]) => {
    await using at = await start(answering(completion))
    const failure = await failureOf(at.model.generate(input, call))
    expect(failure).toMatchObject({ kind: 'invalid_request', message: text })
    expect(at.server.requests).toEqual([])
  })

  test.for([{ topP: 1 }, { stop: ['x'] }, { pollInterval: 0 }, { folder: '' }])(
    'the option %j',
    async (options) => {
      const failure = await failureOf(bound({ env: {} }).setup('yandexgpt', options))
      expect(failure).toMatchObject({ kind: 'config' })
      expect(failure.message).toMatch(/^yandexgpt: options: /)
    },
  )
})

test('an interval between polls, where nothing is polled, is refused', async () => {
  const provider = bound({ env: { YANDEX_API_KEY: KEY, YANDEX_FOLDER_ID: FOLDER } })
  expect(await failureOf(provider.setup('yandexgpt', { pollInterval: 500 }))).toMatchObject({
    kind: 'config',
    message:
      'yandexgpt: options: `pollInterval`: nothing is polled without `asynchronous: true`; give that too, ' +
      'or leave it out.',
  })
})

describe('tools', () => {
  const question: Message = { role: 'user', content: 'The weather in Vienna and Graz?' }

  test('calls come back, and their results go out in one message, by the name of the function', async () => {
    await using at = await start(answering(toolCalls, completion))
    const asked = await at.model.generate([question], { tools: [weather] })
    expect(asked).toMatchObject({
      text: '',
      finishReason: 'tool_calls',
      toolCalls: [
        { id: 'call_1', name: 'get_weather', arguments: '{"city":"Vienna"}' },
        { id: 'call_2', name: 'get_weather', arguments: '{"city":"Graz"}' },
      ],
    })
    await at.model.generate(
      [
        question,
        { role: 'assistant', content: "I'll look.", toolCalls: asked.toolCalls },
        { role: 'tool', content: '12 °C', toolCallId: 'call_1' },
        { role: 'tool', content: '14 °C', toolCallId: 'call_2' },
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ id: 'call_1', name: 'now', arguments: '' }],
        },
        { role: 'tool', content: 'noon', toolCallId: 'call_1' },
        { role: 'user', content: 'So?' },
      ],
      { tools: [{ name: 'now', parameters: { type: 'object' } }] },
    )
    expect(sent(at.server).map(({ body }) => body)).toMatchInlineSnapshot(`
      [
        {
          "messages": [
            {
              "role": "user",
              "text": "The weather in Vienna and Graz?",
            },
          ],
          "modelUri": "gpt://b1ginventedfolder0001/yandexgpt-lite/latest",
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
            },
          ],
        },
        {
          "messages": [
            {
              "role": "user",
              "text": "The weather in Vienna and Graz?",
            },
            {
              "role": "assistant",
              "text": "I'll look.",
            },
            {
              "role": "assistant",
              "toolCallList": {
                "toolCalls": [
                  {
                    "functionCall": {
                      "arguments": {
                        "city": "Vienna",
                      },
                      "name": "get_weather",
                    },
                  },
                  {
                    "functionCall": {
                      "arguments": {
                        "city": "Graz",
                      },
                      "name": "get_weather",
                    },
                  },
                ],
              },
            },
            {
              "role": "user",
              "toolResultList": {
                "toolResults": [
                  {
                    "functionResult": {
                      "content": "12 °C",
                      "name": "get_weather",
                    },
                  },
                  {
                    "functionResult": {
                      "content": "14 °C",
                      "name": "get_weather",
                    },
                  },
                ],
              },
            },
            {
              "role": "assistant",
              "toolCallList": {
                "toolCalls": [
                  {
                    "functionCall": {
                      "arguments": {},
                      "name": "now",
                    },
                  },
                ],
              },
            },
            {
              "role": "user",
              "toolResultList": {
                "toolResults": [
                  {
                    "functionResult": {
                      "content": "noon",
                      "name": "now",
                    },
                  },
                ],
              },
            },
            {
              "role": "user",
              "text": "So?",
            },
          ],
          "modelUri": "gpt://b1ginventedfolder0001/yandexgpt-lite/latest",
          "tools": [
            {
              "function": {
                "name": "now",
                "parameters": {
                  "type": "object",
                },
              },
            },
          ],
        },
      ]
    `)
  })

  test.for([
    ['auto', { mode: 'AUTO' }],
    ['none', { mode: 'NONE' }],
    ['required', { mode: 'REQUIRED' }],
    [{ name: 'get_weather' }, { functionName: 'get_weather' }],
  ] as const)('the choice %j is %j', async ([toolChoice, choice]) => {
    await using at = await start(answering(toolCalls))
    await at.model.generate('Hi', { tools: [weather], toolChoice })
    expect(at.server.requests[0]!.json['toolChoice']).toEqual(choice)
  })

  test('in a stream they come after its text', async () => {
    await using at = await start(answering(streaming(streamedCalls.events)))
    expect(await at.model.stream('Hi', { tools: [weather] }).response).toMatchObject({
      text: "I'll look.",
      finishReason: 'tool_calls',
      toolCalls: [{ id: 'call_1', name: 'get_time', arguments: '{}' }],
    })
  })
})

describe('stream', () => {
  test('each message repeats the text so far: chunks are what was added', async () => {
    await using at = await start(answering(streaming(streamed.events)))
    const stream = at.model.stream('Hi', { temperature: 0 })
    expect(await read(stream)).toEqual(['Grüß', ' Gott', ' 👋'])
    expect(await stream.response).toMatchObject({
      text: 'Grüß Gott 👋',
      finishReason: 'stop',
      blocked: null,
      usage: { inputTokens: 26, outputTokens: 6, reasoningTokens: 0 },
      servedBy: 'yandexgpt-lite/09.02.2025',
      firstTokenMs: expect.any(Number) as number,
      raw: streamed.events,
    })
    expect(sent(at.server)).toMatchInlineSnapshot(`
      [
        {
          "authorization": "Api-Key AQVNinvented0123456789",
          "body": {
            "completionOptions": {
              "stream": true,
              "temperature": 0,
            },
            "messages": [
              {
                "role": "user",
                "text": "Hi",
              },
            ],
            "modelUri": "gpt://b1ginventedfolder0001/yandexgpt-lite/latest",
          },
          "folder": undefined,
          "request": "POST /foundationModels/v1/completion",
        },
      ]
    `)
  })

  test('its first text is there before the next one is sent', async () => {
    const first = Promise.withResolvers<void>()
    const handler: Handler = async (_request, response) => {
      response.writeHead(200, json).write(linesOf(streamed.events.slice(0, 1)))
      await first.promise
      response.end(linesOf(streamed.events.slice(1)))
    }
    await using at = await start(handler)
    const chunks = at.model.stream('Hi')[Symbol.asyncIterator]()
    expect(await chunks.next()).toEqual({ done: false, value: { text: 'Grüß' } })
    first.resolve()
    expect(await chunks.next()).toEqual({ done: false, value: { text: ' Gott' } })
    await chunks.return!()
  })

  test('it is the same wherever its bytes are split', async () => {
    const permit = { key: 0, queuedMs: 0, cooledMs: 0, release: () => {} }
    const seam = createSeam({ desk: { acquire: async () => permit } }) // unpaced
    const bytes = Buffer.from(linesOf(streamed.events.slice(2)))
    const handler: Handler = async (request, response) => {
      const split = Number((request.json['messages'] as { text: string }[])[0]!.text)
      response.writeHead(200, json)
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

  test('a response in one piece is one chunk', async () => {
    await using at = await start(answering(completion))
    expect(await read(at.model.stream('Hi'))).toEqual(['Vienna is the capital of Austria.'])
  })

  test('an error in the middle of it keeps its kind, and is not sent again', async () => {
    const events = [...streamed.events.slice(0, 2), rateLimit.body]
    await using at = await start(answering(streaming(events)))
    const failure = await failureOf(at.model.stream('Hi').response)
    expect(failure).toMatchObject({ kind: 'rate_limit', status: 429, provider: 'yandexgpt' })
    expect(at.server.requests).toHaveLength(1)
  })

  test('an error at its beginning is sent again', async () => {
    await using at = await start(
      answering(streaming([unavailable.body]), streaming(streamed.events)),
    )
    expect(await at.model.stream('Hi').response).toMatchObject({
      text: 'Grüß Gott 👋',
      attempts: 2,
    })
  })

  const [one, two] = streamed.events.map((event) => linesOf([event]))
  const [other] = streamedFilter.events.map((event) => linesOf([event]))
  test.for([
    ['ends before the response does', one! + two!, 'network'],
    ['is empty', '', 'network'],
    ['holds what is no JSON', `${one}{"result"\n`, 'parse'],
    ['holds what is no completion', `${one}[1]\n`, 'parse'],
    ['takes back what it has sent', one! + other!, 'parse'],
  ] as const)('one that %s is an error', async ([, body, kind]) => {
    await using at = await start(answering({ headers: json, body }), { attempts: 1 })
    expect(await failureOf(read(at.model.stream('Hi')))).toMatchObject({ kind })
  })
})

describe('H-12: an error stays an error, and blocked is what the provider calls so:', () => {
  test.for([
    ['401', 'error', 'auth', wrongKey],
    ['403', 'error', 'forbidden', wrongFolder],
    ['429', 'error', 'rate_limit', { ...rateLimit, headers: { 'retry-after': '30' } }],
    ['500', 'error', 'server', serverError],
    ['503', 'error', 'server', unavailable],
    ['400', 'error', 'invalid_request', invalid],
    ['an error with 200', 'error', 'server', { body: serverError.body }],
    ['CONTENT_FILTER', 'blocked', undefined, filtered],
    ['FINAL', 'scored', undefined, completion],
  ] as const)('a row that is answered with %s is %s', async ([, outcome, kind, reply], context) => {
    await using at = await start(answering(reply), { attempts: 1, deadline: 5000 })
    const row = await rowOf(context, bookCalls(at.model, 'model'))
    expect(row).toMatchObject({ outcome, ...(kind && { error: { kind } }) })
    expect(row!.calls[0]!.blocked ?? null).toEqual(
      outcome === 'blocked'
        ? { reason: 'ALTERNATIVE_STATUS_CONTENT_FILTER', source: 'status' }
        : null,
    )
  })

  /** A row whose body gives a score to whatever text there is. */
  function rowOf(testContext: TestContext, model: Model) {
    const body = async () => Number((await model.generate('Hi')).text.length > 0)
    const row = { id: 'r', index: 0, trial: 1 }
    return runRow({ row, value: {}, body, testContext, sample: 1, timeout: 0 })
  }

  test('a filtered response keeps its text and its tokens', async () => {
    await using at = await start(answering(filtered))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: 'Let us talk about something else.',
      finishReason: 'content_filter',
      blocked: { reason: 'ALTERNATIVE_STATUS_CONTENT_FILTER', source: 'status' },
      usage: { inputTokens: 12, outputTokens: 7 },
    })
  })

  test('a stream that the filter stops keeps the text so far', async () => {
    await using at = await start(answering(streaming(streamedFilter.events)))
    expect(await at.model.stream('Hi').response).toMatchObject({
      text: 'First you',
      finishReason: 'content_filter',
      blocked: { reason: 'ALTERNATIVE_STATUS_CONTENT_FILTER', source: 'status' },
    })
  })

  test('the same text without the status is an answer', async () => {
    const [alternative] = filtered.body.result.alternatives
    const alternatives = [{ ...alternative, status: 'ALTERNATIVE_STATUS_FINAL' }]
    await using at = await start(answering({ body: { result: { alternatives } } }))
    expect(await at.model.generate('Hi')).toMatchObject({ finishReason: 'stop', blocked: null })
  })

  test('what is no completion is named, without a word of it', async () => {
    const alternatives = [{ message: { role: 'assistant', text: ['private'] } }]
    await using at = await start(answering({ body: { result: { alternatives } } }))
    expect(await failureOf(at.model.generate('Hi'))).toMatchObject({
      kind: 'parse',
      message:
        'yandexgpt: the response is no completion: `alternatives.0.message.text` is malformed.',
    })
  })
})

describe('H-11: asynchronous', () => {
  const asynchronous: YandexgptOptions = { asynchronous: true, pollInterval: 1 }

  test('a request begins an operation, which is asked for with the same key until it is done', async () => {
    await using at = await start(answering(operation, operation, operation, operationDone), {
      ...asynchronous,
      apiKeys: [TOKEN, KEY],
    })
    const response = await at.model.generate('Hi', { maxTokens: 9 })
    expect(sent(at.server)).toMatchInlineSnapshot(`
      [
        {
          "authorization": "Bearer t1.invented0123456789",
          "body": {
            "completionOptions": {
              "maxTokens": "9",
            },
            "messages": [
              {
                "role": "user",
                "text": "Hi",
              },
            ],
            "modelUri": "gpt://b1ginventedfolder0001/yandexgpt-lite/latest",
          },
          "folder": "b1ginventedfolder0001",
          "request": "POST /foundationModels/v1/completionAsync",
        },
        {
          "authorization": "Bearer t1.invented0123456789",
          "folder": "b1ginventedfolder0001",
          "request": "GET /operations/d7qi6shlbvo5invented",
        },
        {
          "authorization": "Bearer t1.invented0123456789",
          "folder": "b1ginventedfolder0001",
          "request": "GET /operations/d7qi6shlbvo5invented",
        },
        {
          "authorization": "Bearer t1.invented0123456789",
          "folder": "b1ginventedfolder0001",
          "request": "GET /operations/d7qi6shlbvo5invented",
        },
      ]
    `)
    expect(response).toMatchObject({
      text: 'Vienna is the capital of Austria.',
      finishReason: 'stop',
      usage: { inputTokens: 18, outputTokens: 7 },
      servedBy: 'yandexgpt-lite/09.02.2025',
      attempts: 1,
      raw: operationDone.body,
    })
  })

  test('the time of the operation is that of the response, and no wait', async () => {
    await using at = await start(answering(operation, operationDone), {
      asynchronous: true,
      pollInterval: 50,
    })
    const { latencyMs, waitedMs } = await at.model.generate('Hi')
    expect(latencyMs).toBeGreaterThanOrEqual(49)
    expect(waitedMs).toBeLessThan(latencyMs)
  })

  test('one that is done at once is not asked for', async () => {
    await using at = await start(answering(operationDone), asynchronous)
    expect((await at.model.generate('Hi')).text).toBe('Vienna is the capital of Austria.')
    expect(at.server.requests).toHaveLength(1)
  })

  test('one that says nothing of `done` is not done', async () => {
    const { done: _done, ...body } = operation.body
    await using at = await start(answering({ body }, operationDone), asynchronous)
    expect((await at.model.generate('Hi')).text).toBe('Vienna is the capital of Austria.')
    expect(at.server.requests).toHaveLength(2)
  })

  test('a stream is one chunk of it', async () => {
    await using at = await start(answering(operation, operationDone), asynchronous)
    const stream = at.model.stream('Hi')
    expect(await read(stream)).toEqual(['Vienna is the capital of Austria.'])
    expect(at.server.requests[0]!.json).not.toHaveProperty('completionOptions')
  })

  test('a poll is no attempt, also where an error counts them', async () => {
    const replies = [operation, operation, operation, operationFailed]
    await using at = await start(answering(...replies, ...replies), {
      ...asynchronous,
      attempts: 2,
    })
    const failure = await failureOf(at.model.generate('Hi'))
    expect(failure).toMatchObject({ kind: 'server', attempts: 2 })
    expect(failure.message).toMatch(/ \(2 attempts\)$/)
    expect(at.server.requests).toHaveLength(8)
  })

  test('embeddings are asked for as ever', async () => {
    await using at = await start(answering(embedding), asynchronous)
    expect(await at.model.embed!(['a'])).toEqual([embedding.body.embedding])
    expect(at.server.requests).toHaveLength(1)
  })

  test('the deadline is over all of it, and says what was wrong before', async () => {
    await using at = await start(answering(operation, unavailable), {
      ...asynchronous,
      deadline: 500,
    })
    const failure = await failureOf(at.model.generate('Hi'))
    expect(failure).toMatchObject({ kind: 'timeout', provider: 'yandexgpt' })
    expect(failure.message).toMatch(
      /^yandexgpt: no response within the `deadline` of 500 ms\. Before that: .*not available/,
    )
    expect(at.server.requests.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  test('an abort ends the polls', async () => {
    const caller = new AbortController()
    await using at = await start(
      ({ method }) => {
        if (method === 'GET') caller.abort()
        return operation
      },
      { ...asynchronous, pollInterval: 20 },
    )
    const call = at.model.generate('Hi', { signal: caller.signal })
    expect(await failureOf(call)).toMatchObject({ kind: 'cancelled' })
    expect(at.server.requests.map(({ method }) => method)).toEqual(['POST', 'GET'])
  })

  test.for([
    ['is not there', unavailable],
    ['is limited', { ...rateLimit, headers: { 'retry-after-ms': '1' } }],
  ] as const)(
    'where it %s for a moment, it is asked for again, and not begun',
    async ([, reply]) => {
      await using at = await start(answering(operation, reply, reply, operationDone), {
        ...asynchronous,
        attempts: 1,
      })
      expect((await at.model.generate('Hi')).text).toBe('Vienna is the capital of Austria.')
      expect(at.server.requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET', 'GET'])
    },
  )

  const wrongQuota = {
    ...rateLimit,
    body: {
      error: { ...rateLimit.body.error, details: [{ violations: [{ quotaId: 'PerDay' }] }] },
    },
  }
  test.for([
    [401, wrongKey],
    [403, wrongFolder],
    [429, wrongQuota],
  ] as const)(
    'where a poll is refused with %i, it is not begun, and paid, again with the next key',
    async ([status, reply]) => {
      await using at = await start(({ method }) => (method === 'POST' ? operation : reply), {
        ...asynchronous,
        apiKeys: ['one', 'two', 'three'],
        deadline: 5000,
      })
      const failure = await failureOf(at.model.generate('Hi'))
      expect(failure).toMatchObject({ kind: 'invalid_request', status, attempts: 1 })
      expect(failure.message).toContain(reply.body.error.message)
      expect(at.server.requests.map(({ method }) => method)).toEqual(['POST', 'GET'])
    },
  )

  test('where the connection breaks, it is asked for again, and not begun', async () => {
    let count = 0
    const handler: Handler = (_request, response) => {
      count++
      if (count === 2) response.socket!.resetAndDestroy()
      else return count === 1 ? operation : operationDone
      return undefined
    }
    await using at = await start(handler, { ...asynchronous, attempts: 1 })
    expect((await at.model.generate('Hi')).text).toBe('Vienna is the capital of Austria.')
    expect(at.server.requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET'])
  })

  test.for([
    [3, 'invalid_request'],
    [4, 'server'],
    [5, 'not_found'],
    [7, 'forbidden'],
    [9, 'invalid_request'],
    [11, 'invalid_request'],
    [13, 'server'],
    [14, 'server'],
    [16, 'auth'],
  ] as const)('one that failed with the code %i is an error of kind %s', async ([code, kind]) => {
    const error = { ...operationFailed.body.error, code }
    const body = { ...operationFailed.body, error }
    await using at = await start(answering(operation, { body }), { ...asynchronous, attempts: 1 })
    const failure = await failureOf(at.model.generate('Hi'))
    expect(failure).toMatchObject({ kind })
    expect(failure.message).toContain('The generation has failed')
    expect(at.server.requests.map(({ method }) => method)).toEqual(['POST', 'GET'])
  })

  test('one that failed for want of room waits as after a 429', async () => {
    const error = { code: 8, message: 'The quota is exceeded', details: [] }
    const body = { ...operationFailed.body, error }
    const handler = answering(operation, { body }, operation, operationDone)
    await using at = await start(handler, { ...asynchronous, attempts: 1 })
    expect((await at.model.generate('Hi')).text).toBe('Vienna is the capital of Austria.')
    const methods = at.server.requests.map(({ method }) => method)
    expect(methods).toEqual(['POST', 'GET', 'POST', 'GET'])
  })

  test('one that failed on the side of the server is begun again', async () => {
    const handler = answering(operation, operationFailed, operation, operationDone)
    await using at = await start(handler, asynchronous)
    expect((await at.model.generate('Hi')).text).toBe('Vienna is the capital of Austria.')
    const methods = at.server.requests.map(({ method }) => method)
    expect(methods).toEqual(['POST', 'GET', 'POST', 'GET'])
  })

  test('the cache keeps what came of it, and not the operation', async () => {
    await using kept = openCache({ store: 'memory' }, { notice: () => {} })
    const seam = createSeam({
      desk: createDesk(),
      cache: (endpoint) => cache({ endpoint, cache: kept }),
    })
    const handler = answering(operation, operationDone)
    await using at = await start(handler, asynchronous, { seam })
    await at.model.generate('Hi')
    expect(await at.model.generate('Hi')).toMatchObject({
      text: 'Vienna is the capital of Austria.',
      cached: true,
      attempts: 0,
    })
    expect(at.server.requests).toHaveLength(2)
  })

  test('what is no operation is an error', async () => {
    await using at = await start(answering(operation, { body: { id: 7 } }), asynchronous)
    expect(await failureOf(at.model.generate('Hi'))).toMatchObject({ kind: 'parse' })
  })

  test('in production operations have a host of their own', async () => {
    const asked: string[] = []
    const seam = createSeam({
      desk: createDesk(),
      fetch: async (url) => {
        asked.push(new Request(url).url)
        return Response.json(asked.length > 1 ? operationDone.body : operation.body)
      },
    })
    const env = { YANDEX_API_KEY: KEY, YANDEX_FOLDER_ID: FOLDER }
    await using handle = await bound({ env, seam }).setup('yandexgpt', asynchronous)
    await handle.model.generate('Hi')
    expect(asked).toEqual([
      'https://llm.api.cloud.yandex.net/foundationModels/v1/completionAsync',
      'https://operation.api.cloud.yandex.net/operations/d7qi6shlbvo5invented',
    ])
  })
})

describe('embeddings', () => {
  const model = 'text-search-doc'

  /** A vector that is the text's own number. */
  const numbered: Handler = (request) => {
    const value = Number(request.json['text'])
    return { body: { ...embedding.body, embedding: [value] } }
  }

  test('are one request for each text, in their order', async () => {
    const prices = { 'yandexgpt/text-search-doc': { input: 10, output: 0 } }
    await using at = await start(numbered, {}, { model, prices })
    const texts = Array.from({ length: 25 }, (_, index) => `${index}`)
    const embeddings = await at.model.embed!(texts)
    expect(embeddings).toEqual(texts.map((text) => [Number(text)]))
    expect(responseOf(embeddings)).toMatchObject({
      usage: { inputTokens: 75, outputTokens: 0 },
      costUsd: expect.closeTo(75 * 1e-5, 12) as number,
    })
    expect(sent(at.server).filter(({ body }) => body!['text'] === '0')).toEqual([
      {
        request: 'POST /foundationModels/v1/textEmbedding',
        authorization: `Api-Key ${KEY}`,
        folder: undefined,
        body: { modelUri: `emb://${FOLDER}/text-search-doc/latest`, text: '0' },
      },
    ])
    expect(await at.model.embed!([])).toEqual([])
  })

  test('are ten at once and no more', async () => {
    const full = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    let open = 0
    let most = 0
    const handler: Handler = async (request, response) => {
      if (request.method === 'GET') return models
      most = Math.max(most, ++open)
      if (open === 10) full.resolve()
      await released.promise
      open--
      return numbered(request, response)
    }
    const permit = { key: 0, queuedMs: 0, cooledMs: 0, release: () => {} }
    const seam = createSeam({ desk: { acquire: async () => permit } }) // unpaced
    await using at = await start(handler, {}, { model, seam })
    const call = at.model.embed!(Array.from({ length: 14 }, (_, index) => `${index}`))
    await full.promise
    for (let i = 0; i < 3; i++) await at.provider.listModels!() // time for an eleventh to come
    expect(most).toBe(10)
    released.resolve()
    expect(await call).toHaveLength(14)
    expect(most).toBe(10)
  })

  test('have no usage unless all tell it', async () => {
    const { embedding: vector } = embedding.body
    await using at = await start(
      answering(embedding, { body: { embedding: vector } }),
      {},
      { model },
    )
    const embeddings = await at.model.embed!(['a', 'b'])
    expect(embeddings).toEqual([vector, vector])
    expect(responseOf(embeddings)).toMatchObject({ usage: null, costUsd: null })
  })

  test('a whole URI is taken as it is', async () => {
    const uri = 'emb://b1gother/text-embeddings/latest@tuned'
    await using at = await start(answering(embedding), {}, { model: uri })
    await at.model.embed!(['a'])
    expect(at.server.requests[0]!.json).toEqual({ modelUri: uri, text: 'a' })
  })

  test.for([
    ['invalid_request', invalid],
    ['parse', { body: { embedding: 'none', numTokens: '3' } }],
  ] as const)('an error of kind %s of one is that of all', async ([kind, reply]) => {
    await using at = await start(answering(embedding, reply), { attempts: 1 }, { model })
    expect(await failureOf(at.model.embed!(['a', 'b', 'c']))).toMatchObject({ kind })
  })
})

describe('listModels', () => {
  test('lists URIs, and by its name what is within the folder', async () => {
    await using at = await start(answering(models))
    expect(await at.provider.listModels!()).toMatchObject([
      { id: `gpt://${FOLDER}/yandexgpt/latest`, name: 'yandexgpt/latest', ownedBy: 'Yandex' },
      {
        id: `gpt://${FOLDER}/qwen3-235b-a22b-fp8/latest`,
        name: 'qwen3-235b-a22b-fp8/latest',
        ownedBy: 'Alibaba',
      },
      { id: `emb://${FOLDER}/text-search-doc/latest`, name: 'text-search-doc/latest' },
      { id: 'gpt://b1gsomebodyelses0001/yandexgpt-lite/latest@tamrinvented', ownedBy: 'Yandex' },
    ])
    const [{ method, url, headers } = expect.fail('no request')] = at.server.requests
    expect([method, url]).toEqual(['GET', '/v1/models'])
    expect(headers).toMatchObject({ authorization: `Api-Key ${KEY}`, 'openai-project': FOLDER })
  })

  test('an error of it is an error', async () => {
    await using at = await start(answering(wrongKey))
    expect(await failureOf(at.provider.listModels!())).toMatchObject({ kind: 'auth' })
  })
})

describe('what may pass is sent again:', () => {
  test.for([
    ['a limit', { ...rateLimit, headers: { 'retry-after-ms': '1' } }],
    ['a fault of the server', serverError],
    ['a service that is not there', unavailable],
  ] as const)('%s', async ([, refused]) => {
    await using at = await start(answering(refused, completion))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: 'Vienna is the capital of Austria.',
      attempts: 2,
    })
  })

  test('with the next key, where one is refused', async () => {
    await using at = await start(
      ({ headers }) => (headers.authorization === 'Api-Key two' ? completion : wrongKey),
      { apiKeys: ['one', 'two'] },
    )
    expect(await at.model.generate('Hi')).toMatchObject({ attempts: 2 })
    expect(at.server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Api-Key one',
      'Api-Key two',
    ])
  })
})

test('a key that the server repeats is not in the error', async () => {
  await using at = await start(
    ({ headers }) => ({
      status: 400,
      body: { error: { ...invalid.body.error, message: headers.authorization } },
    }),
    { apiKey: TOKEN },
  )
  const failure = await failureOf(at.model.generate('Hi'))
  expect(failure.message).toBe('yandexgpt: API error (400): Bearer ***')
})
