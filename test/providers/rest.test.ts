import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import rest, { type RestOptions } from '../../providers/rest.ts'
import { createDesk } from '../../src/broker/desk.ts'
import type { Message } from '../../src/model/message.ts'
import type { Model } from '../../src/model/model.ts'
import { bindProvider } from '../../src/provider/define-provider.ts'
import type { ProviderSurroundings } from '../../src/provider/definition.ts'
import type { ModelProvider } from '../../src/provider/provider.ts'
import { createSeam } from '../../src/request/seam.ts'
import blocked from '../responses/rest/gemini-blocked.json' with { type: 'json' }
import gemini from '../responses/rest/gemini.json' with { type: 'json' }
import invalid from '../responses/rest/gemini-invalid.json' with { type: 'json' }
import length from '../responses/rest/gemini-length.json' with { type: 'json' }
import models from '../responses/rest/gemini-models.json' with { type: 'json' }
import noUsage from '../responses/rest/gemini-no-usage.json' with { type: 'json' }
import overloaded from '../responses/rest/gemini-overloaded.json' with { type: 'json' }
import rateLimit from '../responses/rest/gemini-rate-limit.json' with { type: 'json' }
import safety from '../responses/rest/gemini-safety.json' with { type: 'json' }
import geminiStream from '../responses/rest/gemini-stream.json' with { type: 'json' }
import ollamaStream from '../responses/rest/ollama-chat-stream.json' with { type: 'json' }
import pollinations from '../responses/rest/pollinations.json' with { type: 'json' }
import workersAi from '../responses/rest/workers-ai.json' with { type: 'json' }
import workersAiError from '../responses/rest/workers-ai-error.json' with { type: 'json' }
import workersAiStream from '../responses/rest/workers-ai-stream.json' with { type: 'json' }
import { failureOf as failed } from '../support/failure.ts'
import { type Handler, type HttpServer, type Reply, serve } from '../support/http-server.ts'
import { geminiOptions } from '../testing/contracts/rest.ts'

const KEY = 'invented-key-0123456789'
const PROMPT = 'The capital of Austria?'

interface Ready extends AsyncDisposable {
  readonly server: HttpServer
  readonly provider: ModelProvider
  readonly model: Model
}

/** The provider on a desk of its own, without a wait before what is sent again. */
function bound(surroundings: Partial<ProviderSurroundings> = {}): ModelProvider {
  const seam = createSeam({ desk: createDesk(), random: () => 0 })
  return bindProvider(rest, { seam, env: {}, ...surroundings })
}

type Options = RestOptions | ((url: string) => RestOptions)

/** A server, and the model `rest/small` of it. */
async function start(
  handler: Handler,
  options: Options = geminiOptions,
  surroundings: Partial<ProviderSurroundings> = { env: { REST_API_KEY: KEY } },
  name = 'small',
): Promise<Ready> {
  const server = await serve(handler)
  const provider = bound(surroundings)
  const settings = typeof options === 'function' ? options(server.url) : options
  const handle = await provider.setup(name, settings).catch(async (error: unknown) => {
    await server[Symbol.asyncDispose]()
    throw error
  })
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

const failureOf = (call: Promise<unknown>) => failed(call, KEY)

/** An API that takes whatever `body` says and gives its text in `text`. */
function plain(body: RestOptions['body'], more: Partial<RestOptions> = {}) {
  return (url: string): RestOptions => ({ url: `${url}/generate`, body, response: 'text', ...more })
}

const text: Reply = { body: { text: 'Vienna' } }

async function sentBy(
  body: RestOptions['body'],
  input: Parameters<Model['generate']>[0],
  call: Parameters<Model['generate']>[1] = {},
  more: Partial<RestOptions> = {},
): Promise<unknown> {
  await using at = await start(answering(text), plain(body, more))
  await at.model.generate(input, call)
  return at.server.requests[0]!.json
}

const conversation: readonly Message[] = [
  { role: 'system', content: 'One word.' },
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Hello.' },
  { role: 'user', content: PROMPT },
]

describe('generate', () => {
  test('sends what the template says, and reads what the paths lead to', async () => {
    await using at = await start(answering(gemini))
    const response = await at.model.generate(PROMPT)
    const [{ method, url, headers, json }] = at.server.requests as [HttpServer['requests'][0]]
    const { 'content-type': contentType, 'x-goog-api-key': key, authorization } = headers
    expect({ method, url, headers: { contentType, key, authorization }, json })
      .toMatchInlineSnapshot(`
        {
          "headers": {
            "authorization": undefined,
            "contentType": "application/json",
            "key": "invented-key-0123456789",
          },
          "json": {
            "contents": [
              {
                "parts": [
                  {
                    "text": "The capital of Austria?",
                  },
                ],
                "role": "user",
              },
            ],
          },
          "method": "POST",
          "url": "/v1beta/models/small:generateContent",
        }
      `)
    expect(response).toMatchObject({
      text: 'Vienna is the capital of Austria.',
      finishReason: 'stop',
      blocked: null,
      toolCalls: [],
      usage: { inputTokens: 9, outputTokens: 7 },
      costUsd: null,
      provider: 'rest',
      model: 'small',
      servedBy: 'gemini-5-flash-001',
      attempts: 1,
      raw: gemini.body,
    })
  })

  test('an instruction of the system and settings have their places', async () => {
    await using at = await start(
      answering(gemini),
      (url) => ({ ...geminiOptions(url), id: 'gemini-5-flash', temperature: 0.5 }),
      { env: { REST_API_KEY: KEY } },
    )
    await at.model.generate([conversation[0]!, conversation[3]!], { maxTokens: 8, temperature: 0 })
    expect(at.server.requests[0]).toMatchObject({
      url: '/v1beta/models/gemini-5-flash:generateContent',
      json: {
        systemInstruction: { parts: [{ text: 'One word.' }] },
        contents: [{ role: 'user', parts: [{ text: PROMPT }] }],
        generationConfig: { maxOutputTokens: 8, temperature: 0 },
      },
    })
  })

  test('a price of the user makes a cost', async () => {
    const prices = { 'rest/small': { input: 1, output: 2 } }
    await using at = await start(answering(gemini), geminiOptions, { prices })
    expect((await at.model.generate('Hi')).costUsd).toBeCloseTo((9 + 2 * 7) / 1e6, 12)
  })

  test.for([
    [length, { finishReason: 'length', blocked: null, text: 'Vienna is' }],
    [
      blocked,
      {
        finishReason: 'content_filter',
        blocked: { reason: 'PROHIBITED_CONTENT', source: 'promptFeedback.blockReason' },
        text: '',
        usage: null,
      },
    ],
    [
      safety,
      {
        finishReason: 'content_filter',
        blocked: { reason: 'SAFETY', source: 'candidates[0].finishReason' },
        text: '',
      },
    ],
    [noUsage, { usage: null, costUsd: null, servedBy: 'small', text: 'Vienna' }],
  ] as const)('reads %j as %j', async ([reply, expected]) => {
    await using at = await start(answering(reply))
    expect(await at.model.generate('Hi')).toMatchObject(expected)
    expect(at.server.requests).toHaveLength(1)
  })

  test.for([
    ['end_turn', 'stop'],
    ['COMPLETE', 'stop'],
    [true, 'stop'],
    ['max_tokens', 'length'],
    ['tool_use', 'tool_calls'],
    ['whatever', 'unknown'],
    [null, 'unknown'],
    [7, 'unknown'],
  ] as const)('a finish reason %j is %s', async ([reason, finishReason]) => {
    const options = plain({ prompt: '{{prompt}}' }, { finishReason: 'end.reason' })
    const reply = { body: { text: 'Vienna', end: { reason } } }
    await using at = await start(answering(reply), options)
    expect(await at.model.generate('Hi')).toMatchObject({ finishReason, blocked: null })
  })

  test.for([
    [{ flagged: true }, { reason: 'flagged is true', source: 'flagged' }],
    [{ flagged: 'true' }, null],
    [{ flagged: false }, null],
    [{}, null],
  ] as const)('blocked only where the field has the very value: %j', async ([fields, expected]) => {
    const signal = { path: 'flagged', equals: true }
    const options = plain({ prompt: '{{prompt}}' }, { blocked: signal })
    const reply = { body: { text: 'I was blocked by a content filter.', ...fields } }
    await using at = await start(answering(reply), options)
    expect((await at.model.generate('Hi')).blocked).toEqual(expected)
  })

  test('H-31: what the API refused is blocked, and an empty response is an empty text', async () => {
    const options = plain({ prompt: '{{prompt}}' }, { blocked: { path: 'flagged', equals: true } })
    const replies = [{ body: { text: '', flagged: true } }, { body: { text: '' } }]
    await using at = await start(answering(...replies), options)
    expect(await at.model.generate('Hi')).toMatchObject({
      text: '',
      blocked: { source: 'flagged' },
    })
    expect(await at.model.generate('Hi')).toMatchObject({ text: '', blocked: null })
  })

  test('its models have no embeddings', async () => {
    await using at = await start(answering(gemini))
    expect(at.model).not.toHaveProperty('embed')
  })
})

describe('placeholders', () => {
  test('alone in a value keep their type, and take their field along where there is no value', async () => {
    const body = {
      model: '{{model}}',
      messages: '{{messages}}',
      options: {
        temperature: '{{temperature}}',
        top_p: '{{ topP }}',
        stop: '{{stop}}',
        seed: '{{seed}}',
        limit: '{{maxTokens}}',
      },
      stream: '{{stream}}',
      note: 'seed {{seed}} of {{model}}',
      fixed: [1, true, null, {}, []],
    }
    const call = { temperature: 0, topP: 0.5, stop: ['\n'], seed: 7, maxTokens: 5 }
    const fixed = [1, true, null, {}, []]
    expect(await sentBy(body, conversation, call)).toEqual({
      model: 'small',
      messages: conversation,
      options: { temperature: 0, top_p: 0.5, stop: ['\n'], seed: 7, limit: 5 },
      stream: false,
      note: 'seed 7 of small',
      fixed,
    })
    expect(await sentBy(body, 'Hi')).toEqual({
      model: 'small',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: false,
      note: 'seed  of small',
      fixed,
    })
  })

  test('an element of a list goes where nothing of it can be filled in', async () => {
    const body = {
      messages: [
        { role: 'system', content: '{{system}}' },
        { role: 'user', content: '{{prompt}}', temperature: '{{temperature}}' },
      ],
    }
    expect(await sentBy(body, 'Hi')).toEqual({ messages: [{ role: 'user', content: 'Hi' }] })
    expect(await sentBy(body, [conversation[0]!, conversation[3]!], { temperature: 1 })).toEqual({
      messages: [
        { role: 'system', content: 'One word.' },
        { role: 'user', content: PROMPT, temperature: 1 },
      ],
    })
  })

  test('no message is sent twice: what has a place of its own is not among the messages', async () => {
    const body = { message: '{{prompt}}', preamble: '{{system}}', history: '{{messages}}' }
    expect(await sentBy(body, conversation)).toEqual({
      message: PROMPT,
      preamble: 'One word.',
      history: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello.' },
      ],
    })
    expect(await sentBy(body, 'Hi')).toEqual({ message: 'Hi' })
  })

  test('several messages of the system are one text', async () => {
    const other: Message = { role: 'system', content: 'In English.' }
    const body = { system: '{{system}}', prompt: '{{prompt}}' }
    const sent = await sentBy(body, [conversation[0]!, other, conversation[3]!])
    expect(sent).toEqual({ system: 'One word.\n\nIn English.', prompt: PROMPT })
  })

  test.for([
    ["'; touch pwned #"],
    ['"; touch pwned; echo "'],
    ['$(touch pwned) `touch pwned` | touch pwned'],
    ['line\none\r\n\ttab  two spaces \\n \u0000 \u2028 " \' \ud83d\ude00'],
  ] as const)(
    'D-28, X-16: the prompt %j arrives as it is, and no shell sees it',
    async ([prompt]) => {
      expect(await sentBy({ prompt: '{{prompt}}', say: 'Say: {{prompt}}' }, prompt)).toEqual({
        prompt,
        say: `Say: ${prompt}`,
      })
      expect(existsSync('pwned')).toBe(false)
    },
  )

  test.for([
    ['$KEY ${KEY} $INPUT'],
    ['$KEY {{apiKey}} {{key}} {{prompt}} {{system}} {{model}}'],
    ['$& $1 $` $$ %KEY% {prompt}'],
  ] as const)('H-31, X-15: the prompt %j is not looked through', async ([prompt]) => {
    const body = { prompt: '{{prompt}}', both: '{{system}}|{{prompt}}', again: '{{prompt}}' }
    await using at = await start(answering(text), plain(body))
    await at.model.generate([
      { role: 'system', content: '{{prompt}}' },
      { role: 'user', content: prompt },
    ])
    const [{ json, text: sent, headers }] = at.server.requests as [HttpServer['requests'][0]]
    expect(json).toEqual({ prompt, both: `{{prompt}}|${prompt}`, again: prompt })
    expect(sent).not.toContain(KEY)
    expect(headers.authorization).toBe(`Bearer ${KEY}`)
  })

  test.for(['apiKey', 'key', 'REST_API_KEY', 'authorization'])(
    'X-15: there is no placeholder for a key: {{%s}}',
    async (name) => {
      const setup = start(answering(text), plain({ prompt: '{{prompt}}', token: `{{${name}}}` }))
      const failure = await failureOf(setup)
      expect(failure).toMatchObject({
        kind: 'config',
        message:
          `rest: \`body.token\`: there is no placeholder {{${name}}}; there are prompt, system, messages, model, ` +
          'stream, temperature, topP, maxTokens, stop, seed.',
      })
    },
  )
})

describe('a URL', () => {
  const options = (url: string): RestOptions => ({
    url: `${url}/{{prompt}}?model={{model}}&seed={{seed}}&system={{system}}&private=true`,
    method: 'GET',
  })

  test('H-31: takes values percent-encoded, and the body of plain text is the text', async () => {
    await using at = await start(answering(pollinations), options, {}, 'mistral/large')
    const prompt = 'a&b=1 #/?%41 ü\u{1F600}\ud800'
    const response = await at.model.generate([
      { role: 'system', content: 'x&y=2' },
      { role: 'user', content: prompt },
    ])
    const [{ method, url, text: body, headers }] = at.server.requests as [HttpServer['requests'][0]]
    expect({ method, url, body, type: headers['content-type'] }).toEqual({
      method: 'GET',
      url: '/a%26b%3D1%20%23%2F%3F%2541%20%C3%BC%F0%9F%98%80%EF%BF%BD?model=mistral%2Flarge&system=x%26y%3D2&private=true',
      body: '',
      type: undefined,
    })
    expect(response).toMatchObject({
      text: 'Vienna is the capital of Austria.\n',
      finishReason: 'stop',
      usage: null,
      servedBy: 'mistral/large',
    })
  })

  test.for(['.', '..'])('a prompt %j leads to no other path', async (prompt) => {
    await using at = await start(answering(pollinations), options)
    expect(await failureOf(at.model.generate(prompt))).toMatchObject({
      kind: 'invalid_request',
      message: 'rest: `.` and `..` cannot be a part of a path; put the placeholder elsewhere.',
    })
    expect(at.server.requests).toEqual([])
  })

  test('a prompt that is encoded already is encoded again', async () => {
    await using at = await start(answering(pollinations), options)
    await at.model.generate('%2e%2E')
    expect(at.server.requests[0]!.url).toBe('/%252e%252E?model=small&private=true')
  })

  test.for([
    ['@cf/meta/llama-9:8b', '/accounts/a1/ai/run/@cf/meta/llama-9:8b'],
    ['odd name?#', '/accounts/a1/ai/run/odd%20name%3F%23'],
  ] as const)('holds the name of a model as it is: %s', async ([name, url]) => {
    const workers = (base: string): RestOptions => ({
      url: `${base}/accounts/a1/ai/run/{{model}}`,
      body: { prompt: '{{prompt}}' },
      response: '$.result.response',
    })
    await using at = await start(answering(workersAi), workers, {}, name)
    expect((await at.model.generate('Hi')).text).toBe('Vienna is the capital of Austria.')
    expect(at.server.requests[0]).toMatchObject({ method: 'POST', url })
  })
})

describe('paths', () => {
  const body = {
    choices: [{ message: { content: 'first' } }, { message: { content: 'second' } }],
    'odd.name': { "it's": ['x'] },
    length: 3,
  }

  test.for([
    ['choices[0].message.content', 'first'],
    ['$.choices[1].message.content', 'second'],
    ['choices[*].message.content', 'firstsecond'],
    ['$["choices"][0][\'message\'].content', 'first'],
    ['["odd.name"]["it\'s"][0]', 'x'],
  ] as const)('%s leads to %s', async ([path, found]) => {
    await using at = await start(answering({ body }), plain(['{{prompt}}'], { response: path }))
    expect((await at.model.generate('Hi')).text).toBe(found)
    expect(at.server.requests[0]!.json).toEqual(['Hi'])
  })

  test('`$` is the whole', async () => {
    const reply = { headers: { 'content-type': 'application/json' }, body: '"Vienna"' }
    await using at = await start(answering(reply), plain(['{{prompt}}'], { response: '$' }))
    expect((await at.model.generate('Hi')).text).toBe('Vienna')
  })

  test.for([
    ['choices[2].message.content', 'nothing'],
    ['choices.length', 'nothing'],
    ['toString', 'nothing'],
    ['odd', 'nothing'],
    ['choices[0].message.content.length', 'nothing'],
    ['choices[0].message', 'no text'],
    ['choices', 'no text'],
    ['length', 'no text'],
  ] as const)('%s leads to %s, which is said without what came', async ([path, what]) => {
    await using at = await start(answering({ body }), plain(['{{prompt}}'], { response: path }))
    const failure = await failed(at.model.generate('Hi'), KEY, 'first', 'second')
    expect(failure).toMatchObject({
      kind: 'parse',
      message: `rest: the response has ${what} at \`${path}\`, the path of its text.`,
    })
    expect(at.server.requests).toHaveLength(1)
  })

  test.for(['', 'a..b', 'a[', 'a[x]', 'a[-1]', '[*', 'a b', '$a[0', "['a"])(
    'what is none is an error of the set-up: %j',
    async (path) => {
      const failure = await failureOf(start(answering(text), plain({}, { response: path })))
      expect(failure).toMatchObject({
        kind: 'config',
        message: 'rest: options: `response`: expected a path, as in choices[0].message.content',
      })
    },
  )
})

describe('streams', () => {
  const eventStream = { 'content-type': 'text/event-stream' }

  function events(list: readonly object[], end = ''): Reply {
    const body = list.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('') + end
    return { headers: eventStream, body }
  }

  async function read(model: Model) {
    const texts: string[] = []
    const stream = model.stream('Hi')
    for await (const chunk of stream) texts.push(chunk.text)
    return { texts, response: await stream.response }
  }

  test('of events are asked for at their own address', async () => {
    await using at = await start(answering(events(geminiStream.events)))
    const { texts, response } = await read(at.model)
    expect(at.server.requests).toMatchObject([
      { method: 'POST', url: '/v1beta/models/small:streamGenerateContent?alt=sse' },
    ])
    expect(texts).toEqual(['Grüß ', 'Gott 👋'])
    expect(response).toMatchObject({
      finishReason: 'stop',
      blocked: null,
      usage: { inputTokens: 9, outputTokens: 5 },
      servedBy: 'gemini-5-flash-001',
      raw: geminiStream.events,
    })
  })

  const ollama = (url: string): RestOptions => ({
    url: `${url}/api/chat`,
    body: { model: '{{model}}', messages: '{{messages}}', stream: '{{stream}}' },
    response: 'message.content',
    usage: { inputTokens: 'prompt_eval_count', outputTokens: 'eval_count' },
    finishReason: 'done_reason',
    stream: { response: 'message.content', finishReason: 'done' },
  })
  const lines: Reply = {
    headers: { 'content-type': 'application/x-ndjson' },
    body: ollamaStream.events.map((event) => `${JSON.stringify(event)}\n`).join(''),
  }

  test('of lines are read, and `{{stream}}` says which is wanted', async () => {
    await using at = await start(answering(lines, { body: ollamaStream.events[0] }), ollama)
    const { texts, response } = await read(at.model)
    expect(texts).toEqual(['Vien', 'na'])
    expect(response).toMatchObject({
      finishReason: 'stop',
      usage: { inputTokens: 26, outputTokens: 2 },
    })
    expect((await at.model.generate('Hi')).text).toBe('Vien')
    expect(at.server.requests.map(({ json }) => json)).toEqual([
      { model: 'small', messages: [{ role: 'user', content: 'Hi' }], stream: true },
      { model: 'small', messages: [{ role: 'user', content: 'Hi' }], stream: false },
    ])
  })

  const workers = plain({ prompt: '{{prompt}}' }, { stream: { response: 'response' } })

  test('that nothing else ends are whole with `[DONE]`', async () => {
    await using at = await start(
      answering(events(workersAiStream.events, 'data: [DONE]\n\n')),
      workers,
    )
    const { texts, response } = await read(at.model)
    expect(texts).toEqual(['Vien', 'na'])
    expect(response).toMatchObject({ text: 'Vienna', finishReason: 'stop', usage: null })
  })

  test.for([
    [
      'without any end',
      workersAiStream.events,
      workers,
      'rest: the stream ended before the response was complete. If it was, say where its last event says so ' +
        'with `stream.finishReason`.',
    ],
    [
      'without its end',
      geminiStream.events.slice(0, 2),
      geminiOptions,
      'rest: the stream ended before the response was complete.',
    ],
  ] as const)('%s are broken', async ([, list, options, message]) => {
    await using at = await start(answering(events(list)), options)
    expect(await failureOf(at.model.stream('Hi').response)).toMatchObject({
      kind: 'network',
      message,
    })
    expect(at.server.requests).toHaveLength(1)
  })

  test('may be one whole response', async () => {
    await using at = await start(answering(gemini))
    const { texts, response } = await read(at.model)
    expect(texts).toEqual(['Vienna is the capital of Austria.'])
    expect(response).toMatchObject({ usage: { inputTokens: 9, outputTokens: 7 }, raw: gemini.body })
  })

  test('are one chunk where the API has none', async () => {
    await using at = await start(answering(text), plain({ prompt: '{{prompt}}' }))
    const { texts, response } = await read(at.model)
    expect(texts).toEqual(['Vienna'])
    expect(response.firstTokenMs).toBeNull()
  })

  test('that the API blocks end with its signal', async () => {
    await using at = await start(answering(events([blocked.body])))
    const { texts, response } = await read(at.model)
    expect(texts).toEqual([])
    expect(response.blocked).toEqual({
      reason: 'PROHIBITED_CONTENT',
      source: 'promptFeedback.blockReason',
    })
  })

  test.for([
    ['an error', [geminiStream.events[0]!, overloaded.body], 'server'],
    [
      'what is no text',
      [geminiStream.events[0]!, { candidates: [{ content: { parts: [{ text: 7 }] } }] }],
      'parse',
    ],
  ] as const)('with %s among the events fail', async ([, list, kind]) => {
    await using at = await start(answering(events(list)))
    const failure = await failed(at.model.stream('Hi').response, KEY, 'Grüß')
    expect(failure).toMatchObject({ kind })
    expect(at.server.requests).toHaveLength(1)
  })

  test('with an event that is called an error fail, although they say that they are done', async () => {
    const end = 'event: error\ndata: {"message":"All are busy."}\n\ndata: [DONE]\n\n'
    await using at = await start(
      answering(events(workersAiStream.events.slice(0, 1), end)),
      workers,
    )
    expect(await failureOf(at.model.stream('Hi').response)).toMatchObject({
      kind: 'server',
      message: 'rest: API error (no status): All are busy.',
    })
  })

  test('that are cut within an event are broken off', async () => {
    const cut = 'data: {"candidates":[{"content":{"parts":[{"text":"Go'
    await using at = await start(answering(events(geminiStream.events.slice(0, 1), cut)))
    expect(await failureOf(at.model.stream('Hi').response)).toMatchObject({
      kind: 'network',
      message: 'rest: the stream ended before the response was complete.',
    })
  })

  test.for([
    'application/jsonl',
    'application/stream+json',
    'text/plain; charset=utf-8',
    'application/json',
  ])('of lines that are called %s are read as they come', async (type) => {
    const isRead = Promise.withResolvers<void>()
    await using at = await start(async (_request, response) => {
      const [first = '', ...others] = ollamaStream.events.map(
        (event) => `${JSON.stringify(event)}\n`,
      )
      response.writeHead(200, { 'content-type': type })
      response.write(first)
      await isRead.promise
      response.end(others.join(''))
    }, ollama)
    const stream = at.model.stream('Hi')
    const texts: string[] = []
    for await (const { text: piece } of stream) {
      texts.push(piece)
      isRead.resolve()
    }
    expect(texts).toEqual(['Vien', 'na'])
    expect(await stream.response).toMatchObject({ finishReason: 'stop', attempts: 1 })
  })

  test.for([
    ['application/json', JSON.stringify(gemini.body, null, 2)],
    ['application/json', `${JSON.stringify(gemini.body)}\n`],
    ['text/plain', JSON.stringify(gemini.body, null, 2)],
    ['application/x-ndjson', JSON.stringify(gemini.body)],
  ] as const)('may be one whole response, as %s %j', async ([type, body]) => {
    const reply = { headers: { 'content-type': type }, body }
    const options = (url: string): RestOptions => {
      const settings = geminiOptions(url)
      return { ...settings, stream: { ...settings.stream, response: 'delta.text' } }
    }
    await using at = await start(answering(reply), options)
    const { texts, response } = await read(at.model)
    expect(texts).toEqual(['Vienna is the capital of Austria.'])
    expect(response).toMatchObject({ usage: { inputTokens: 9, outputTokens: 7 }, raw: gemini.body })
  })

  test('that are left close their connection', async () => {
    await using at = await start((_request, response) => {
      response.writeHead(200, eventStream)
      response.write(events(geminiStream.events.slice(0, 1)).body)
    })
    for await (const chunk of at.model.stream('Hi')) {
      expect(chunk.text).toBe('Grüß ')
      break
    }
    await at.server.requests[0]!.closed
  })
})

describe('errors:', () => {
  test('429 is sent again, and costs no attempt', async () => {
    const limited = { ...rateLimit, headers: { 'retry-after': '0' } }
    await using at = await start(answering(limited, gemini), (url) => ({
      ...geminiOptions(url),
      attempts: 1,
    }))
    expect((await at.model.generate('Hi')).attempts).toBe(2)
    expect(at.server.requests.map((request) => request.text)).toEqual([
      at.server.requests[0]!.text,
      at.server.requests[0]!.text,
    ])
  })

  test.for([
    [overloaded, 'server', 503, 'The model is overloaded. Please come back later.'],
    [invalid, 'invalid_request', 400, "Invalid value at 'generation_config.max_output_tokens'."],
    [{ body: overloaded.body }, 'server', 503, 'The model is overloaded. Please come back later.'],
  ] as const)('%j is of kind %s', async ([reply, kind, status, said]) => {
    await using at = await start(answering(reply), (url) => ({
      ...geminiOptions(url),
      attempts: 1,
    }))
    expect(await failureOf(at.model.generate('Hi'))).toMatchObject({
      kind,
      status,
      message: `rest: API error (${status}): ${said}`,
    })
  })

  test.for([
    [workersAiError, 'rest: the response has nothing at `text`, the path of its text.'],
    [{ body: 'Vienna' }, 'rest: the response is not JSON.'],
    [{ body: '{"text": "Vien' }, 'rest: the response is not JSON.'],
    [{ body: { text: null } }, 'rest: the response has no text at `text`, the path of its text.'],
  ] as const)('%j is no response', async ([reply, message]) => {
    await using at = await start(answering(reply), plain({ prompt: '{{prompt}}' }))
    expect(await failed(at.model.generate('Hi'), KEY, 'Vien')).toMatchObject({
      kind: 'parse',
      message,
    })
    expect(at.server.requests).toHaveLength(1)
  })

  test.for([
    [{ body: { text: 'Vienna' } }],
    [{ headers: { 'content-type': 'text/html' }, body: '<h1>Sign in</h1>' }],
  ])('without the path of the text nothing but plain text is one: %j', async ([reply]) => {
    const options = plain({ prompt: '{{prompt}}' }, { response: undefined })
    await using at = await start(answering(reply!), options)
    expect(await failed(at.model.generate('Hi'), 'Vienna', 'Sign')).toMatchObject({
      kind: 'parse',
      message: 'rest: the response is no plain text: say where its text is with `response`.',
    })
  })

  test('a redirection is one, and nothing goes there', async () => {
    await using other = await serve(answering(gemini))
    const reply = { status: 307, headers: { location: `${other.url}/elsewhere` } }
    await using at = await start(answering(reply))
    expect(await failureOf(at.model.generate('Hi'))).toMatchObject({ kind: 'config', status: 307 })
    expect(other.requests).toEqual([])
  })
})

describe('what the request has no place for is an error before it is sent:', () => {
  const tool = { name: 'now', parameters: { type: 'object' } }
  const image: Message = {
    role: 'user',
    content: '',
    images: [{ url: 'https://example.org/a.png' }],
  }

  test.for([
    [
      conversation,
      {},
      'the conversation has a message of the system beside the prompt, and the request no place for it: put {{system}} or {{messages}} into `body`.',
    ],
    [
      conversation.slice(1),
      {},
      'the conversation has a message of the user beside the prompt, and the request no place for it: put {{messages}} into `body`.',
    ],
    [[conversation[0]!], {}, 'the conversation has no message of the user.'],
    [
      'Hi',
      { temperature: 0 },
      'the call sets `temperature`, and the request has no place for it: {{temperature}}.',
    ],
    ['Hi', { seed: 1 }, 'the call sets `seed`, and the request has no place for it: {{seed}}.'],
    [
      'Hi',
      { tools: [tool] },
      'its models take no tools; leave that out, or take another provider.',
    ],
    [
      'Hi',
      { json: true },
      'its models take no structured output (`json`); leave that out, or take another provider.',
    ],
    [[image], {}, 'its models take no images; leave that out, or take another provider.'],
  ] as const)('%j, %j', async ([input, call, message]) => {
    await using at = await start(answering(text), plain({ prompt: '{{prompt}}' }))
    expect(await failureOf(at.model.generate(input, call))).toMatchObject({
      kind: 'invalid_request',
      message: `rest: ${message}`,
    })
    expect(at.server.requests).toEqual([])
  })

  test('but for `maxTokens` of a call, which `health()` sets', async () => {
    await using at = await start(answering(text), plain({ prompt: '{{prompt}}' }))
    expect(await at.model.health()).toMatchObject({ healthy: true })
    expect(at.server.requests[0]!.json).toEqual({ prompt: 'Hi' })
  })
})

describe('options', () => {
  const url = 'https://api.example.com/generate'
  const body = { prompt: '{{prompt}}' }

  test.for<[object, string]>([
    [
      { url },
      'the request has no place for the prompt: put {{prompt}} or {{messages}} into `body`.',
    ],
    [
      { url, body: { prompt: 'Hi' } },
      'the request has no place for the prompt: put {{prompt}} or {{messages}} into `body`.',
    ],
    [
      { url, body, method: 'GET' },
      'a GET request has no body; leave out `body`, or give another `method`.',
    ],
    [
      { url, body: { all: 'Say {{messages}}' } },
      '`body.all`: {{messages}} is a list, and has to be the whole of a value in `body`.',
    ],
    [
      { url: `${url}?q={{messages}}` },
      '`url`: {{messages}} is a list, and has to be the whole of a value in `body`.',
    ],
    [
      { url, body: { a: [{ '{{prompt}}': 1 }] } },
      '`body.a[0]`: a placeholder stands in a value, and not in a name: "{{prompt}}".',
    ],
    [
      { url, body: { ...body, at: () => 1 } },
      '`body.at`: expected what JSON can hold, got a function.',
    ],
    [
      { url: 'https://{{prompt}}.example.com/', body },
      '`url`: a placeholder stands in the path or the query, and not in the host.',
    ],
    [
      { url: 'api.example.com/generate', body },
      '`url`: expected an http(s) URL, as in https://api.example.com/v1/generate.',
    ],
    [
      { url: 'file:///etc/{{prompt}}' },
      '`url`: expected an http(s) URL, as in https://api.example.com/v1/generate.',
    ],
    [
      { url: `https://me:${KEY}@api.example.com/`, body },
      '`url`: a URL cannot carry a password; give a key or a header.',
    ],
    [
      { url, body, headers: { 'x-prompt': '{{prompt}}' } },
      '`headers.x-prompt`: placeholders stand in `url` and `body` alone.',
    ],
    [
      { url, body, usage: { inputTokens: 'a', outputTokens: 'b' } },
      '`usage` needs `response`, the path of the text, beside it.',
    ],
    [
      { url, body, temperature: 0 },
      '`temperature` is set, and the request has no place for it: put {{temperature}} where the API wants it, or set it to null.',
    ],
    [
      { url, body, ca: 'missing.pem' },
      "`ca`: ENOENT: no such file or directory, open '/nowhere/missing.pem'.",
    ],
    [
      { url, body, response: 'a', stream: { response: 'b', url: `${url}/{{promt}}` } },
      '`stream.url`: there is no placeholder {{promt}}; there are prompt, system, messages, model, stream, ' +
        'temperature, topP, maxTokens, stop, seed.',
    ],
  ])('%j is wrong', async ([options, message]) => {
    const setup = bound().setup('small', options, { baseDir: '/nowhere' })
    expect(await failureOf(setup)).toMatchObject({ kind: 'config', message: `rest: ${message}` })
  })

  test.for<[object, RegExp]>([
    [{ body }, /^rest: options: `url`: it is missing$/],
    [{ url, body, method: 'DELETE' }, /`method`: expected "GET" or "POST" or "PUT", got "DELETE"/],
    [{ url, body: 'x' }, /`body`/],
    [{ url, body, keyHeader: 'x key' }, /`keyHeader`: expected the name of a header/],
    [{ url, body, baseURL: url }, /there is no option `baseURL`/],
    [{ url, body, stream: {} }, /`stream.response`: it is missing/],
    [{ url, body, blocked: { path: 'a' } }, /`blocked.equals`: it is missing/],
    [{ url, body, usage: { inputTokens: 'a' } }, /`usage.outputTokens`: it is missing/],
  ])('%j do not fit', async ([options, message]) => {
    const failure = await failureOf(bound().setup('small', options))
    expect(failure).toMatchObject({ kind: 'config', message: expect.stringMatching(message) })
  })

  test('`null` takes a setting away, as that of a judge, where the API has none', async () => {
    await using server = await serve(answering(text))
    const options = { ...plain(body)(server.url), temperature: null }
    await using handle = await bound().setup('small', options, { role: 'judge' })
    await handle.model.generate('Hi')
    expect(server.requests[0]!.json).toEqual({ prompt: 'Hi' })
  })

  test('headers of the user go over ours', async () => {
    const headers = { 'Content-Type': 'application/vnd.example+json', 'x-tenant': 'evals' }
    await using at = await start(answering(text), plain(body, { headers }))
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.headers).toMatchObject({
      'content-type': 'application/vnd.example+json',
      'x-tenant': 'evals',
      authorization: `Bearer ${KEY}`,
    })
  })

  test('a server can have another method', async () => {
    await using at = await start(answering(text), plain(body, { method: 'PUT' }))
    await at.model.generate('Hi')
    expect(at.server.requests).toMatchObject([{ method: 'PUT', url: '/generate' }])
  })
})

describe('keys', () => {
  const body = { prompt: '{{prompt}}' }

  test('where there is none, none is sent', async () => {
    await using at = await start(answering(text), plain(body), { env: {} })
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.headers).not.toHaveProperty('authorization')
  })

  test.for<[Partial<RestOptions>, object]>([
    [{}, { authorization: `Bearer ${KEY}` }],
    [{ apiKey: 'other' }, { authorization: 'Bearer other' }],
    [{ keyHeader: 'X-Api-Key' }, { 'x-api-key': KEY }],
    [{ keyHeader: 'X-Api-Key', headers: { 'x-api-key': 'own' } }, { 'x-api-key': 'own' }],
    [{ headers: { Authorization: 'Api-Key own' } }, { authorization: 'Api-Key own' }],
  ])('%j sends %j', async ([options, expected]) => {
    await using at = await start(answering(text), plain(body, options))
    await at.model.generate('Hi')
    const { authorization, 'x-api-key': key } = at.server.requests[0]!.headers
    expect({ ...(authorization && { authorization }), ...(key && { 'x-api-key': key }) }).toEqual(
      expected,
    )
  })

  test.for<[string, Partial<RestOptions>, RestOptions['body']]>([
    ['the body', {}, { ...body, auth: { tokens: [KEY] } }],
    ['a header', { headers: { 'x-secret': KEY } }, body],
    ['the URL', {}, body],
  ])('one that stands in %s is in no error', async ([where, options, template]) => {
    const reply = { status: 400, body: { error: `${KEY} is wrong` } }
    const settings = (base: string): RestOptions => ({
      ...plain(template, options)(base),
      ...(where === 'the URL' && { url: `${base}/generate?key=${KEY}` }),
    })
    await using at = await start(answering(reply), settings, { env: {} })
    expect((await failureOf(at.model.generate('Hi'))).message).toBe(
      'rest: API error (400): *** is wrong',
    )
  })
})

describe('models', () => {
  test('are listed where the options say', async () => {
    await using at = await start(answering(models))
    const listed = await at.provider.listModels!(geminiOptions(at.server.url))
    expect(listed).toEqual([{ id: 'models/gemini-5-flash' }, { id: 'models/gemini-5-pro' }])
    expect(at.server.requests).toMatchObject([
      { method: 'GET', url: '/v1beta/models', headers: { 'x-goog-api-key': KEY } },
    ])
  })

  test('an empty list is an empty list', async () => {
    await using at = await start(answering({ body: { models: [] } }))
    expect(await at.provider.listModels!(geminiOptions(at.server.url))).toEqual([])
  })

  test.for([
    [{}],
    [{ models: [{ id: 'a' }] }],
    [{ models: [{ name: 'a' }, {}] }],
    [{ models: [{ name: 1 }] }],
  ] as const)('%j is no list', async ([body]) => {
    await using at = await start(answering({ body }))
    const failure = await failureOf(at.provider.listModels!(geminiOptions(at.server.url)))
    expect(failure).toMatchObject({
      kind: 'parse',
      message: 'rest: the response is no list of models: it lacks names at `models[*].name`.',
    })
  })

  test('an API without a list says so', async () => {
    const failure = await failureOf(
      bound().listModels!(plain({ p: '{{prompt}}' })('http://x.test')),
    )
    expect(failure).toMatchObject({
      kind: 'config',
      message: 'rest: no list of models is known: say where it is with `models`.',
    })
  })
})
