import { describe, expect, test } from 'vitest'
import { type Call, currentCall } from '../../src/model/call.ts'
import { startClock } from '../../src/model/clock.ts'
import { AssayError } from '../../src/model/error.ts'
import type { Desk, PermitOutcome, PermitRequest } from '../../src/model/permit.ts'
import { Secret } from '../../src/model/secret.ts'
import type { Endpoint } from '../../src/request/endpoint.ts'
import type { Middleware } from '../../src/request/pipe.ts'
import { createSeam, type SeamOptions } from '../../src/request/seam.ts'
import { createCall } from './cache/model-call.ts'
import { failureOf as failed } from '../support/failure.ts'
import { type Handler, type HttpServer, type Reply, serve } from '../support/http-server.ts'

const KEYS = ['sk-first-0123456789', 'sk-second-0123456789']

/** A desk that gives leave to all, and remembers. */
function openDesk(give: (request: PermitRequest, count: number) => number = () => 0) {
  const asked: PermitRequest[] = []
  const outcomes: PermitOutcome[] = []
  let inFlight = 0
  const desk: Desk = {
    async acquire(request) {
      asked.push(request)
      inFlight++
      const key = request.pool.keys.length > 0 ? give(request, asked.length) : -1
      return {
        key,
        queuedMs: 0,
        cooledMs: 0,
        release(outcome) {
          inFlight--
          outcomes.push(outcome)
        },
      }
    },
  }
  return { desk, asked, outcomes, inFlight: () => inFlight }
}

type Counter = ReturnType<typeof openDesk>

interface Ready extends AsyncDisposable {
  readonly server: HttpServer
  readonly counter: Counter
  post(init?: RequestInit): Promise<Response>
}

async function start(
  handler: Handler,
  endpoint: Partial<Endpoint> = {},
  { counter = openDesk(), ...options }: Partial<SeamOptions> & { counter?: Counter } = {},
): Promise<Ready> {
  const server = await serve(handler)
  const seam = createSeam({ desk: counter.desk, random: () => 0, ...options })
  const request = seam({ provider: 'acme', model: 'small', ...endpoint })
  return {
    server,
    counter,
    post: (init = {}) =>
      request(`${server.url}/v1/chat`, { method: 'POST', body: '{"q":1}', ...init }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** Answers one request after the other; the last reply stays. */
function inTurn(...replies: readonly Reply[]): Handler {
  let count = 0
  return () => replies[Math.min(count++, replies.length - 1)]!
}

function failure(status: number, headers: Record<string, string> = {}, code = 'oops'): Reply {
  return { status, headers, body: { error: { message: 'not now', code } } }
}

const fine: Reply = { body: { text: 'Paris', usage: { total_tokens: 17 } } }

const failureOf = (call: Promise<unknown>) => failed(call, ...KEYS)

function callOf(streaming = false): Call {
  return { ...createCall(), streaming }
}

describe('what is sent again', () => {
  test.for([500, 502, 503, 529, 408, 409])('H-23: %i is, until it works', async (status) => {
    await using at = await start(inTurn(failure(status), failure(status), fine))
    const response = await at.post()
    expect(await response.json()).toEqual(fine.body)
    expect(at.server.requests.map(({ text }) => text)).toEqual(Array(3).fill('{"q":1}'))
  })

  test('four attempts are made, and the error says so', async () => {
    await using at = await start(() => failure(500))
    const error = await failureOf(at.post())
    expect(error).toMatchObject({ kind: 'server', status: 500, attempts: 4 })
    expect(error.message).toBe('acme: API error (500): not now (4 attempts)')
    expect(at.server.requests).toHaveLength(4)
  })

  test.for([
    [400, 'invalid_request'],
    [404, 'not_found'],
    [413, 'context_window'],
    [422, 'invalid_request'],
    [302, 'config'],
  ] as const)('%i is not: %s', async ([status, kind]) => {
    await using at = await start(() => failure(status), { keys: KEYS.map((k) => new Secret(k)) })
    expect(await failureOf(at.post({ redirect: 'manual' }))).toMatchObject({ kind, attempts: 1 })
    expect(at.server.requests).toHaveLength(1)
  })

  test('H-23: `attempts: 1` is exactly one request, and its real error', async () => {
    await using at = await start(() => failure(503), { settings: { attempts: 1 } })
    expect((await failureOf(at.post())).message).toBe('acme: API error (503): not now')
    expect(at.server.requests).toHaveLength(1)
  })

  test('a 429 costs no attempt', async () => {
    const limited = Array.from({ length: 7 }, () => failure(429))
    await using at = await start(inTurn(...limited, failure(500), fine), {
      settings: { attempts: 2 },
    })
    expect((await at.post()).ok).toBe(true)
    expect(at.server.requests).toHaveLength(9)
    const again = at.counter.asked.map((request) => request.again)
    expect(again).toEqual([false, ...Array<boolean>(8).fill(true)])
  })

  test('D-29: a word in a text is never a reason', async () => {
    const body = { error: { message: 'I have 500 connections, a timeout and a rate limit' } }
    await using at = await start(() => ({ status: 400, body }))
    expect((await failureOf(at.post())).kind).toBe('invalid_request')
    expect(at.server.requests).toHaveLength(1)
  })

  test('a connection that breaks in the middle of a body is', async () => {
    let count = 0
    await using at = await start((_request, response) => {
      if (count++ > 0) return fine
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
      response.write('{"text":', () => response.socket!.resetAndDestroy())
      return undefined
    })
    expect((await at.post()).ok).toBe(true)
    expect(at.server.requests).toHaveLength(2)
  })

  test('a 200 with an error in its body is, by the kind of that error', async () => {
    const overloaded = { body: { error: { message: 'busy', type: 'overloaded_error' } } }
    await using at = await start(inTurn(overloaded, fine))
    expect(await (await at.post()).json()).toEqual(fine.body)
    const invalid = { body: { error: { message: 'no', type: 'invalid_request_error' } } }
    await using other = await start(() => invalid)
    expect((await failureOf(other.post())).kind).toBe('invalid_request')
    expect(other.server.requests).toHaveLength(1)
  })

  test('a 200 that cannot be read is not: it was paid for', async () => {
    await using at = await start(() => ({
      headers: { 'content-type': 'application/json' },
      body: '{"text": "Par',
    }))
    expect(await (await at.post()).text()).toBe('{"text": "Par')
    expect(at.server.requests).toHaveLength(1)
  })

  test('the wait is never shorter than the server asks for', async () => {
    await using at = await start(inTurn(failure(503, { 'retry-after-ms': '80' }), fine))
    const started = performance.now()
    await at.post()
    expect(performance.now() - started).toBeGreaterThanOrEqual(79)
  })

  test('a 200 with a number called `error` is an answer', async () => {
    await using at = await start(() => ({ body: { error: 0.02 } }))
    expect(await (await at.post()).json()).toEqual({ error: 0.02 })
  })

  test('a wait beyond the deadline is not begun', async () => {
    await using at = await start(() => failure(503, { 'retry-after': '30' }), {
      settings: { deadline: 5000 },
    })
    expect(await failureOf(at.post())).toMatchObject({ kind: 'server', attempts: 1 })
  })
})

describe('what a call is told', () => {
  test('how many requests it took, how long it waited, and when the response was there', async () => {
    await using at = await start(inTurn(failure(503, { 'retry-after-ms': '60' }), fine))
    const call = callOf()
    const began = performance.now()
    await currentCall.run(call, () => at.post())
    expect(call.attempts).toBe(2)
    expect(call.waitedMs).toBeGreaterThanOrEqual(59)
    expect(call.endedAt).toBeGreaterThan(began + call.waitedMs)
  })
})

describe('keys', () => {
  const keys = KEYS.map((key) => new Secret(key))

  test('a key goes into the header, the Authorization by default, and its id says nothing of it', async () => {
    await using at = await start(() => fine, { keys }, { keySalt: 'salt' })
    await at.post()
    expect(at.server.requests[0]!.headers.authorization).toBe(`Bearer ${KEYS[0]}`)
    const { pool } = at.counter.asked[0]!
    expect(pool.keys).toHaveLength(2)
    expect(pool.keys.every((id) => /^[0-9a-f]{12}$/.test(id))).toBe(true)
    const other = openDesk()
    await using salted = await start(() => fine, { keys }, { keySalt: 'other', counter: other })
    await salted.post()
    expect(other.asked[0]!.pool.keys).not.toEqual(pool.keys)
  })

  test('R-26: 401 goes on with another key, and tells the desk', async () => {
    const counter = openDesk((_request, count) => count - 1)
    await using at = await start(inTurn(failure(401), fine), { keys }, { counter })
    expect((await at.post()).ok).toBe(true)
    expect(at.server.requests.map(({ headers }) => headers.authorization)).toEqual(
      KEYS.map((key) => `Bearer ${key}`),
    )
    expect(counter.outcomes.map(({ failure: kind }) => kind)).toEqual(['auth', null])
    expect(counter.asked[1]!.avoid).toBe(0)
  })

  test('with one key, 401 is the error at once', async () => {
    await using at = await start(() => failure(401), { keys: [new Secret(KEYS[0]!)] })
    expect((await failureOf(at.post())).kind).toBe('auth')
    expect(at.server.requests).toHaveLength(1)
  })

  test('R-30: 400 never rotates', async () => {
    await using at = await start(() => failure(400), { keys })
    await failureOf(at.post())
    expect(at.server.requests).toHaveLength(1)
  })

  test('a quota that comes back in time is waited for, also with one key', async () => {
    const quota = failure(429, { 'retry-after': '1' }, 'insufficient_quota')
    await using at = await start(inTurn(quota, fine), { keys: [new Secret(KEYS[0]!)] })
    expect((await at.post()).ok).toBe(true)
    expect(at.counter.asked[1]!.patienceMs).toBeLessThanOrEqual(600_000)
  })

  test('R-32: three quota errors in a row are the fault of the request', async () => {
    const many = Array.from({ length: 5 }, (_, i) => new Secret(`sk-${i}-0123456789`))
    const counter = openDesk((_request, count) => count - 1)
    const quota = failure(429, {}, 'insufficient_quota')
    await using at = await start(() => quota, { keys: many }, { counter })
    const error = await failureOf(at.post())
    expect(error.kind).toBe('quota')
    expect(error.message).toContain('the request may be too large')
    expect(at.server.requests).toHaveLength(3)
  })

  test('D-16: a key that the server echoes is not in the error', async () => {
    await using at = await start(
      ({ headers }) => ({ status: 400, body: { error: { message: headers.authorization } } }),
      { keys },
    )
    expect((await failureOf(at.post())).message).toBe('acme: API error (400): Bearer ***')
  })
})

describe('a follow-up', () => {
  const keys = KEYS.map((key) => new Secret(key))

  /** Asks a second time, as if the first answer had only said where to. */
  const followUp: Middleware = (next) => async (url, init) => {
    await next(url, init)
    return next(`${new Request(url).url}/2`, init)
  }

  test('goes out under the same permit, with the same key', async () => {
    const counter = openDesk(() => 1)
    await using at = await start(() => fine, { keys, followUp }, { counter })
    expect(await (await at.post()).json()).toEqual(fine.body)
    expect(at.server.requests.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/v1/chat', `Bearer ${KEYS[1]}`],
      ['/v1/chat/2', `Bearer ${KEYS[1]}`],
    ])
    expect(counter.outcomes).toEqual([{ failure: null, tokens: 17 }])
  })

  test('that fails is a failure of the request, which is sent again as a whole', async () => {
    await using at = await start(inTurn(fine, failure(503), fine), { followUp })
    expect((await at.post()).ok).toBe(true)
    const urls = at.server.requests.map(({ url }) => url)
    expect(urls).toEqual(['/v1/chat', '/v1/chat/2', '/v1/chat', '/v1/chat/2'])
  })
})

test('a stream of JSON lines that calls itself JSON is handed on line by line, where that is known', async () => {
  const rest = Promise.withResolvers<void>()
  const handler: Handler = async (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"n":1}\n')
    await rest.promise
    response.end('{"n":2}\n')
  }
  await using at = await start(handler, { jsonLines: true })
  const response = await currentCall.run(callOf(true), () => at.post())
  rest.resolve()
  expect(response.headers.get('content-type')).toBe('application/x-ndjson')
  expect(await response.text()).toBe('{"n":1}\n{"n":2}\n')
})

describe('a request that cannot be sent', () => {
  const cases: Record<string, (at: Ready) => Promise<unknown>> = {
    'a header with a character that HTTP does not allow': ({ post }) =>
      post({ headers: { 'x-trace': 'ключ' } }),
    'a method that is none': ({ post }) => post({ method: 'P O', body: new Blob(['x']) }),
  }

  test.for(Object.entries(cases))('%s is a clear error, and holds no permit', async ([, send]) => {
    await using at = await start(() => fine)
    expect((await failureOf(send(at))).kind).toBe('config')
    expect(at.counter.inFlight()).toBe(0)
    expect(at.server.requests).toHaveLength(0)
  })

  test('a key that no header takes is not shown, and its permit is given back', async () => {
    await using at = await start(() => fine, { keys: [new Secret(`${KEYS[0]}\nx`)] })
    const error = await failureOf(at.post())
    expect(error.message).toBe(
      'acme: a header, or a key, holds a character that HTTP does not allow.',
    )
    expect(at.counter.inFlight()).toBe(0)
  })

  test.for(['/relative', 'http://user:sk-first-0123456789@host/', 'nonsense'])(
    'the URL %j is refused and not shown',
    async (url) => {
      const { desk } = openDesk()
      const error = await failureOf(createSeam({ desk })({ provider: 'acme' })(url))
      expect(error.kind).toBe('config')
      expect(error.message).not.toContain(url)
    },
  )
})

describe('time', () => {
  test('D-17: an attempt that hangs ends at `timeout`, and is made again', async () => {
    let count = 0
    await using at = await start(() => (count++ > 0 ? fine : undefined), {
      settings: { timeout: 100 },
    })
    expect((await at.post()).ok).toBe(true)
    expect(at.counter.outcomes.map((outcome) => outcome.failure)).toEqual(['timeout', null])
    await at.server.requests[0]!.closed
  })

  test('R-34: the deadline is over all attempts, and says what was wrong before', async () => {
    let count = 0
    await using at = await start(() => (count++ > 0 ? undefined : failure(500)), {
      settings: { deadline: 150 },
    })
    const error = await failureOf(at.post())
    expect(error).toMatchObject({ kind: 'timeout', attempts: 2 })
    expect(error.message).toBe(
      'acme: no response within the `deadline` of 150 ms. Before that: acme: API error (500): not now',
    )
    await at.server.requests[1]!.closed
  })

  test('an abort reaches the socket, and its reason the caller', async () => {
    const abort = new AbortController()
    const reason = new AssayError('the row is over', { kind: 'timeout' })
    await using at = await start(() => abort.abort(reason))
    expect(await failureOf(at.post({ signal: abort.signal }))).toMatchObject({
      kind: 'timeout',
      message: expect.stringContaining('the row is over'),
    })
    await at.server.requests[0]!.closed
    expect(at.server.requests).toHaveLength(1)
  })

  test('an abort ends a back-off', async () => {
    const abort = new AbortController()
    await using at = await start(() => failure(503, { 'retry-after': '30' }))
    const call = at.post({ signal: abort.signal })
    const ended = failureOf(call)
    await expect.poll(() => at.counter.outcomes.length).toBe(1)
    abort.abort()
    await ended
    expect(at.server.requests).toHaveLength(1)
  })

  test('the wait for a permit stops the clocks of the request and of the row; a cool-down does not', async () => {
    let grant = () => {}
    const waited = Promise.withResolvers<void>()
    const desk: Desk = {
      acquire: () =>
        new Promise((resolve) => {
          grant = () => resolve({ key: -1, queuedMs: 0, cooledMs: 40_000, release: () => {} })
          waited.resolve()
        }),
    }
    const clock = startClock(60_000, () => {})
    await using at = await start(() => fine, { settings: { deadline: 60_000 } }, { desk })
    const answered = currentCall.run({ ...callOf(), clock }, () => at.post())
    await waited.promise
    const before = clock.remainingMs
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(clock.remainingMs).toBe(before)
    grant()
    await answered
    expect(clock.remainingMs).toBeLessThanOrEqual(before - 40_000)
    clock.stop()
  })

  test('who gives out permits learns the time of the row where it is the shorter one', async () => {
    const clock = startClock(1000, () => {})
    await using at = await start(() => fine)
    await currentCall.run({ ...callOf(), clock }, () => at.post())
    expect(at.counter.asked[0]!.patienceMs).toBeLessThanOrEqual(1000)
    clock.stop()
  })
})

describe('streams', () => {
  test('whose reader leaves at [DONE] count as whole, also where the server does not end them', async () => {
    for (const isEnded of [true, false]) {
      await using at = await start((_request, response) => {
        response.writeHead(200, sse)
        response.write(event('Paris'))
        response.write('data: [DONE]\n\n')
        if (isEnded) setTimeout(() => response.end(), 30)
      })
      const response = await at.post()
      const decoder = new TextDecoder()
      for await (const chunk of response.body!) if (decoder.decode(chunk).includes('[DONE]')) break
      await expect.poll(() => at.counter.inFlight()).toBe(0)
      expect(at.counter.outcomes[0]!.failure).toBe(isEnded ? null : 'cancelled')
    }
  })

  const event = (text: string) => `data: ${JSON.stringify({ text })}\n\n`
  const sse = { 'content-type': 'text/event-stream' }

  test('are handed on as they come, and their permit is held until the end', async () => {
    const ended = Promise.withResolvers<void>()
    await using at = await start(async (_request, response) => {
      response.writeHead(200, sse)
      response.write(event('Pa'))
      await ended.promise
      response.end(event('ris'))
    })
    const response = await at.post()
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader.read()).value).toBe(event('Pa'))
    expect(at.counter.inFlight()).toBe(1)
    ended.resolve()
    expect((await reader.read()).value).toBe(event('ris'))
    expect((await reader.read()).done).toBe(true)
    expect(at.counter.inFlight()).toBe(0)
  })

  test('free their permit although nobody reads them', async () => {
    await using at = await start(() => ({ headers: sse, body: event('Paris') }))
    await at.post()
    await expect.poll(() => at.counter.inFlight()).toBe(0)
  })

  test('R-36: break before the first event and are sent again, and never after it', async () => {
    let count = 0
    const broken: Handler = (_request, response) => {
      response.writeHead(200, sse)
      const begin = count++ === 0 ? '' : event('Pa')
      response.write(`${begin}data: {`, () => response.socket!.resetAndDestroy())
    }
    await using at = await start(broken)
    const response = await at.post()
    expect(await failureOf(response.text())).toMatchObject({ kind: 'network' })
    expect(at.server.requests).toHaveLength(2)
    expect(at.counter.outcomes.map((outcome) => outcome.failure)).toEqual(['network', 'network'])
  })

  test('that begin with an error are sent again by its kind', async () => {
    const overloaded =
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n'
    await using at = await start(
      inTurn({ headers: sse, body: overloaded }, { headers: sse, body: event('Paris') }),
    )
    expect(await (await at.post()).text()).toBe(event('Paris'))
    expect(at.server.requests).toHaveLength(2)
  })

  test('that begin with comments have not begun: an error behind them is sent again', async () => {
    const overloaded =
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n'
    const comments = ': PROCESSING\n\n: PROCESSING\n\n'
    await using at = await start(
      inTurn(
        { headers: sse, body: comments + overloaded },
        { headers: sse, body: comments + event('Paris') },
      ),
    )
    expect(await (await at.post()).text()).toBe(comments + event('Paris'))
    expect(at.server.requests).toHaveLength(2)
  })

  test('R-35: that stall end at `stallTimeout`', async () => {
    await using at = await start(
      (_request, response) => {
        response.writeHead(200, sse)
        response.write(event('Pa'))
      },
      { settings: { stallTimeout: 100 } },
    )
    const response = await at.post()
    const error = await failureOf(response.text())
    expect(error.message).toBe('acme: no further chunk within 100 ms (`stallTimeout`).')
    await at.server.requests[0]!.closed
  })

  test('R-35: that do not begin end at `firstTokenTimeout`, and are sent again', async () => {
    let count = 0
    await using at = await start(
      (_request, response) => {
        if (count++ > 0) return { headers: sse, body: event('Paris') }
        response.writeHead(200, sse)
        response.flushHeaders()
        return undefined
      },
      { settings: { firstTokenTimeout: 100 } },
    )
    const response = await currentCall.run(callOf(true), () => at.post())
    expect(await response.text()).toBe(event('Paris'))
  })

  test('that turn out to be none have the time of a whole response', async () => {
    await using at = await start(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.flushHeaders()
      },
      { settings: { firstTokenTimeout: 500, timeout: 600, attempts: 1 } },
    )
    const error = await failureOf(currentCall.run(callOf(true), () => at.post()))
    expect(error.message).toBe('acme: no complete response within 600 ms (`timeout`).')
  })

  test('that are left break the connection off', async () => {
    await using at = await start((_request, response) => {
      response.writeHead(200, sse)
      response.write(event('Pa'))
    })
    const response = await at.post()
    await response.body!.cancel()
    await at.server.requests[0]!.closed
    await expect.poll(() => at.counter.inFlight()).toBe(0)
  })
})

describe('what the desk is told', () => {
  test('the tokens that a request may take, and those that it took', async () => {
    await using at = await start(() => fine)
    await at.post({ body: JSON.stringify({ prompt: 'x'.repeat(388), max_tokens: 50 }) })
    expect(at.counter.asked[0]!.tokens).toBeGreaterThanOrEqual(150)
    expect(at.counter.asked[0]!.tokens).toBeLessThan(160)
    expect(at.counter.outcomes).toEqual([{ failure: null, tokens: 17 }])
  })

  test('how long the server asks to wait', async () => {
    await using at = await start(inTurn(failure(429, { 'retry-after': '7' }), fine))
    await at.post()
    expect(at.counter.outcomes[0]).toEqual({ failure: 'rate_limit', retryAfterMs: 7000 })
  })

  test('after 300 random outcomes nothing is in flight', async () => {
    const replies: Reply[] = [fine, failure(500), failure(429), failure(400), failure(401)]
    let seed = 7
    const next = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
    await using at = await start(
      (_request, response) => {
        const pick = Math.floor(next() * (replies.length + 1))
        if (pick === replies.length) response.socket!.resetAndDestroy()
        return replies[pick]
      },
      { settings: { attempts: 2 } },
    )
    await Promise.allSettled(
      Array.from({ length: 300 }, (_, i) =>
        at.post(i % 7 === 0 ? { signal: AbortSignal.timeout(1 + (i % 20)) } : {}),
      ),
    )
    await expect.poll(() => at.counter.inFlight()).toBe(0)
  })
})

test('a body that can be read once is sent as often as it takes', async () => {
  await using at = await start(inTurn(failure(500), fine))
  const seam = createSeam({ desk: at.counter.desk, random: () => 0 })
  const request = new Request(at.server.url, { method: 'POST', body: new Blob(['once']) })
  expect((await seam({ provider: 'acme' })(request)).ok).toBe(true)
  expect(at.server.requests.map(({ text }) => text)).toEqual(['once', 'once'])
})

test('settings of the endpoint go over those of its model, its provider, and the default', async () => {
  const settings = {
    default: { attempts: 3 },
    acme: { attempts: 2 },
    'acme/big': { attempts: 1 },
  }
  const attemptsOf = async (endpoint: Partial<Endpoint>) => {
    await using at = await start(() => failure(500), endpoint, { settings })
    await failureOf(at.post())
    return at.server.requests.length
  }
  expect(await attemptsOf({ provider: 'other' })).toBe(3)
  expect(await attemptsOf({})).toBe(2)
  expect(await attemptsOf({ model: 'big' })).toBe(1)
  expect(await attemptsOf({ model: 'big', settings: { attempts: 4 } })).toBe(4)
})
