import { connect } from 'node:net'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { type ChaosServer, type Fault, startChaosServer } from './chaos-server.ts'
import { drawFaults } from './chaos/fault.ts'
import { type ChaosRequest, createWindows } from './chaos/ledger.ts'
import { createLimiter, UNLIMITED } from './chaos/limiter.ts'
import { announce } from './chaos/retry-after.ts'

interface Ask {
  readonly key?: string
  readonly stream?: boolean
  readonly anthropic?: boolean
  readonly signal?: AbortSignal
}

function ask(
  { url }: ChaosServer,
  row: string,
  { key = 'key', stream = false, anthropic = false, signal }: Ask = {},
): Promise<Response> {
  return fetch(`${url}/v1/${anthropic ? 'messages' : 'chat/completions'}`, {
    method: 'POST',
    headers: anthropic
      ? { 'x-api-key': key, 'anthropic-version': '2023-06-01' }
      : { authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model: 'some-model',
      max_tokens: 100,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: row },
      ],
      stream,
    }),
    ...(signal && { signal }),
  })
}

async function read(
  server: ChaosServer,
  row: string,
  options?: Ask,
): Promise<{ status: number; headers: Headers; text: string }> {
  const response = await ask(server, row, options)
  return { status: response.status, headers: response.headers, text: await response.text() }
}

function openaiOf({ url }: ChaosServer): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'key', maxRetries: 0 })
}

function anthropicOf({ url }: ChaosServer): Anthropic {
  return new Anthropic({ baseURL: url, apiKey: 'key', maxRetries: 0 })
}

const prompt = [{ role: 'user', content: 'What is six times seven?' }] as const
const toOpenai = { model: 'some-model', messages: [...prompt] }
const toAnthropic = { model: 'some-model', messages: [...prompt], max_tokens: 100 }
const text = 'ok  is six times seven?'

describe('OpenAI', () => {
  test("its SDK reads a completion and a stream's chunks", async () => {
    await using server = await startChaosServer()
    const { completions } = openaiOf(server).chat
    const whole = await completions.create(toOpenai)
    expect(whole).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-\w+$/),
      object: 'chat.completion',
      model: 'some-model',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: text, refusal: null },
          finish_reason: 'stop',
        },
      ],
    })
    const { prompt_tokens: input, completion_tokens: output, total_tokens: sum } = whole.usage!
    expect([output, sum]).toEqual([Math.ceil(text.length / 4), input + output])
    const options = { include_usage: true }
    const stream = completions.stream({ ...toOpenai, stream: true, stream_options: options })
    const streamed = await stream.finalChatCompletion()
    expect(streamed.choices[0]!.message.content).toBe(text)
    expect(streamed.usage).toEqual(whole.usage)
  })

  test('a stream reports usage only where the client asks for it', async () => {
    await using server = await startChaosServer()
    const { text: body } = await read(server, 'Hi', { stream: true })
    expect(body).not.toContain('usage')
    expect(body.endsWith('data: [DONE]\n\n')).toBe(true)
  })

  test('embeddings are vectors of length 1, the same for the same text, in both encodings', async () => {
    await using server = await startChaosServer()
    const request = { model: 'some-model', input: ['a', 'b', 'a'], dimensions: 4 }
    const { data, usage } = await openaiOf(server).embeddings.create(request) // asks for base64
    const plain = await openaiOf(server).embeddings.create({ ...request, encoding_format: 'float' })
    expect(data.map(({ index }) => index)).toEqual([0, 1, 2])
    expect(data[0]!.embedding).toEqual(data[2]!.embedding)
    expect(data[0]!.embedding).not.toEqual(data[1]!.embedding)
    expect(Math.hypot(...plain.data[1]!.embedding)).toBeCloseTo(1, 9)
    expect(plain.data[1]!.embedding[3]).toBeCloseTo(data[1]!.embedding[3]!, 6)
    expect(usage.total_tokens).toBe(usage.prompt_tokens)
  })

  test('lists models, which is no request of a row', async () => {
    await using server = await startChaosServer({ models: ['a', 'b'] })
    const { data } = await openaiOf(server).models.list()
    expect(data.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(server.requests).toHaveLength(1)
    expect(server.report().requests).toBe(0)
  })

  test('what is no request gets its errors', async () => {
    await using server = await startChaosServer()
    const post = (path: string, body: string) =>
      fetch(server.url + path, { method: 'POST', body }).then((response) => response.json())
    expect(await post('/v1/chat/completions', '{"model":"m"}')).toEqual({
      error: {
        message: "Missing required parameter: 'messages'.",
        type: 'invalid_request_error',
        param: null,
        code: null,
      },
    })
    expect(await post('/v1/chat/completions', '{')).toHaveProperty('error.message')
    expect(await post('/v1/nowhere', '{}')).toHaveProperty('error.message', 'Not found')
    expect([...server.report().byStatus]).toEqual([
      [400, 2],
      [404, 1],
    ])
  })
})

describe('Anthropic', () => {
  test("its SDK reads a message and a stream's events", async () => {
    await using server = await startChaosServer()
    const { messages } = anthropicOf(server)
    const whole = await messages.create(toAnthropic)
    expect(whole).toMatchObject({
      id: expect.stringMatching(/^msg_\w+$/),
      type: 'message',
      role: 'assistant',
      content: [{ type: 'text', text }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { output_tokens: Math.ceil(text.length / 4), cache_read_input_tokens: 0 },
    })
    const streamed = await messages.stream(toAnthropic).finalMessage()
    expect(streamed.content).toMatchObject([{ type: 'text', text }])
    expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens)
    expect(streamed.usage.input_tokens).toBe(whole.usage.input_tokens)
  })

  test('a stream has the events of the real one, in its order', async () => {
    await using server = await startChaosServer()
    const { text: body } = await read(server, 'one two', { anthropic: true, stream: true })
    expect(body.match(/^event: \w+$/gm)!.map((line) => line.slice('event: '.length))).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_delta',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ])
  })

  test('a request must have what the real one must', async () => {
    await using server = await startChaosServer()
    const body = JSON.stringify({ model: 'some-model', messages: prompt })
    const post = (headers: Record<string, string>) =>
      fetch(`${server.url}/v1/messages`, { method: 'POST', headers, body })
    expect(await (await post({})).json()).toEqual({
      type: 'error',
      error: { type: 'invalid_request_error', message: 'anthropic-version: header is required' },
      request_id: expect.stringMatching(/^req_/),
    })
    const response = await post({ 'anthropic-version': '2023-06-01' })
    expect(await response.json()).toHaveProperty('error.message', 'max_tokens: Field required')
    expect(response.headers.get('request-id')).toMatch(/^req_/)
  })

  test('lists models', async () => {
    await using server = await startChaosServer()
    const { data } = await anthropicOf(server).models.list()
    expect(data).toMatchObject([{ type: 'model', id: 'some-model' }])
  })
})

describe('faults that are answers', () => {
  const errors: readonly [Fault, number, string | null, string | null, string][] = [
    [{ type: 'rate-limit' }, 429, 'requests', 'rate_limit_exceeded', 'rate_limit_error'],
    [{ type: 'quota' }, 429, 'insufficient_quota', 'insufficient_quota', 'rate_limit_error'],
    [
      { type: 'unauthorized' },
      401,
      'invalid_request_error',
      'invalid_api_key',
      'authentication_error',
    ],
    [{ type: 'server-error' }, 500, 'server_error', null, 'api_error'],
    [{ type: 'server-error', status: 503 }, 503, 'server_error', null, 'api_error'],
    [{ type: 'overloaded' }, 529, 'server_error', null, 'overloaded_error'],
    [{ type: 'filtered-prompt' }, 400, null, 'content_filter', 'invalid_request_error'],
  ]

  test.for(errors)('%o', async ([fault, status, type, code, anthropicType]) => {
    await using server = await startChaosServer({ faults: () => fault })
    const answer = await read(server, 'row', { stream: true })
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.text)).toMatchObject({
      error: { message: expect.any(String), type, code },
    })
    const other = await read(server, 'row', { anthropic: true })
    expect(other.status).toBe(status)
    expect(JSON.parse(other.text)).toMatchObject({
      type: 'error',
      error: { type: anthropicType, message: expect.any(String) },
      request_id: other.headers.get('request-id'),
    })
    expect(server.requests.map(({ outcome }) => outcome)).toEqual(['answered', 'answered'])
  })

  test('one spend limit of Anthropic is told from a rate limit by its code alone', async () => {
    await using server = await startChaosServer({ emptyKeys: ['poor'] })
    const { text: body } = await read(server, 'row', { key: 'poor', anthropic: true })
    expect(JSON.parse(body)).toMatchObject({
      error: { details: { error_code: 'enforced_spend_limit_reached' } },
    })
  })

  test('a refusal is a complete response', async () => {
    await using server = await startChaosServer({ faults: () => 'refusal' })
    const { choices } = await openaiOf(server).chat.completions.create(toOpenai)
    expect(choices[0]).toMatchObject({
      message: { content: null, refusal: expect.any(String) },
      finish_reason: 'stop',
    })
    const message = await anthropicOf(server).messages.create(toAnthropic)
    expect(message).toMatchObject({ content: [], stop_reason: 'refusal' })
    const streamed = await anthropicOf(server).messages.stream(toAnthropic).finalMessage()
    expect(streamed).toMatchObject({ content: [], stop_reason: 'refusal' })
    expect(server.report().delivered).toBe(3)
  })

  test('a filter that takes a response back says so in finish_reason', async () => {
    await using server = await startChaosServer({ faults: () => 'filtered-response' })
    const { choices } = await openaiOf(server).chat.completions.create(toOpenai)
    expect(choices[0]).toMatchObject({ message: { content: '' }, finish_reason: 'content_filter' })
    const { text: body } = await read(server, 'row', { stream: true })
    expect(body).toContain('"finish_reason":"content_filter"')
  })

  test('an error may come with status 200', async () => {
    await using server = await startChaosServer({ faults: () => 'error-body' })
    const whole = await read(server, 'row')
    expect(whole.status).toBe(200)
    expect(JSON.parse(whole.text)).toHaveProperty('error.type', 'server_error')
    const streamed = await read(server, 'row', { stream: true })
    expect(streamed.text).toMatch(/^data: \{"error":.*\n\n$/)
    const other = await read(server, 'row', { stream: true, anthropic: true })
    expect(other.text).toMatch(/^event: error\ndata: \{"type":"error","error":/)
    expect(server.report()).toMatchObject({ requests: 3, delivered: 0 })
  })

  test('an error may end a stream that began well', async () => {
    await using server = await startChaosServer({ faults: () => 'error-event' })
    const events = (await read(server, 'one two three', { stream: true })).text.split('\n\n')
    expect(JSON.parse(events[1]!.slice('data: '.length))).toHaveProperty('choices')
    expect(events.at(-2)).toMatch(/^data: \{"error":/)
    expect(events.at(-1)).toBe('')
  })

  test('what is no JSON is none in a stream either', async () => {
    await using server = await startChaosServer({ faults: () => 'malformed' })
    const whole = await ask(server, 'row')
    await expect(whole.json()).rejects.toThrow(SyntaxError)
    expect((await read(server, 'row', { stream: true })).text).toBe('data: {choices:\n\n')
  })

  test('usage may be missing, and the model may be another', async () => {
    await using server = await startChaosServer({
      faults: ({ row }) => (row === 'unused' ? 'no-usage' : 'wrong-model'),
    })
    const { text: unused } = await read(server, 'unused')
    expect(JSON.parse(unused)).not.toHaveProperty('usage')
    expect(JSON.parse((await read(server, 'row')).text)).toHaveProperty('model', 'another-model')
    const stream = await read(server, 'unused', { stream: true, anthropic: true })
    expect(stream.text).not.toContain('usage')
    expect(server.report().delivered).toBe(3)
  })

  test('nothing may remain after a success', async () => {
    await using server = await startChaosServer({
      faults: () => ({ type: 'no-remaining', seconds: 360 }),
    })
    const { status, headers } = await read(server, 'row')
    expect(status).toBe(200)
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('0')
    expect(headers.get('x-ratelimit-reset-requests')).toBe('6m0s')
    const other = await read(server, 'row', { anthropic: true })
    expect(other.headers.get('anthropic-ratelimit-requests-remaining')).toBe('0')
  })
})

describe('faults of the connection', () => {
  test.for(['hang-up', 'reset', 'truncate'] as const)('%s breaks the response', async (fault) => {
    await using server = await startChaosServer({ faults: () => fault })
    for (const stream of [false, true])
      await expect(read(server, 'row', { stream })).rejects.toThrow()
    await Promise.all(server.requests.map(({ closed }) => closed))
    expect(server.requests.map(({ outcome }) => outcome)).toEqual(['broken', 'broken'])
    expect(server.report()).toMatchObject({ delivered: 0, aborted: 0 })
  })

  test.for([
    ['reset', true],
    ['truncate', false],
  ] as const)('%s comes after half of the body', async ([fault, isReset]) => {
    await using server = await startChaosServer({ faults: () => fault })
    const { received, hadError } = await readRaw(server)
    expect(received).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*content-length: \d+\r\n[^]*\r\n\r\n\{"id":/)
    expect(received).not.toContain('usage')
    expect(hadError).toBe(isReset)
  })

  test('a hang ends when the client leaves, which counts as its abort', async () => {
    await using server = await startChaosServer({ faults: () => 'hang' })
    const leaving = new AbortController()
    const answer = ask(server, 'row', { signal: leaving.signal })
    const request = await server.arrived(1)
    expect(request).toMatchObject({ outcome: 'open', closedAt: undefined })
    leaving.abort()
    await expect(answer).rejects.toThrow('aborted')
    await request.closed
    expect(request).toMatchObject({ outcome: 'aborted', status: 0 })
    expect(request.closedAt).toBeGreaterThan(request.arrivedAt)
    expect(server.report()).toMatchObject({ requests: 1, aborted: 1, delivered: 0 })
  })

  test('a hang ends when the server is disposed of', async () => {
    const server = await startChaosServer({ faults: () => 'hang' })
    const answer = expect(ask(server, 'row')).rejects.toThrow()
    const request = await server.arrived(1)
    await server[Symbol.asyncDispose]()
    await answer
    expect(request.outcome).toBe('broken')
  })

  test('a stream stalls after its first half', async () => {
    await using server = await startChaosServer({ faults: () => 'stall' })
    const leaving = new AbortController()
    const { status, body } = await ask(server, 'row', { stream: true, signal: leaving.signal })
    const { value } = await body!.getReader().read()
    expect(status).toBe(200)
    expect(new TextDecoder().decode(value)).toContain('"role":"assistant"')
    leaving.abort()
    await server.requests[0]!.closed
    expect(server.requests[0]!.outcome).toBe('aborted')
  })

  test('a cut body is whole HTTP and half of the content', async () => {
    await using server = await startChaosServer({ faults: () => 'cut' })
    const whole = await ask(server, 'row')
    await expect(whole.json()).rejects.toThrow(SyntaxError)
    const { text: stream } = await read(server, 'one two three', { stream: true })
    expect(stream).toMatch(/^data: \{[^]*\}\n\n$/)
    expect(stream).not.toMatch(/"finish_reason":"stop"|DONE/)
    expect(server.report()).toMatchObject({ delivered: 0, aborted: 0 })
  })

  test('a dripping response is a good one', async () => {
    await using server = await startChaosServer({ faults: () => ({ type: 'drip', interval: 0 }) })
    expect(JSON.parse((await read(server, 'grüße')).text)).toHaveProperty('choices')
    const { text: stream } = await read(server, 'row', { stream: true })
    expect(stream.endsWith('data: [DONE]\n\n')).toBe(true)
    expect(server.report().delivered).toBe(2)
  })

  test('a slow response waits, but not for a client that has left', async () => {
    await using server = await startChaosServer({ faults: () => ({ type: 'slow', ms: 1_000_000 }) })
    const leaving = new AbortController()
    const answer = ask(server, 'row', { signal: leaving.signal })
    const request = await server.arrived(1)
    leaving.abort()
    await expect(answer).rejects.toThrow('aborted')
    await request.closed
    expect(request.outcome).toBe('aborted')
  })
})

describe('limits', () => {
  test('a bucket lets its burst through, and then what flows in', () => {
    let now = 0
    const { admit, setLimit } = createLimiter({ rate: 2, burst: 3 }, {}, () => now)
    const admitted = () => Array.from({ length: 5 }, () => admit('key').admitted)
    expect(admitted()).toEqual([true, true, true, false, false])
    now = 1000
    expect(admitted()).toEqual([true, true, false, false, false])
    expect(admit('key').budget).toEqual({ limit: 3, remaining: 0, nextMs: 500, resetMs: 1500 })
    now = 1500
    setLimit({ rate: 10, burst: 3 })
    now = 1600
    expect(admitted()).toEqual([true, true, false, false, false])
  })

  test('keys share a limit, have one each, or one of their own', () => {
    const admitted = (...[common, own = {}]: Partial<Parameters<typeof createLimiter>>) => {
      const { admit } = createLimiter(common!, own, () => 0)
      return ['a', 'b', 'a', 'b'].map((key) => admit(key).admitted)
    }
    expect(admitted({ rate: 1 })).toEqual([true, false, false, false])
    expect(admitted({ rate: 1, perKey: true })).toEqual([true, true, false, false])
    expect(admitted({ rate: 1 }, { b: { rate: 1, burst: 9 } })).toEqual([true, true, false, true])
  })

  test('a limit of requests in work answers 429 above it', async () => {
    await using server = await startChaosServer({
      limit: { concurrency: 1 },
      faults: ({ row }) => (row === 'first' ? 'hang' : undefined),
    })
    const leaving = new AbortController()
    const first = ask(server, 'first', { signal: leaving.signal }).catch(() => {})
    const request = await server.arrived(1)
    expect((await read(server, 'second')).status).toBe(429)
    leaving.abort()
    await Promise.all([first, request.closed])
    expect((await read(server, 'second')).status).toBe(200)
    expect(server.report().maxInFlight).toBe(2)
  })

  test('setLimit holds at once', async () => {
    await using server = await startChaosServer({ limit: { rate: 0, burst: 1 } })
    const statuses = async () => [
      (await read(server, 'row')).status,
      (await read(server, 'row')).status,
    ]
    expect(await statuses()).toEqual([200, 429])
    server.setLimit({})
    expect(await statuses()).toEqual([200, 200])
  })

  test('responses report how the limit stands where they are to', async () => {
    await using server = await startChaosServer({
      limit: { rate: 0.001, burst: 5 },
      rateHeaders: true,
    })
    const { headers } = await read(server, 'row')
    expect(headers.get('x-ratelimit-limit-requests')).toBe('5')
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('4')
    expect(headers.get('x-ratelimit-reset-requests')).toMatch(/^16m[\d.]+s$/)
    const other = await read(server, 'row', { anthropic: true })
    expect(other.headers.get('anthropic-ratelimit-requests-remaining')).toBe('3')
  })

  test('dead keys are unauthorized, and empty ones have no quota', async () => {
    await using server = await startChaosServer({ deadKeys: ['dead'], emptyKeys: ['empty'] })
    expect((await read(server, 'row', { key: 'dead' })).status).toBe(401)
    const { status, text: body } = await read(server, 'row', { key: 'empty' })
    expect(status).toBe(429)
    expect(JSON.parse(body)).toHaveProperty('error.code', 'insufficient_quota')
    expect((await read(server, 'row', { key: 'good' })).status).toBe(200)
  })
})

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1, 12, 0, 0, 250)

  test.for([
    [false, {}, undefined],
    [1, { 'retry-after': '1' }, 1000],
    [0.25, { 'retry-after': '0.25' }, 250],
    [{ form: 'milliseconds', seconds: 1.5 }, { 'retry-after-ms': '1500' }, 1500],
    [{ form: 'date', seconds: 1 }, { 'retry-after': 'Thu, 01 Jan 2026 12:00:02 GMT' }, 1750],
    [
      { form: 'openai', seconds: 61.2 },
      { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m1.2s' },
      61_200,
    ],
    [{ form: 'openai', seconds: 0.02 }, { 'x-ratelimit-reset-requests': '20ms' }, 20],
    [{ form: 'openai', seconds: 3600 }, { 'x-ratelimit-reset-requests': '1h0m0s' }, 3_600_000],
    [
      { form: 'anthropic', seconds: 1 },
      {
        'anthropic-ratelimit-requests-remaining': '0',
        'anthropic-ratelimit-requests-reset': '2026-01-01T12:00:02Z',
      },
      1750,
    ],
  ] as const)('%j', ([retryAfter, headers, waitMs]) => {
    const announced = announce(retryAfter, UNLIMITED, now)
    expect(announced.headers).toMatchObject(headers)
    expect(announced.waitMs).toBe(waitMs)
  })

  test('without a time it is what the bucket takes', () => {
    const budget = { ...UNLIMITED, nextMs: 200 }
    expect(announce({ form: 'seconds' }, budget).headers).toEqual({ 'retry-after': '0.2' })
  })

  test('a 429 of a limit has it, and so do faults', async () => {
    await using server = await startChaosServer({
      limit: { rate: 0, burst: 1 },
      retryAfter: 7,
      faults: ({ row }) =>
        row === 'busy' ? { type: 'server-error', status: 503, retryAfter: 3 } : undefined,
    })
    expect((await read(server, 'busy')).headers.get('retry-after')).toBe('3')
    expect((await read(server, 'row')).headers.get('retry-after')).toBe('7')
  })

  test('a fault may do without that of the server', async () => {
    await using server = await startChaosServer({
      retryAfter: 7,
      faults: ({ attempt }) => ({ type: 'rate-limit', ...(attempt > 1 && { retryAfter: false }) }),
    })
    expect((await read(server, 'row')).headers.get('retry-after')).toBe('7')
    expect((await read(server, 'row')).headers.get('retry-after')).toBeNull()
  })
})

describe('windows', () => {
  test('a request to a key that was told to wait is early, and later a violation', () => {
    let now = 0
    const windows = createWindows(50, () => now)
    expect(windows.check('key')).toBe('no')
    windows.open('key', 1000)
    now = 50
    expect(windows.check('key')).toBe('tolerated')
    expect(windows.check('other')).toBe('no')
    now = 51
    expect(windows.check('key')).toBe('violation')
    now = 1000
    expect(windows.check('key')).toBe('no')
  })

  test('a violation does not excuse the next one', () => {
    let now = 0
    const windows = createWindows(50, () => now)
    windows.open('key', 1000)
    now = 900
    windows.open('key', 1000)
    now = 910
    expect(windows.check('key')).toBe('violation')
    now = 1890
    expect(windows.check('key')).toBe('violation')
  })

  test('the server counts them by key', async () => {
    await using server = await startChaosServer({
      limit: { rate: 0, burst: 1, perKey: true },
      retryAfter: 100,
      tolerance: 0,
    })
    for (let i = 0; i < 3; i++) await read(server, `row ${i}`)
    await read(server, 'row', { key: 'other' })
    expect(server.report()).toMatchObject({ violations: 1, tolerated: 0, rateLimited: 2 })
    expect(server.report().byKey.get('key')).toMatchObject({ requests: 3, violations: 1 })
    expect(server.report().byKey.get('other')).toMatchObject({ requests: 1, violations: 0 })
  })
})

describe('account', () => {
  test('a row is the text of the last user message, or what a header says', async () => {
    await using server = await startChaosServer()
    await read(server, 'by text')
    const { chat } = openaiOf(server)
    const part = (said: string) => ({ type: 'text', text: said }) as const
    await chat.completions.create({
      model: 'some-model',
      messages: [
        { role: 'user', content: [part('by'), part('parts')] },
        { role: 'assistant', content: 'Yes' },
      ],
    })
    await chat.completions.create(toOpenai, { headers: { 'x-chaos-row': 'by header' } })
    expect(server.requests.map(({ row }) => row)).toEqual(['by text', 'by\nparts', 'by header'])
  })

  test('requests and complete responses are counted by row', async () => {
    await using server = await startChaosServer({
      faults: ({ row, attempt }) => (row === 'a' && attempt === 1 ? 'server-error' : undefined),
    })
    for (const row of ['a', 'a', 'b', 'c']) await read(server, row)
    const report = server.report()
    expect(Object.fromEntries(report.requestsByRow)).toEqual({ a: 2, b: 1, c: 1 })
    expect(Object.fromEntries(report.deliveredByRow)).toEqual({ a: 1, b: 1, c: 1 })
    expect(Object.fromEntries(report.byFault)).toEqual({ 'server-error': 1 })
    expect(report.wallMs).toBeGreaterThan(0)
  })

  test('requests in flight are counted, overall and by key', async () => {
    await using server = await startChaosServer({ faults: () => 'hang' })
    const leaving = new AbortController()
    const answers = ['a', 'a', 'b'].map((key) =>
      ask(server, 'row', { key, signal: leaving.signal }),
    )
    await server.arrived(3)
    const { byKey, ...all } = server.report()
    expect(all.maxInFlight).toBe(3)
    expect([byKey.get('a')!.maxInFlight, byKey.get('b')!.maxInFlight]).toEqual([2, 1])
    leaving.abort()
    await Promise.allSettled(answers)
  })

  test('an empty report has no wall', async () => {
    await using server = await startChaosServer()
    expect(server.report()).toMatchObject({ requests: 0, maxInFlight: 0, wallMs: 0 })
  })
})

describe('seed', () => {
  const chances = [
    [0.05, 'rate-limit'],
    [0.02, { type: 'server-error', status: 503 }],
  ] as const

  function drawAll(seed: string): (string | undefined)[] {
    const draw = drawFaults(chances, seed)
    return Array.from({ length: 5000 }, (_, i) => {
      const fault = draw({ row: `row ${i}`, attempt: 1 } as ChaosRequest)
      return typeof fault === 'object' ? fault.type : fault
    })
  }

  test('faults come as often as they are to', () => {
    const faults = drawAll('a seed')
    const share = (type: string) => faults.filter((fault) => fault === type).length / 5000
    expect(share('rate-limit')).toBeCloseTo(0.05, 1.5)
    expect(share('server-error')).toBeCloseTo(0.02, 1.5)
  })

  test('the same seed does the same to a row, and another seed something else', () => {
    expect(drawAll('a seed')).toEqual(drawAll('a seed'))
    expect(drawAll('a seed')).not.toEqual(drawAll('another seed'))
  })

  test('neither the order of rows nor what the limit did has a say', async () => {
    const rows = Array.from({ length: 20 }, (_, i) => `row ${i}`)
    const faultsOf = async (order: readonly string[], burst: number) => {
      await using server = await startChaosServer({
        faults: [[0.5, 'server-error']],
        limit: { rate: 0, burst },
      })
      for (const row of order) await read(server, row)
      server.setLimit({})
      for (const row of order) await read(server, row)
      const first = server.requests.filter(({ attempt }) => attempt === 1)
      return Object.fromEntries(first.map(({ row, fault }) => [row, fault?.type]))
    }
    expect(await faultsOf(rows, 100)).toEqual(await faultsOf(rows.toReversed(), 5))
  })
})

/** What arrives on the socket itself, which `fetch` does not tell. */
function readRaw({ url }: ChaosServer): Promise<{ received: string; hadError: boolean }> {
  const body = JSON.stringify(toOpenai)
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => {}) // is told by 'close'
  let received = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    received += chunk
  })
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  return new Promise((resolve) => {
    socket.on('close', (hadError) => resolve({ received, hadError }))
  })
}
