import { mkdtempSync, rmSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { currentCall } from '../../src/model/call.ts'
import { AssayError } from '../../src/model/error.ts'
import { type Cache, openCache } from '../../src/request/cache/open-cache.ts'
import { cache } from '../../src/request/cache.ts'
import type { CacheOptions } from '../../src/request/cache/options.ts'
import type { CacheUse } from '../../src/request/endpoint.ts'
import type { Fetch } from '../../src/request/pipe.ts'
import { type HttpServer, type Reply, serve } from '../support/http-server.ts'
import { skipRedis, startRedis } from '../support/redis-server.ts'
import { createCall, modelCall, question, send } from './cache/model-call.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-cache-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function open(options: CacheOptions = {}, now?: () => number) {
  const notices: string[] = []
  const opened = openCache(
    { store: 'memory', ...options },
    { notice: (line) => notices.push(line), now },
  )
  return Object.assign(opened, { notices })
}

function through(opened: Cache, use?: CacheUse, next: Fetch = send): Fetch {
  const settings = use === undefined ? {} : { settings: { cache: use } }
  return cache({ endpoint: { provider: 'acme', model: 'm', ...settings }, cache: opened })(next)
}

/** Answers `1`, `2` and so on. */
function counting(reply: Reply = {}): Promise<HttpServer> {
  let count = 0
  return serve(() => ({ body: { n: ++count }, ...reply }))
}

/** Answers when it is told to. */
async function waiting(): Promise<HttpServer & { readonly asked: Promise<ServerResponse> }> {
  const asked = Promise.withResolvers<ServerResponse>()
  const server = await serve((_, response) => asked.resolve(response))
  return Object.assign(server, { asked: asked.promise })
}

describe.for([
  { store: 'memory', path: undefined },
  { store: 'sqlite', path: join(folder, 'a.sqlite') },
  { store: 'redis', path: undefined },
] as const)('with the store $store', ({ store, path }) => {
  const withStore = test.skipIf(store === 'redis' && skipRedis)

  withStore('200 identical calls are one request, and later ones none', async () => {
    await using redis = store === 'redis' ? await startRedis() : undefined
    await using server = await counting()
    const options: CacheOptions = { store, path, url: redis?.url }
    await using opened = open(options)
    const fetch = through(opened)
    const calls = await Promise.all(Array.from({ length: 200 }, () => modelCall(fetch, server.url)))
    expect(new Set(calls.map(({ text }) => text))).toEqual(new Set(['{"n":1}']))
    expect(calls.filter(({ call }) => !call.cached)).toHaveLength(1)
    expect(calls.map(({ call }) => call.attempts).reduce((a, b) => a + b)).toBe(1)
    const later = await modelCall(fetch, server.url)
    expect(later).toMatchObject({ text: '{"n":1}', call: { cached: true, attempts: 0 } })
    expect(later.response.headers.get('content-type')).toBe('application/json')
    expect(server.requests).toHaveLength(1)
    await opened.close()

    if (store === 'memory') return
    await using another = open(options)
    expect(await modelCall(through(another), server.url)).toMatchObject({
      text: '{"n":1}',
      call: { cached: true },
    })
    expect(server.requests).toHaveLength(1)
    expect(another.notices).toEqual([])
  })
})

describe('O-32: what is another request', () => {
  test.for([
    ['another trial', { trial: 1 }],
    ['another model', { body: { ...question, model: 'n' } }],
    ['another system message', { body: { ...question, system: 'Be brief.' } }],
    ['another option', { body: { ...question, temperature: 0 } }],
    ['another header', { headers: { 'x-beta': 'on' } }],
  ] as const)('%s', async ([, options]) => {
    await using server = await counting()
    await using opened = open()
    const fetch = through(opened)
    expect((await modelCall(fetch, server.url)).text).toBe('{"n":1}')
    expect((await modelCall(fetch, server.url, options)).text).toBe('{"n":2}')
    expect((await modelCall(fetch, server.url)).text).toBe('{"n":1}')
  })

  test('that of another provider', async () => {
    await using server = await counting()
    await using opened = open()
    const other = cache({ endpoint: { provider: 'other', model: 'm' }, cache: opened })(send)
    expect((await modelCall(through(opened), server.url)).text).toBe('{"n":1}')
    expect((await modelCall(other, server.url)).text).toBe('{"n":2}')
  })

  test('one whose fields stand in another order is the same, and so is one with another key', async () => {
    await using server = await counting()
    await using opened = open()
    const fetch = through(opened)
    await modelCall(fetch, server.url, { body: { a: 1, b: { c: 1, d: 2 } } })
    await modelCall(fetch, server.url, {
      body: { b: { d: 2, c: 1 }, a: 1 },
      headers: { authorization: 'Bearer another' },
    })
    expect(server.requests).toHaveLength(1)
  })
})

describe('what is kept', () => {
  test.for([
    ['stop', null, true],
    ['tool_calls', null, true],
    ['length', null, false],
    ['content_filter', null, false],
    ['unknown', null, false],
    ['stop', { reason: 'refused', source: 'refusal' }, false],
  ] as const)('finish reason %s, blocked %j: %s', async ([finishReason, blocked, isKept]) => {
    await using server = await counting()
    await using opened = open()
    const fetch = through(opened)
    await modelCall(fetch, server.url, { understood: { finishReason, blocked } })
    expect((await modelCall(fetch, server.url)).call.cached).toBe(isKept)
  })

  test('an error is not, whether it is a response or thrown', async () => {
    const replies = [{ status: 500, body: 'broken' }, { body: 'good' }]
    await using server = await serve(() => replies.shift() ?? {})
    await using opened = open()
    const fetch = through(opened)
    expect(await modelCall(fetch, server.url)).toMatchObject({ text: 'broken' })
    expect(await modelCall(fetch, server.url)).toMatchObject({
      text: 'good',
      call: { cached: false },
    })
    expect(await modelCall(fetch, server.url)).toMatchObject({
      text: 'good',
      call: { cached: true },
    })

    const failure = new AssayError('broken', { kind: 'server' })
    let sent = 0
    const failing = through(opened, undefined, async () => {
      if (++sent === 1) throw failure
      return new Response('good')
    })
    const url = 'http://elsewhere.dev'
    await expect(modelCall(failing, url)).rejects.toBe(failure)
    expect(await modelCall(failing, url)).toMatchObject({ text: 'good', call: { cached: false } })
  })

  test('a response that the provider did not understand is not', async () => {
    await using server = await counting()
    await using opened = open()
    const fetch = through(opened)
    const call = createCall()
    await currentCall.run(call, async () => {
      await (await fetch(server.url, { method: 'POST', body: '{}' })).text()
    })
    expect(opened.flights.size).toBe(0)
    await currentCall.run(createCall(), async () => {
      await (await fetch(server.url, { method: 'POST', body: '{}' })).text()
    })
    expect(server.requests).toHaveLength(2)
  })

  test('a body that breaks off is not, and all who read it hear of it', async () => {
    let count = 0
    await using server = await serve((_, response) => {
      if (++count > 1) return { body: 'whole' }
      response.writeHead(200, { 'content-length': '100' })
      response.write('part', () => response.destroy())
      return undefined
    })
    await using opened = open()
    const fetch = through(opened)
    const both = [modelCall(fetch, server.url), modelCall(fetch, server.url)]
    for (const { status } of await Promise.allSettled(both)) expect(status).toBe('rejected')
    expect(await modelCall(fetch, server.url)).toMatchObject({
      text: 'whole',
      call: { cached: false },
    })
  })

  test('a request that is no model call, reads only, or has a body that cannot be read twice is none of its business', async () => {
    await using server = await counting()
    await using opened = open()
    const fetch = through(opened)
    const post = { method: 'POST', body: '{}' }
    for (let i = 0; i < 2; i++) await fetch(server.url, post)
    for (let i = 0; i < 2; i++) {
      await currentCall.run(createCall(), () => fetch(server.url))
      await currentCall.run(createCall(), () => fetch(new Request(server.url, post)))
      await currentCall.run(createCall(), () => {
        const body = new Blob(['{}']).stream()
        return fetch(server.url, { method: 'POST', body, duplex: 'half' })
      })
    }
    expect(server.requests).toHaveLength(8)
  })
})

describe('the modes', () => {
  test('`read` takes and does not keep', async () => {
    await using server = await counting()
    await using opened = open()
    const reading = through(opened, 'read')
    await modelCall(reading, server.url)
    expect((await modelCall(reading, server.url)).text).toBe('{"n":2}')
    await modelCall(through(opened), server.url)
    expect(await modelCall(reading, server.url)).toMatchObject({
      text: '{"n":3}',
      call: { cached: true },
    })
  })

  test('`refresh` keeps and does not take', async () => {
    await using server = await counting()
    await using opened = open()
    const fetch = through(opened)
    await modelCall(fetch, server.url)
    const refreshed = await modelCall(through(opened, 'refresh'), server.url)
    expect(refreshed).toMatchObject({ text: '{"n":2}', call: { cached: false } })
    expect((await modelCall(fetch, server.url)).text).toBe('{"n":2}')
  })

  test('`refresh` does not join those who take', async () => {
    await using server = await counting()
    await using opened = open()
    await modelCall(through(opened), server.url)
    const [taken, refreshed] = await Promise.all([
      modelCall(through(opened), server.url),
      modelCall(through(opened, 'refresh'), server.url),
    ])
    expect([taken.text, refreshed.text]).toEqual(['{"n":1}', '{"n":2}'])
  })

  test('`off` is nothing at all', () => {
    expect(through(open({ mode: 'off' }))).toBe(send)
    expect(through(open(), 'off')).toBe(send)
    expect(through(open(), { mode: 'off' })).toBe(send)
    expect(through(open({ mode: 'off' }), 'write')).not.toBe(send)
  })

  test('a setting that is wrong is named with its provider', () => {
    expect(() => through(open(), { ttl: 'soon' })).toThrow('acme: cache: `ttl`: expected a time')
  })
})

test('a response stays good for its time: the shorter one of when it was kept and when it is taken', async () => {
  let now = Date.now()
  await using server = await counting()
  await using opened = open({ ttl: '1h' }, () => now)
  const fetch = through(opened)
  await modelCall(fetch, server.url)
  now += 3_599_000
  expect((await modelCall(fetch, server.url)).text).toBe('{"n":1}')
  expect((await modelCall(through(opened, { ttl: '1m' }), server.url)).text).toBe('{"n":2}')
  await opened.flush()
  now += 61_000
  expect((await modelCall(fetch, server.url)).text).toBe('{"n":3}')
})

describe('those who wait for the same', () => {
  test('5 wait, the first one aborts: it hears its reason at once, the others get the one response', async () => {
    await using server = await waiting()
    await using opened = open()
    const fetch = through(opened)
    const stop = new AbortController()
    const first = modelCall(fetch, server.url, { signal: stop.signal })
    const others = Array.from({ length: 4 }, () => modelCall(fetch, server.url))
    const response = await server.asked
    const reason = new Error('the row has no time left')
    stop.abort(reason)
    await expect(first).rejects.toBe(reason)
    response.end('answer')
    const calls = await Promise.all(others)
    expect(calls.map(({ text }) => text)).toEqual(['answer', 'answer', 'answer', 'answer'])
    // one of them has paid, and says with how many requests
    expect(calls.map(({ call }) => call.cached)).toEqual([false, true, true, true])
    expect(calls.map(({ call }) => call.attempts)).toEqual([1, 0, 0, 0])
    expect(server.requests).toHaveLength(1)
    expect((await modelCall(fetch, server.url)).text).toBe('answer')
  })

  test('when all have gone, the request is ended, and the next one begins anew', async () => {
    await using server = await waiting()
    await using opened = open()
    const fetch = through(opened)
    const stops = Array.from({ length: 3 }, () => new AbortController())
    const calls = stops.map(({ signal }) => modelCall(fetch, server.url, { signal }))
    const response = await server.asked
    for (const stop of stops) stop.abort()
    for (const { status } of await Promise.allSettled(calls)) expect(status).toBe('rejected')
    await server.requests[0]!.closed
    expect(response.writableFinished).toBe(false)
    expect(opened.flights.size).toBe(0)
    const stop = new AbortController()
    const next = modelCall(fetch, server.url, { signal: stop.signal })
    await expect.poll(() => server.requests.length).toBe(2)
    stop.abort()
    await expect(next).rejects.toThrow('aborted')
  })

  test('who comes aborted sends nothing', async () => {
    await using opened = open()
    let sent = 0
    const next: Fetch = async () => new Response(String(++sent))
    for (const use of ['write', 'refresh'] as const) {
      const signal = AbortSignal.abort()
      const call = modelCall(through(opened, use, next), 'http://a.dev', { signal })
      await expect(call).rejects.toThrow('aborted')
    }
    expect(sent).toBe(0)
  })

  test('all get the error of the one request', async () => {
    await using opened = open()
    const failure = new AssayError('no quota', { kind: 'quota', provider: 'acme' })
    const fetch = through(opened, undefined, async (url) => {
      await send(url, { method: 'POST' })
      throw failure
    })
    await using server = await counting()
    const calls = Array.from({ length: 3 }, () => modelCall(fetch, server.url))
    for (const call of calls) await expect(call).rejects.toBe(failure)
    expect(server.requests).toHaveLength(1)
  })

  test('who pays and leaves in the middle of a stream hands the bill on', async () => {
    await using server = await waiting()
    await using opened = open()
    const fetch = through(opened)
    const stop = new AbortController()
    const [first, second] = [createCall(), createCall()]
    const ask = (signal: AbortSignal | null) =>
      fetch(server.url, { method: 'POST', body: '{}', signal })
    const payer = currentCall.run(first, () => ask(stop.signal))
    const other = currentCall.run(second, () => ask(null))
    const response = await server.asked
    response.write('one ')
    const [own, theirs] = await Promise.all([payer, other])
    expect([first.cached, second.cached]).toEqual([false, true])
    stop.abort()
    await expect(own.text()).rejects.toThrow('aborted')
    response.end('two')
    expect(await theirs.text()).toBe('one two')
    expect(second).toMatchObject({ cached: false, attempts: 1 })
  })

  test('each waiter has its clock paused while the one request is paused', async () => {
    await using opened = open()
    const gate = Promise.withResolvers<void>()
    const fetch = through(opened, undefined, async () => {
      const resume = currentCall.getStore()!.clock!.pause()
      await gate.promise
      resume(5)
      return new Response('answer')
    })
    const log: string[] = []
    const ask = (name: string, signal: AbortSignal | null = null) => {
      const pause = () => {
        log.push(`${name} paused`)
        return (ms: number) => void log.push(`${name} charged ${ms}`)
      }
      const init = { method: 'POST', body: '{}', signal }
      return currentCall.run({ ...createCall(), clock: { pause, remainingMs: 60_000 } }, () =>
        fetch('http://a.dev', init),
      )
    }
    const stop = new AbortController()
    const leaving = ask('a', stop.signal)
    const staying = ask('b')
    await expect.poll(() => log).toEqual(['a paused', 'b paused'])
    stop.abort()
    await expect(leaving).rejects.toThrow('aborted')
    expect(log.splice(0)).toEqual(['a paused', 'b paused', 'a charged 0'])
    gate.resolve()
    await staying
    expect(log).toEqual(['b charged 5'])
  })
})

describe('streams', () => {
  const events = ['data: {"t":"é"}\n\n', 'data: {"t":"\ud83d\ude00"}\r\n\r\n', 'data: [DONE]\n\n']

  test('a stream reaches all who wait while it comes in, each from its start', async () => {
    await using server = await waiting()
    await using opened = open()
    const fetch = through(opened)
    const ask = () => fetch(server.url, { method: 'POST', body: '{}' })
    const first = currentCall.run(createCall(), ask)
    const response = await server.asked
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(events[0])
    const early = (await first).body!.getReader()
    expect(new TextDecoder().decode((await early.read()).value)).toBe(events[0])
    const late = await currentCall.run(createCall(), ask)
    response.write(events[1])
    expect(new TextDecoder().decode((await early.read()).value)).toBe(events[1])
    response.end(events[2])
    expect(await late.text()).toBe(events.join(''))
    expect(late.headers.get('content-type')).toBe('text/event-stream')
    expect(server.requests).toHaveLength(1)
  })

  test('a stream is replayed byte for byte, as a stream', async () => {
    await using server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
      for (const event of events) response.write(event)
      response.end()
    })
    await using opened = open({ store: 'sqlite', path: join(folder, 'stream.sqlite') })
    const fetch = through(opened)
    const sent = await modelCall(fetch, server.url)
    expect(sent.text).toBe(events.join(''))
    await opened.flush()
    const replayed = await modelCall(fetch, server.url)
    expect(replayed.call.cached).toBe(true)
    expect(replayed.text).toBe(sent.text)
    expect(replayed.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(server.requests).toHaveLength(1)
  })

  test('a provider that stops reading before the end has its response kept all the same', async () => {
    await using server = await waiting()
    await using opened = open()
    const fetch = through(opened)
    const call = createCall()
    const answer = currentCall.run(call, () => fetch(server.url, { method: 'POST', body: '{}' }))
    const response = await server.asked
    response.write('data: [DONE]\n\n')
    await (await answer).body!.getReader().read()
    for (const done of call.completed) done({ finishReason: 'stop', blocked: null } as never)
    response.end('\n')
    await expect.poll(() => opened.flights.size).toBe(0)
    const again = await currentCall.run(createCall(), () =>
      fetch(server.url, { method: 'POST', body: '{}' }),
    )
    expect(await again.text()).toBe('data: [DONE]\n\n\n')
    expect(server.requests).toHaveLength(1)
  })
})

describe('O-34: a store that fails', () => {
  test('costs no request, and is said once', async () => {
    await using server = await counting()
    await using opened = open({ store: 'sqlite', path: '/dev/null/a.sqlite' })
    const fetch = through(opened)
    for (let n = 1; n <= 3; n++) {
      expect((await modelCall(fetch, server.url)).text).toBe(`{"n":${n}}`)
      await opened.flush()
    }
    expect(opened.notices).toEqual([
      expect.stringMatching(
        /^The response cache \(sqlite\) failed: .* Requests go on without it\.$/,
      ),
    ])
  })

  test.skipIf(skipRedis)('may go away in the middle of a run', async () => {
    await using redis = await startRedis()
    await using server = await counting()
    await using opened = open({ store: 'redis', url: redis.url })
    const fetch = through(opened)
    await modelCall(fetch, server.url)
    await opened.flush()
    expect((await modelCall(fetch, server.url)).call.cached).toBe(true)
    await redis.stop()
    const calls = Array.from({ length: 50 }, (_, n) =>
      modelCall(fetch, server.url, { body: { n } }),
    )
    expect((await Promise.all(calls)).filter(({ call }) => call.cached)).toEqual([])
    await opened.flush()
    expect(opened.notices).toHaveLength(1)
  })

  test('what it holds that is no response is a miss, and is deleted', async () => {
    const path = join(folder, 'strange.sqlite')
    await using server = await counting()
    await using opened = open({ store: 'sqlite', path })
    const fetch = through(opened)
    await modelCall(fetch, server.url)
    await opened.flush()
    const { DatabaseSync } = await import('node:sqlite')
    using database = new DatabaseSync(path)
    database.exec(`UPDATE responses SET value = '{"status":200'`)
    expect(await opened.get('other', 1000)).toBeUndefined()
    const text = database.prepare('SELECT key FROM responses').get()
    expect(await opened.get(String(text?.['key']), 1000)).toBeUndefined()
    expect(database.prepare('SELECT count(*) AS n FROM responses').get()).toEqual({ n: 0 })
    expect((await modelCall(fetch, server.url)).text).toBe('{"n":2}')
    expect(opened.notices).toEqual([])
  })
})

test('the response does not wait until it is written, and closing does', async () => {
  const path = join(folder, 'later.sqlite')
  await using server = await counting()
  const opened = open({ store: 'sqlite', path })
  const fetch = through(opened)
  await modelCall(fetch, server.url)
  // what is not written yet is there all the same
  expect((await modelCall(fetch, server.url)).call.cached).toBe(true)
  await opened.close()
  await using again = open({ store: 'sqlite', path })
  expect((await modelCall(through(again), server.url)).call.cached).toBe(true)
})
