import type { ServerResponse } from 'node:http'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  type OpenAICompatible,
  openaiCompatible,
  type OpenAICompatibleOptions,
} from '../../providers/openai-compatible.ts'
import { createDesk } from '../../src/broker/desk.ts'
import type { Model } from '../../src/model/model.ts'
import { bindProvider } from '../../src/provider/define-provider.ts'
import type { ModelProvider } from '../../src/provider/provider.ts'
import { createSeam } from '../../src/request/seam.ts'
import { failureOf as failed } from '../support/failure.ts'
import { type Handler, type HttpServer, type Reply, serve } from '../support/http-server.ts'

const KEY = 'sk-invented-0123456789'

const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'small-2026-01-01',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Paris' }, finish_reason: 'stop' }],
  usage: {
    prompt_tokens: 12,
    completion_tokens: 5,
    total_tokens: 17,
    prompt_tokens_details: { cached_tokens: 4 },
    completion_tokens_details: { reasoning_tokens: 3 },
  },
}

interface Ready extends AsyncDisposable {
  readonly server: HttpServer
  readonly model: Model
}

/** The provider on a desk of its own, without a wait before what is sent again. */
function bound(factory: OpenAICompatible): ModelProvider {
  const seam = createSeam({ desk: createDesk(), random: () => 0 })
  return bindProvider(openaiCompatible(factory), { seam })
}

/** A server and a model of it, `acme/small`, which sends once. */
async function start(
  handler: Handler,
  options: OpenAICompatibleOptions = {},
  { path = '/v1', ...factory }: Partial<OpenAICompatible> & { path?: string } = {},
): Promise<Ready> {
  const server = await serve(handler)
  const provider = bound({
    name: 'acme',
    baseURL: server.url + path,
    apiKeys: [KEY],
    ...factory,
  })
  const handle = await provider.setup('small', { attempts: 1, ...options })
  return {
    server,
    model: handle.model,
    async [Symbol.asyncDispose]() {
      await handle.teardown()
      await server[Symbol.asyncDispose]()
    },
  }
}

function reply(choice: object, more: object = {}): Reply {
  return { body: { model: 'small', choices: [{ index: 0, ...choice }], ...more } }
}

const failureOf = (call: Promise<unknown>) => failed(call, KEY)

describe('generate', () => {
  test('D-11: messages go out, text and usage come back', async () => {
    await using at = await start(() => ({ body: completion }))
    const messages = [
      { role: 'system', content: 'One word.' },
      { role: 'user', content: 'The capital of France?' },
    ] as const
    const response = await at.model.generate(messages)
    expect(at.server.requests).toMatchObject([
      {
        method: 'POST',
        url: '/v1/chat/completions',
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      },
    ])
    expect(response).toEqual({
      text: 'Paris',
      finishReason: 'stop',
      blocked: null,
      usage: { inputTokens: 12, outputTokens: 5, cachedInputTokens: 4, reasoningTokens: 3 },
      toolCalls: [],
      costUsd: null,
      latencyMs: expect.any(Number) as number,
      firstTokenMs: null,
      waitedMs: expect.any(Number) as number,
      model: 'small',
      provider: 'acme',
      servedBy: 'small-2026-01-01',
      cached: false,
      attempts: 1,
      raw: completion,
    })
  })

  test('D-14: what is not given is not sent', async () => {
    await using at = await start(() => ({ body: completion }))
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.json).toEqual({
      model: 'small',
      messages: [{ role: 'user', content: 'Hi' }],
    })
  })

  test('R-10: settings of the call go before those of the set-up, and those before the defaults', async () => {
    await using at = await start(
      () => ({ body: completion }),
      { temperature: 0, maxTokens: 10, stop: ['\n'], body: { reasoning_effort: 'low', top_k: 4 } },
      {
        defaults: {
          temperature: 1,
          maxTokensField: 'max_completion_tokens',
          topP: 0.5,
          body: { top_k: 1, min_p: 0.1 },
        },
      },
    )
    await at.model.generate('Hi', { temperature: 0.7, seed: 0 })
    expect(at.server.requests[0]!.json).toEqual({
      model: 'small',
      messages: [{ role: 'user', content: 'Hi' }],
      temperature: 0.7,
      top_p: 0.5,
      max_completion_tokens: 10,
      stop: ['\n'],
      seed: 0,
      reasoning_effort: 'low',
      top_k: 4,
      min_p: 0.1,
    })
  })

  test('fields of `body` are sent, but take the place of no setting and no message', async () => {
    await using at = await start(() => ({ body: completion }), {
      topP: 0.9,
      body: { temperature: 0.1, top_p: 0.1, messages: [], model: 'other' },
    })
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.json).toEqual({
      model: 'small',
      messages: [{ role: 'user', content: 'Hi' }],
      temperature: 0.1,
      top_p: 0.9,
    })
  })

  test('R-09: `id` is sent and the name of the spec is kept', async () => {
    await using at = await start(() => reply({ message: { content: 'Hi' } }, { model: null }), {
      id: 'vendor/Small-1',
    })
    const response = await at.model.generate('Hi')
    expect(at.server.requests[0]!.json).toMatchObject({ model: 'vendor/Small-1' })
    expect(response).toMatchObject({ model: 'small', servedBy: 'vendor/Small-1' })
  })

  test.for([
    [{ maxToken: 1 }, 'acme: options: there is no option `maxToken` (did you mean `maxTokens`?)'],
    [
      { headers: { 'x-key': `${KEY}\nX-Other: 1` } },
      'acme: options: `headers`: expected names and values that HTTP allows in headers',
    ],
  ])(
    'a wrong option is an error at set-up that does not show the value: %j',
    async ([options, message]) => {
      const provider = openaiCompatible({ name: 'acme', baseURL: 'http://127.0.0.1:9/v1' })
      const failure = await failureOf(provider.setup('small', options as object))
      expect(failure).toMatchObject({ kind: 'config', message })
    },
  )
})

describe('a response is read as', () => {
  test.for([
    [
      'content parts, joined',
      { content: [{ type: 'text', text: 'Pa' }, { text: 'ris' }] },
      'Paris',
    ],
    [
      'text, whatever reasoning goes with it',
      { content: 'Paris', reasoning_content: 'Hm.' },
      'Paris',
    ],
    ['an empty text where the content is null', { content: null }, ''],
  ] as const)('D-15: %s', async ([, message, text]) => {
    await using at = await start(() => reply({ message, finish_reason: 'tool_calls' }))
    expect(await at.model.generate('Hi')).toMatchObject({
      text,
      finishReason: 'tool_calls',
      blocked: null,
      usage: null,
    })
    expect(at.server.requests).toHaveLength(1)
  })

  test.for([
    ['stop', 'stop'],
    ['length', 'length'],
    ['model_length', 'length'],
    ['content_filter', 'content_filter'],
    ['function_call', 'tool_calls'],
    ['something new', 'unknown'],
    [null, 'unknown'],
  ] as const)('ended by `%s`: %s', async ([finish_reason, finishReason]) => {
    await using at = await start(() => reply({ message: { content: 'Paris' }, finish_reason }))
    expect(await at.model.generate('Hi')).toMatchObject({ text: 'Paris', finishReason })
  })

  test('blocked where the model refused', async () => {
    const message = { content: null, refusal: 'I cannot help with that.' }
    await using at = await start(() => reply({ message, finish_reason: 'stop' }))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: '',
      blocked: { reason: 'I cannot help with that.', source: 'message.refusal' },
    })
  })

  test('H-21, X-05: blocked where the filter ended it, with the text so far', async () => {
    const choice = { message: { content: 'The first st' }, finish_reason: 'content_filter' }
    await using at = await start(() => reply(choice))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: 'The first st',
      finishReason: 'content_filter',
      blocked: { reason: 'content_filter', source: 'finish_reason' },
    })
  })

  test('H-21, X-04: not blocked where the text alone speaks of it', async () => {
    await using at = await start(() => reply({ message: { content: 'blocked: content_filter' } }))
    expect(await at.model.generate('Hi')).toMatchObject({ blocked: null })
  })

  test('H-21: blocked where the prompt was refused with status 400', async () => {
    const error = { code: 'content_filter', message: 'The prompt was filtered.' }
    await using at = await start(() => ({ status: 400, body: { error } }))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: '',
      finishReason: 'content_filter',
      blocked: {
        reason: 'acme: API error (400): The prompt was filtered.',
        source: 'error.code',
      },
    })
  })

  test('usage that is not whole is no usage', async () => {
    const choice = { message: { content: 'Paris' } }
    await using at = await start(() => reply(choice, { usage: { prompt_tokens: 3 } }))
    expect(await at.model.generate('Hi')).toMatchObject({ text: 'Paris', usage: null })
  })
})

describe('X-02: a response that is none is an error,', () => {
  test.for([
    ['no choices', { body: { choices: [] } }],
    ['`choices` missing', { body: { id: 'chatcmpl-1' } }],
    ['a choice without a message', { body: { choices: [{ text: 'Paris' }] } }],
    ['content of another type', { body: { choices: [{ message: { content: 7 } }] } }],
    ['a web page', { body: '<html>Welcome</html>', headers: { 'content-type': 'text/html' } }],
    ['broken JSON', { body: '{"choices": [', headers: { 'content-type': 'application/json' } }],
    ['nothing at all', { body: '' }],
  ] as const)('D-15: of kind `parse`: %s', async ([, answer]) => {
    await using at = await start(() => answer)
    expect(await failureOf(at.model.generate('Hi'))).toMatchObject({
      kind: 'parse',
      provider: 'acme',
    })
  })

  test('and its message says what is missing', async () => {
    await using at = await start(() => ({ body: { choices: [{ message: { content: 7 } }] } }))
    expect((await failureOf(at.model.generate('Hi'))).message).toBe(
      'acme: the response is no chat completion: `choices.0.message.content` is malformed.',
    )
  })

  test.for([
    [
      { error: { message: 'Pay.', type: 'insufficient_quota' } },
      'quota',
      'acme: API error (insufficient_quota): Pay.',
    ],
    [{ error: 'It broke.' }, 'server', 'acme: API error (no status): It broke.'],
    [
      { object: 'error', message: 'Too long.', code: 400 },
      'invalid_request',
      'acme: API error (400): Too long.',
    ],
    [
      { choices: [{ message: { content: 'Par' }, error: { code: 502, message: 'Upstream.' } }] },
      'server',
      'acme: API error (502): Upstream.',
    ],
  ] as const)('of its own kind with status 200: %j', async ([body, kind, message]) => {
    await using at = await start(() => ({ body }))
    expect(await failureOf(at.model.generate('Hi'))).toMatchObject({ kind, message })
  })
})

describe('R-29: an error status is an error of kind', () => {
  test.for([
    [400, {}, 'invalid_request'],
    [401, {}, 'auth'],
    [402, {}, 'quota'],
    [403, {}, 'forbidden'],
    [404, {}, 'not_found'],
    [408, {}, 'timeout'],
    [409, {}, 'server'],
    [413, {}, 'context_window'],
    [422, {}, 'invalid_request'],
    [429, {}, 'rate_limit'],
    [500, {}, 'server'],
    [503, {}, 'server'],
    [529, {}, 'server'],
    [429, { code: 'insufficient_quota' }, 'quota'],
    [429, { type: 'insufficient_quota', code: null }, 'quota'],
    [400, { code: 'context_length_exceeded', type: 'invalid_request_error' }, 'context_window'],
    [400, { code: 400, type: 'exceed_context_size_error' }, 'context_window'],
    [401, { type: 'invalid_request_error' }, 'auth'],
    [400, { message: 'rate limit, quota, context length, server error' }, 'invalid_request'],
  ] as const)('%s %j: %s', async ([status, error, kind]) => {
    await using at = await start(() => ({
      status,
      headers: { 'retry-after': '3600' },
      body: { error: { message: 'No.', ...error } },
    }))
    const failure = await failureOf(at.model.generate('Hi'))
    expect(failure).toMatchObject({ kind, provider: 'acme' })
    expect(failure.message).toContain(`acme: API error (${status}): `)
    expect(at.server.requests).toHaveLength(1)
  })

  test.for([
    [{ error: { message: 'No.' } }, 'acme: API error (400): No.'],
    [{ error: 'No.' }, 'acme: API error (400): No.'],
    [[{ error: { message: 'No.' } }], 'acme: API error (400): No.'],
    [{ message: 'No.', object: 'error' }, 'acme: API error (400): No.'],
    [{ detail: 'No.' }, 'acme: API error (400): No.'],
    [{ detail: [{ msg: 'Field required', input: 'Hi' }] }, 'acme: API error (400): Field required'],
    ['No.\n', 'acme: API error (400): No.'],
    ['', 'acme: API error (400)'],
    [{ error: { message: 'x'.repeat(5000) } }, `acme: API error (400): ${'x'.repeat(2048)}…`],
  ] as const)('D-16: the message is that of %j', async ([body, message]) => {
    await using at = await start(() => ({ status: 400, body }))
    expect((await failureOf(at.model.generate('Hi'))).message).toBe(message)
  })

  test('R-33: one that comes with a wait longer than the deadline is not sent again', async () => {
    await using at = await start(() => ({ status: 429, headers: { 'retry-after': '2000' } }))
    const failure = await failureOf(at.model.generate('Hi'))
    expect(failure).toMatchObject({ kind: 'rate_limit' })
    expect(failure.retryAfterMs).toBeGreaterThan(1_900_000)
    expect(at.server.requests).toHaveLength(1)
  })
})

describe('what may pass is sent again:', () => {
  const busy = { error: { message: 'Busy.', code: 429 } }

  test.for([
    ['a 429', { status: 429, headers: { 'retry-after-ms': '1' } }],
    ['a 429 in a response with status 200', { body: busy }],
    ['a 503', { status: 503 }],
  ] as const)('%s', async ([, refusal]) => {
    const replies: Reply[] = [refusal]
    await using at = await start(() => replies.shift() ?? { body: completion }, { attempts: 2 })
    expect(await at.model.generate('Hi')).toMatchObject({ text: 'Paris', attempts: 2 })
    expect(at.server.requests.map(({ text }) => text)).toEqual(
      Array.from({ length: 2 }, () => at.server.requests[0]!.text),
    )
  })

  test('R-26: with the next key, where one is refused', async () => {
    await using at = await start(
      ({ headers }) =>
        headers.authorization === 'Bearer two' ? { body: completion } : { status: 401 },
      {},
      { apiKeys: ['one', 'two'] },
    )
    expect(await at.model.generate('Hi')).toMatchObject({ text: 'Paris', attempts: 2 })
    await at.model.generate('Hi')
    expect(at.server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer one',
      'Bearer two',
      'Bearer two',
    ])
  })

  test('R-36: and a stream not once it has begun', async () => {
    await using at = await start(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        const chunk = { choices: [{ delta: { content: 'Pa' } }] }
        response.write(`data: ${JSON.stringify(chunk)}\n\n`, () => response.destroy())
      },
      { attempts: 4 },
    )
    const stream = at.model.stream('Hi')
    expect(await failureOf(stream.response)).toMatchObject({ kind: 'network' })
    expect(at.server.requests).toHaveLength(1)
  })
})

describe('D-16: a key', () => {
  test.for([
    ['as it is', (sent: string) => ({ error: { message: `Bad credentials: ${sent}` } })],
    ['in a text', (sent: string) => `authorization: ${sent}`],
    ['in a code', (sent: string) => ({ error: { code: sent, message: 'Bad.' } })],
    [
      'where the message is cut',
      (sent: string) => ({ error: { message: `${'x'.repeat(2030)}${sent}` } }),
    ],
  ] as const)('that the server sends back %s is not in the error', async ([, body]) => {
    await using at = await start(({ headers }) => ({
      status: 401,
      body: body(headers.authorization ?? ''),
    }))
    const failure = await failureOf(at.model.generate('Hi'))
    expect(at.server.requests[0]!.headers.authorization).toBe(`Bearer ${KEY}`)
    expect(failure).toMatchObject({ kind: 'auth' })
    expect(failure.message).not.toContain('sk-inv')
  })

  test('that the server sends back as an error code with status 200 is not in the error', async () => {
    await using at = await start(({ headers }) => ({
      body: { error: { code: headers.authorization, message: 'Bad.' } },
    }))
    expect((await failureOf(at.model.generate('Hi'))).message).toBe(
      'acme: API error (Bearer ***): Bad.',
    )
  })

  test('in a header or in the query of the base URL is hidden too', async () => {
    await using at = await start(
      ({ headers, url }) => ({ status: 500, body: `${String(headers['x-api-key'])} ${url}` }),
      { headers: { 'X-Api-Key': 'invented/one' } },
      { path: '/v1?api-key=invented+two' },
    )
    expect((await failureOf(at.model.generate('Hi'))).message).toBe(
      'acme: API error (500): *** /v1/chat/completions?api-key=***',
    )
  })

  test('D-13: that is not printable is an error that does not show it', async () => {
    const provider = openaiCompatible({
      name: 'acme',
      baseURL: 'http://127.0.0.1:9/v1',
      apiKeys: [`${KEY}\nX-Other: 1`],
    })
    const failure = await failureOf(provider.setup('small'))
    expect(failure).toMatchObject({ kind: 'config' })
    expect(failure.message).toBe(
      'acme: API keys: a key holds a line break or another character no key has.',
    )
  })

  test('is not shown where a list of keys was expected', async () => {
    const failure = await failureOf(start(() => ({}), { apiKeys: KEY as never }))
    expect(failure.message).toBe('acme: options: `apiKeys`: expected a list of keys')
  })

  test('D-13: is trimmed', async () => {
    await using at = await start(() => ({ body: completion }), {}, { apiKeys: [`  ${KEY}\n`] })
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.headers.authorization).toBe(`Bearer ${KEY}`)
  })

  test.for([[[]], [['']], [[' \n']], [[undefined]]] as const)(
    'D-13, R-03a: that is not there (%j) is not sent',
    async ([apiKeys]) => {
      await using at = await start(() => ({ body: completion }), {}, { apiKeys })
      expect(await at.model.generate('Hi')).toMatchObject({ text: 'Paris' })
      expect(at.server.requests[0]!.headers).not.toHaveProperty('authorization')
    },
  )

  test('of a scheme of its own takes the place of the bearer', async () => {
    await using at = await start(() => ({ body: completion }), {
      headers: { Authorization: 'Api-Key invented' },
    })
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.headers.authorization).toBe('Api-Key invented')
  })

  test('X-19: and headers that the environment has for OpenAI do not go to another server', async () => {
    onTestFinished(() => void vi.unstubAllEnvs())
    vi.stubEnv('OPENAI_API_KEY', 'invented-for-openai')
    vi.stubEnv('OPENAI_ADMIN_KEY', 'invented-for-openai')
    vi.stubEnv('OPENAI_ORG_ID', 'invented-for-openai')
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'X-Gateway: invented-for-openai')
    vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:9/v1')
    await using at = await start(() => ({ body: completion }), {}, { apiKeys: [] })
    expect(await at.model.generate('Hi')).toMatchObject({ text: 'Paris' })
    expect(JSON.stringify(at.server.requests[0]!.headers)).not.toContain('invented')
  })

  test('X-14: is not logged, nor is a prompt, where the environment asks the SDK for its log', async () => {
    onTestFinished(() => void vi.restoreAllMocks())
    onTestFinished(() => void vi.unstubAllEnvs())
    vi.stubEnv('OPENAI_LOG', 'debug')
    const logs = (['debug', 'info', 'warn', 'error'] as const).map((level) =>
      vi.spyOn(console, level),
    )
    await using at = await start(() => ({ status: 401, body: KEY }))
    expect(await failureOf(at.model.generate('Hi'))).toMatchObject({ kind: 'auth' })
    for (const log of logs) expect(log).not.toHaveBeenCalled()
  })

  test('X-19: does not follow a redirection', async () => {
    await using other = await serve(() => ({ body: completion }))
    await using at = await start(() => ({
      status: 307,
      headers: { location: `${other.url}/v1/chat/completions?a=1` },
    }))
    const failure = await failureOf(at.model.generate('Hi'))
    expect(other.requests).toEqual([])
    expect(failure).toMatchObject({ kind: 'config', status: 307 })
    expect(failure.message).toBe(
      `acme: API error (307): the server redirects to ${other.url}/v1/chat/completions; change the base URL to match.`,
    )
  })
})

describe('the base URL', () => {
  test.for([
    ['', '/chat/completions'],
    ['/v1', '/v1/chat/completions'],
    ['/v1/', '/v1/chat/completions'],
    ['/v1//', '/v1/chat/completions'],
    [' /v1\n', '/v1/chat/completions'],
    ['/v1?x=1', '/v1/chat/completions?x=1'],
    ['/v1/?x=1&y=a%20b', '/v1/chat/completions?x=1&y=a%20b'],
    ['/v1#part', '/v1/chat/completions'],
  ] as const)('D-12: %j asks %s', async ([path, asked]) => {
    const given = path.trimStart()
    await using at = await start(() => ({ body: completion }), {}, { path: given })
    expect(await at.model.generate('Hi')).toMatchObject({ text: 'Paris' })
    expect(at.server.requests.map(({ url }) => url)).toEqual([asked])
  })

  test.for([
    [
      'http://127.0.0.1:9/v1/chat/completions',
      'the base URL ends before /chat/completions; leave that part out.',
    ],
    [
      'http://127.0.0.1:9/v1/chat/completions/',
      'the base URL ends before /chat/completions; leave that part out.',
    ],
    ['localhost:8080/v1', 'expected an http(s) URL, as in http://127.0.0.1:8080/v1.'],
    ['', 'expected an http(s) URL, as in http://127.0.0.1:8080/v1.'],
    ['http://user:word@127.0.0.1:9/v1', 'a URL cannot carry a password; give a key or a header.'],
  ] as const)('D-12: %j is a config error', async ([baseURL, problem]) => {
    const failure = await failureOf(openaiCompatible({ name: 'acme', baseURL }).setup('small'))
    expect(failure).toMatchObject({ kind: 'config' })
    expect(failure.message).toBe(`acme: base URL: ${problem}`)
  })
})

describe('D-17: without a response the error is', () => {
  test('`network` where nobody listens', async () => {
    const gone = await serve(() => {})
    await gone[Symbol.asyncDispose]()
    const provider = bound({ name: 'acme', baseURL: gone.url, apiKeys: [KEY] })
    await using handle = await provider.setup('small', { attempts: 1 })
    const failure = await failureOf(handle.model.generate('Hi'))
    expect(failure).toMatchObject({ kind: 'network' })
    expect(failure.message).toBe(
      `acme: the connection to ${new URL(gone.url).host} failed (ECONNREFUSED).`,
    )
  })

  test.for([
    ['before the headers', () => {}],
    [
      'within the body',
      (response: ServerResponse) =>
        response.writeHead(200, { 'content-type': 'application/json' }).write('{"choices":'),
    ],
  ] as const)('`network` where the connection breaks %s', async ([, begin]) => {
    await using at = await start((_request, response) => {
      begin(response)
      response.socket!.resetAndDestroy()
    })
    expect(await failureOf(at.model.generate('Hi'))).toMatchObject({ kind: 'network' })
  })

  test.for([
    ['sends nothing', () => {}],
    [
      'stops in the middle',
      (response: ServerResponse) =>
        void response.writeHead(200, { 'content-type': 'application/json' }).write('{"choices":'),
    ],
  ] as const)('`timeout` where the server %s', async ([, begin]) => {
    await using at = await start((_request, response) => begin(response), { timeout: 60 })
    const failure = await failureOf(at.model.generate('Hi'))
    expect(failure).toMatchObject({ kind: 'timeout' })
    expect(failure.message).toBe('acme: no complete response within 60 ms (`timeout`).')
    await Promise.all(at.server.requests.map(({ closed }) => closed)) // a slow machine sends none in time
  })

  test('`cancelled` where the caller aborts, and the connection is closed', async () => {
    const caller = new AbortController()
    await using at = await start(() => caller.abort(new Error('enough')))
    const failure = await failureOf(at.model.generate('Hi', { signal: caller.signal }))
    expect(failure).toMatchObject({ kind: 'cancelled', cause: { message: 'enough' } })
    await at.server.requests[0]!.closed
  })
})

describe('stream', () => {
  const chunks = [
    { model: 'small-2026', choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] },
    { model: 'small-2026', choices: [{ index: 0, delta: { content: 'Zürich' } }] },
    { model: 'small-2026', choices: [{ index: 0, delta: { content: ' 🏔' } }] },
    { model: 'small-2026', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    { model: 'small-2026', choices: [], usage: completion.usage },
  ]
  const eventStream = { 'content-type': 'text/event-stream' }
  const events = (...data: unknown[]) =>
    data.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`).join('')

  async function read(model: Model): Promise<string[]> {
    const texts: string[] = []
    for await (const { text } of model.stream('Hi')) texts.push(text)
    return texts
  }

  test('R-18: chunks come one by one, and the response is the whole of them', async () => {
    await using at = await start(() => ({
      headers: eventStream,
      body: events(...chunks, '[DONE]'),
    }))
    const stream = at.model.stream('Hi')
    const texts: string[] = []
    for await (const { text } of stream) texts.push(text)
    expect(texts).toEqual(['Zürich', ' 🏔'])
    expect(at.server.requests[0]!.json).toEqual({
      model: 'small',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
      stream_options: { include_usage: true },
    })
    expect(await stream.response).toMatchObject({
      text: 'Zürich 🏔',
      finishReason: 'stop',
      usage: { inputTokens: 12, outputTokens: 5, cachedInputTokens: 4, reasoningTokens: 3 },
      servedBy: 'small-2026',
      firstTokenMs: expect.any(Number) as number,
      raw: chunks,
    })
  })

  test.for([
    ['\n', '[DONE]'],
    ['\r\n', '[DONE]'],
    ['\n', ''],
  ] as const)('R-18: byte by byte it is the same (%j, %j)', async ([newline, done]) => {
    const text = `: comment\n\n${events(...chunks)}${done && events(done)}`.replaceAll(
      '\n',
      newline,
    )
    await using at = await start(async (_request, response) => {
      response.writeHead(200, eventStream)
      for (const byte of Buffer.from(text)) {
        await new Promise<unknown>((resolve) => response.write(Buffer.of(byte), resolve))
      }
      response.end()
    })
    expect(await read(at.model)).toEqual(['Zürich', ' 🏔'])
    expect(at.server.requests).toHaveLength(1)
  })

  test('an error in the middle of the stream is an error, after the text so far', async () => {
    const error = { message: `Slow down, ${KEY}`, type: 'rate_limit_error' }
    await using at = await start(() => ({
      headers: eventStream,
      body: events(...chunks.slice(0, 2), { error }),
    }))
    const texts: string[] = []
    const stream = at.model.stream('Hi')
    const failure = await failureOf(
      (async () => {
        for await (const { text } of stream) texts.push(text)
      })(),
    )
    expect(texts).toEqual(['Zürich'])
    expect(failure).toMatchObject({ kind: 'rate_limit' })
    expect(failure.message).toBe('acme: API error (rate_limit_error): Slow down, ***')
    await expect(stream.response).rejects.toBe(failure)
  })

  test.for([
    ['ends before the response is complete', events(...chunks.slice(0, 3)), 'network'],
    ['is empty', '', 'network'],
    ['holds what is no JSON', events(chunks[0], '{"choices"'), 'parse'],
  ] as const)('a stream that %s is an error', async ([, body, kind]) => {
    await using at = await start(() => ({ headers: eventStream, body }))
    expect(await failureOf(read(at.model))).toMatchObject({ kind, provider: 'acme' })
  })

  test('a server that does not stream gives one chunk', async () => {
    await using at = await start(() => ({ body: completion }))
    expect(await read(at.model)).toEqual(['Paris'])
    expect(at.server.requests[0]!.json).toMatchObject({ stream: true })
  })

  test('an error status, or an error with status 200, is an error', async () => {
    const error = { message: 'Pay.', code: 'insufficient_quota' }
    for (const status of [429, 200]) {
      await using at = await start(() => ({ status, body: { error } }))
      expect(await failureOf(read(at.model))).toMatchObject({ kind: 'quota' })
    }
  })

  test('a refusal blocks, in pieces too', async () => {
    const piece = (refusal: string) => ({ choices: [{ delta: { refusal } }] })
    const end = { choices: [{ delta: {}, finish_reason: 'stop' }] }
    await using at = await start(() => ({
      headers: eventStream,
      body: events(piece('I can'), piece('not.'), end, '[DONE]'),
    }))
    const stream = at.model.stream('Hi')
    for await (const { text } of stream) expect.fail(`got "${text}"`)
    expect(await stream.response).toMatchObject({
      text: '',
      blocked: { reason: 'I cannot.', source: 'message.refusal' },
    })
  })

  test('a stream that stops in the middle times out', async () => {
    await using at = await start(
      (_request, response) =>
        void response.writeHead(200, eventStream).write(events(...chunks.slice(0, 2))),
      { stallTimeout: 60 },
    )
    expect(await failureOf(read(at.model))).toMatchObject({
      kind: 'timeout',
      message: 'acme: no further chunk within 60 ms (`stallTimeout`).',
    })
    await at.server.requests[0]!.closed
  })

  test('a stream that the caller aborts is cancelled, not complete', async () => {
    await using at = await start(
      (_request, response) =>
        void response.writeHead(200, eventStream).write(events(...chunks.slice(0, 4))),
    )
    const caller = new AbortController()
    const failure = await failureOf(
      (async () => {
        for await (const { text } of at.model.stream('Hi', { signal: caller.signal })) {
          expect(text).toBe('Zürich')
          caller.abort()
        }
      })(),
    )
    expect(failure).toMatchObject({ kind: 'cancelled' })
    await at.server.requests[0]!.closed
  })

  test('O-11: leaving the loop closes the connection', async () => {
    await using at = await start(
      (_request, response) =>
        void response.writeHead(200, eventStream).write(events(...chunks.slice(0, 2))),
    )
    for await (const { text } of at.model.stream('Hi')) {
      expect(text).toBe('Zürich')
      break
    }
    await at.server.requests[0]!.closed
  })
})

describe('embed', () => {
  test('R-19: gives one vector per text, in their order', async () => {
    const data = [
      { index: 1, embedding: [0, 1] },
      { index: 0, embedding: [1, 0.5] },
    ]
    await using at = await start(() => ({ body: { data } }))
    expect(await at.model.embed!(['a', 'b'])).toEqual([
      [1, 0.5],
      [0, 1],
    ])
    expect(at.server.requests).toMatchObject([
      { url: '/v1/embeddings', json: { model: 'small', input: ['a', 'b'] } },
    ])
  })

  test('R-19: a vector too few is an error', async () => {
    await using at = await start(() => ({ body: { data: [{ index: 0, embedding: [1] }] } }))
    const failure = await failureOf(at.model.embed!(['a', 'b']))
    expect(failure).toMatchObject({ kind: 'parse' })
    expect(failure.message).toBe('acme: got 1 embeddings for 2 texts.')
  })

  test('R-19: no texts need no request', async () => {
    await using at = await start(() => ({ status: 500 }))
    expect(await at.model.embed!([])).toEqual([])
    expect(at.server.requests).toEqual([])
  })
})

describe('listModels', () => {
  async function list(answer: Reply) {
    const server = await serve(() => answer)
    onTestFinished(() => server[Symbol.asyncDispose]())
    const provider = bound({ name: 'acme', baseURL: `${server.url}/v1`, apiKeys: [KEY] })
    return { server, models: provider.listModels!({ attempts: 1 }) }
  }

  test('D-19: lists what the server lists', async () => {
    const data = [{ id: 'small', owned_by: 'acme', object: 'model' }, { id: 'vendor/large' }]
    const { server, models } = await list({ body: { object: 'list', data } })
    expect(await models).toEqual([{ id: 'small', ownedBy: 'acme' }, { id: 'vendor/large' }])
    expect(server.requests).toMatchObject([
      { method: 'GET', url: '/v1/models', headers: { authorization: `Bearer ${KEY}` } },
    ])
  })

  test.for([[{ data: [] }], [{ data: null }], [[]]])(
    'X-01: an empty list is an empty list: %j',
    async ([body]) => {
      const { models } = await list({ body })
      expect(await models).toEqual([])
    },
  )

  test.for([
    [{ status: 401, body: { error: { message: 'Who?' } } }, 'auth', 'acme: API error (401): Who?'],
    [
      { status: 404 },
      'not_found',
      'acme: the server has no /models; name a model directly, as in acme/model-name.',
    ],
    [{ body: { error: 'Down.' } }, 'server', 'acme: API error (no status): Down.'],
    [{ body: { models: [] } }, 'parse', 'acme: the response is no list of models.'],
    [
      { body: { error: { message: 'Down.', code: 503 } } },
      'server',
      'acme: API error (503): Down.',
    ],
  ] as const)('D-19, R-19, X-01: an error is an error: %j', async ([answer, kind, message]) => {
    const { models } = await list(answer)
    expect(await failureOf(models)).toMatchObject({ kind, message })
  })
})
