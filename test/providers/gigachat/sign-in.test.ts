import { describe, expect, test } from 'vitest'
import { createSignIn, errorKinds } from '../../../providers/gigachat/sign-in.ts'
import { createTokenKeepers } from '../../../providers/gigachat/token-keepers.ts'
import { createDesk } from '../../../src/broker/desk.ts'
import { currentCall } from '../../../src/model/call.ts'
import { Secret } from '../../../src/model/secret.ts'
import { openCache } from '../../../src/request/cache/open-cache.ts'
import { cache } from '../../../src/request/cache.ts'
import type { Fetch } from '../../../src/request/pipe.ts'
import { createSeam } from '../../../src/request/seam.ts'
import { createCall, modelCall } from '../../request/cache/model-call.ts'
import serverError from '../../responses/gigachat/server-error.json' with { type: 'json' }
import unauthorized from '../../responses/gigachat/unauthorized.json' with { type: 'json' }
import undecodableKey from '../../responses/gigachat/undecodable-key.json' with { type: 'json' }
import wrongKey from '../../responses/gigachat/wrong-key.json' with { type: 'json' }
import wrongScope from '../../responses/gigachat/wrong-scope.json' with { type: 'json' }
import { failureOf as failed } from '../../support/failure.ts'
import { type Handler, type HttpServer, type Reply, serve } from '../../support/http-server.ts'

const KEYS = ['a2V5LW9uZS1pbnZlbnRlZA==', 'a2V5LXR3by1pbnZlbnRlZA==']
const MINUTE = 60_000
const HALF_AN_HOUR = 30 * MINUTE

const failureOf = (call: Promise<unknown>) => failed(call, ...KEYS, 'token-1', 'token-2')

interface Ready extends AsyncDisposable {
  readonly server: HttpServer
  readonly clock: { now: number }
  readonly request: Fetch
  post(init?: RequestInit): Promise<Response>
  /** Sends 20 requests at the same time. */
  postMany(): Promise<unknown>
  /** What was asked for so far: `/oauth` for a token, else the token that came with the request. */
  log(): string[]
}

interface Options {
  readonly keys?: readonly string[]
  /** What the token server answers in place of the n-th token. */
  readonly oauth?: (count: number, token: Reply) => Reply | undefined | Promise<Reply>
  readonly chat?: Handler
  readonly isCached?: boolean
}

/** A server that hands out `token-1`, `token-2`, … for half an hour each, and a request that signs in to it. */
async function start({
  keys = KEYS.slice(0, 1),
  oauth = (_, token) => token,
  chat = () => ({ body: {} }),
  isCached = false,
}: Options = {}): Promise<Ready> {
  const clock = { now: Date.UTC(2026, 10, 21) }
  let count = 0
  const server = await serve((request, response) => {
    if (request.url !== '/oauth') return chat(request, response)
    const token = { access_token: `token-${++count}`, expires_at: clock.now + HALF_AN_HOUR }
    return oauth(count, { body: token })
  })
  const secrets: Secret[] = []
  const keepers = createTokenKeepers('gigachat', () => clock.now)
  const signIn = createSignIn({
    provider: 'gigachat',
    authURL: new URL(`${server.url}/oauth`),
    scope: 'GIGACHAT_API_PERS',
    keeperOf: (key) => keepers(key.reveal()),
  })
  const kept = openCache({ store: 'memory' }, { notice: () => {} })
  const seam = createSeam({
    desk: createDesk({ keyStrategy: 'round-robin' }),
    random: () => 0,
    ...(isCached && { cache: (endpoint) => cache({ endpoint, cache: kept }) }),
  })
  const request = seam({
    provider: 'gigachat',
    model: 'GigaChat',
    keys: keys.map((key) => new Secret(key)),
    secrets,
    signIn: (key) => signIn(key, (secret) => void secrets.push(secret)),
    errorKinds,
    // what is sent at once is in flight at once
    limits: { concurrency: 20 },
    local: true,
  })
  const post = (init: RequestInit = {}) =>
    request(`${server.url}/chat`, { method: 'POST', body: '{}', ...init })
  return {
    server,
    clock,
    request,
    post,
    postMany: () => Promise.all(Array.from({ length: 20 }, () => post())),
    log: () =>
      server.requests.map(({ url, headers }) =>
        url === '/oauth' ? url : String(headers.authorization).replace('Bearer ', ''),
      ),
    async [Symbol.asyncDispose]() {
      await kept.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

function twenty(token: string): string[] {
  return Array.from({ length: 20 }, () => token)
}

/** A server that takes all tokens until they are revoked. */
function revocable() {
  const revoked = new Set<string>()
  const chat: Handler = ({ headers }) =>
    revoked.has(String(headers.authorization)) ? unauthorized : { body: {} }
  return { chat, revoke: (token: string) => revoked.add(`Bearer ${token}`) }
}

test('the key goes to the token server alone, with the scope and an id of the request', async () => {
  await using at = await start()
  await at.post()
  const [oauth, chat] = at.server.requests
  const { authorization, rquid, accept, 'content-type': type } = oauth!.headers
  expect({ method: oauth!.method, text: oauth!.text, authorization, accept, type }).toEqual({
    method: 'POST',
    text: 'scope=GIGACHAT_API_PERS',
    authorization: `Basic ${KEYS[0]}`,
    accept: 'application/json',
    type: 'application/x-www-form-urlencoded',
  })
  expect(rquid).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  expect(chat).toMatchObject({ method: 'POST', url: '/chat', text: '{}' })
  expect(chat!.headers.authorization).toBe('Bearer token-1')
})

describe('H-10: a token is asked for', () => {
  test('once for 20 requests at the same time', async () => {
    await using at = await start()
    await at.postMany()
    expect(at.log()).toEqual(['/oauth', ...twenty('token-1')])
  })

  test('again when no more than a minute is left of it, once for all', async () => {
    await using at = await start()
    await at.post()
    at.clock.now += HALF_AN_HOUR - MINUTE - 1
    await at.post()
    expect(at.log()).toEqual(['/oauth', 'token-1', 'token-1'])
    at.clock.now += 1
    await at.postMany()
    expect(at.log().slice(3)).toEqual(['/oauth', ...twenty('token-2')])
  })

  test('again where the server takes it no longer, once for all', async () => {
    const { chat, revoke } = revocable()
    await using at = await start({ chat })
    await at.post()
    revoke('token-1')
    await at.postMany()
    const sent = [...twenty('token-1'), '/oauth', ...twenty('token-2')]
    expect(at.log().slice(2).toSorted()).toEqual(sent.toSorted())
  })

  test('not twice for one request: a new one that is refused is an error', async () => {
    const { chat, revoke } = revocable()
    await using at = await start({ chat })
    await at.post()
    revoke('token-1')
    revoke('token-2')
    expect(await failureOf(at.post())).toMatchObject({ kind: 'auth', status: 401, attempts: 2 })
    expect(at.log().slice(2)).toEqual(['token-1', '/oauth', 'token-2'])
  })

  test('once for each key', async () => {
    await using at = await start({ keys: KEYS })
    for (let count = 0; count < 4; count++) await at.post()
    const asked = at.server.requests.filter(({ url }) => url === '/oauth')
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([
      `Basic ${KEYS[0]}`,
      `Basic ${KEYS[1]}`,
    ])
    expect(at.log().filter((entry) => entry !== '/oauth')).toEqual([
      'token-1',
      'token-2',
      'token-1',
      'token-2',
    ])
  })
})

describe('a request for a token', () => {
  test('is no attempt of the call that waits for it', async () => {
    const { chat, revoke } = revocable()
    await using at = await start({ chat })
    const first = createCall()
    await currentCall.run(first, () => at.post())
    revoke('token-1')
    const second = createCall()
    await currentCall.run(second, () => at.post())
    expect(at.log()).toEqual(['/oauth', 'token-1', 'token-1', '/oauth', 'token-2'])
    expect([first.attempts, second.attempts]).toEqual([1, 2])
  })

  test('is not answered from the cache', async () => {
    await using at = await start({ isCached: true })
    const ask = (text: string) => modelCall(at.request, `${at.server.url}/chat`, { body: { text } })
    await ask('one')
    expect((await ask('one')).call.cached).toBe(true)
    at.clock.now += HALF_AN_HOUR
    await ask('two')
    expect(at.log()).toEqual(['/oauth', 'token-1', '/oauth', 'token-2'])
  })

  test('that fails is sent again for all who wait, as often as their requests may be', async () => {
    await using at = await start({ oauth: (n, token) => (n === 1 ? serverError : token) })
    await at.postMany()
    expect(at.log()).toEqual(['/oauth', '/oauth', ...twenty('token-2')])
    await using down = await start({ oauth: () => serverError })
    const call = createCall()
    const failure = await failureOf(currentCall.run(call, () => down.post()))
    expect(failure).toMatchObject({ kind: 'server', status: 500, attempts: 4 })
    expect(down.log()).toEqual(['/oauth', '/oauth', '/oauth', '/oauth'])
    expect(call.attempts).toBe(0)
  })

  test.for([
    ['auth', wrongKey],
    ['auth', undecodableKey],
    ['forbidden', wrongScope],
    ['parse', { body: {} }],
    ['parse', { body: { access_token: 'token-1' } }],
    ['parse', { body: { access_token: 'token-1\n', expires_at: 4_102_444_800_000 } }],
    ['parse', { body: 'token-1' }],
  ] as const)('that is answered with a fault is an error of kind %s: %j', async ([kind, reply]) => {
    await using at = await start({ oauth: () => reply })
    expect(await failureOf(at.post())).toMatchObject({ kind, provider: 'gigachat', attempts: 1 })
    expect(at.log()).toEqual(['/oauth'])
  })

  test('that is refused makes way for the next key', async () => {
    await using at = await start({
      keys: KEYS,
      oauth: (n, token) => (n === 1 ? wrongKey : token),
    })
    await at.post()
    expect(at.log()).toEqual(['/oauth', '/oauth', 'token-2'])
  })

  test('does not follow a redirection with the key', async () => {
    await using other = await serve(() => ({ body: {} }))
    const headers = { location: `${other.url}/oauth` }
    await using at = await start({ oauth: () => ({ status: 307, headers }) })
    expect(await failureOf(at.post())).toMatchObject({ kind: 'config', status: 307 })
    expect(other.requests).toEqual([])
  })

  test.for([
    ['in seconds', (at: number) => ({ access_token: 'token-1', expires_at: at / 1000 })],
    ['under other names', (at: number) => ({ tok: 'token-1', exp: at / 1000 })],
  ] as const)('understands a time %s', async ([, bodyOf]) => {
    const expiresAt = Date.UTC(2026, 10, 21) + HALF_AN_HOUR
    await using at = await start({
      oauth: (n, token) => (n === 1 ? { body: bodyOf(expiresAt) } : token),
    })
    await at.post()
    at.clock.now = expiresAt - MINUTE - 1
    await at.post()
    at.clock.now = expiresAt - MINUTE
    await at.post()
    expect(at.log()).toEqual(['/oauth', 'token-1', 'token-1', '/oauth', 'token-2'])
  })
})

describe('an abort', () => {
  /** A token server that answers when it is told to. */
  function holding() {
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<void>()
    const oauth = async (_: number, token: Reply) => {
      asked.resolve()
      await answer.promise
      return token
    }
    return { oauth, asked: asked.promise, answer: answer.resolve }
  }

  test('of one who waits for a token takes nothing from the others', async () => {
    const { oauth, asked, answer } = holding()
    await using at = await start({ oauth })
    const caller = new AbortController()
    const left = failureOf(at.post({ signal: caller.signal }))
    const stays = at.post()
    await asked
    caller.abort()
    expect(await left).toMatchObject({ kind: 'cancelled' })
    answer()
    expect((await stays).status).toBe(200)
    expect(at.log()).toEqual(['/oauth', 'token-1'])
  })

  test('of all who wait for it closes the connection, and the next one asks anew', async () => {
    const { oauth, asked, answer } = holding()
    await using at = await start({ oauth: (n, token) => (n === 1 ? oauth(n, token) : token) })
    const caller = new AbortController()
    const { signal } = caller
    const left = [failureOf(at.post({ signal })), failureOf(at.post({ signal }))]
    await asked
    caller.abort()
    expect(await Promise.all(left)).toMatchObject([{ kind: 'cancelled' }, { kind: 'cancelled' }])
    await at.server.requests[0]!.closed
    expect((await at.post()).status).toBe(200)
    expect(at.log()).toEqual(['/oauth', '/oauth', 'token-2'])
    answer()
  })
})

test('a token is in no message, also when the server repeats it', async () => {
  const chat: Handler = ({ headers }) => ({ status: 400, body: `No: ${headers.authorization}` })
  await using at = await start({ chat })
  expect((await failureOf(at.post())).message).toBe('gigachat: API error (400): No: Bearer ***')
})
