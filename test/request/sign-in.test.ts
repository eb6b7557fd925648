import { expect, test } from 'vitest'
import { createDesk } from '../../src/broker/desk.ts'
import { currentCall } from '../../src/model/call.ts'
import { Secret } from '../../src/model/secret.ts'
import type { Endpoint } from '../../src/request/endpoint.ts'
import type { Fetch, Middleware } from '../../src/request/pipe.ts'
import { createSeam } from '../../src/request/seam.ts'
import { failureOf } from '../support/failure.ts'
import { type Handler, type HttpServer, serve } from '../support/http-server.ts'
import { createCall } from './cache/model-call.ts'

const KEYS = ['sk-first-0123456789', 'sk-second-0123456789']

type SignIn = (key: Secret) => Middleware

interface Ready extends AsyncDisposable {
  readonly server: HttpServer
  readonly post: () => Promise<Response>
}

async function start(
  handler: Handler,
  signIn: SignIn,
  endpoint: Partial<Endpoint> = {},
): Promise<Ready> {
  const server = await serve(handler)
  const seam = createSeam({ desk: createDesk({ keyStrategy: 'sticky' }), random: () => 0 })
  const keys = KEYS.map((key) => new Secret(key))
  const request = seam({ provider: 'acme', keys, signIn, ...endpoint })
  return {
    server,
    post: () => request(`${server.url}/chat`, { method: 'POST', body: '{}' }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** Exchanges a key for a token with every request. */
const exchange: SignIn = (key) => (next) => async (url, init) => {
  const token = await next(new URL('/token', url as string), {
    ...init,
    headers: { 'x-key': key.reveal() },
  })
  return next(url, { ...init, headers: { authorization: `Bearer ${await token.text()}` } })
}

const answer: Handler = ({ url, headers }) => ({
  body: url === '/token' ? `token-of-${String(headers['x-key'])}` : { a: 1 },
})

test('gets the key that the desk chose, and the request carries what it makes of it', async () => {
  await using at = await start(answer, exchange)
  expect(await (await at.post()).json()).toEqual({ a: 1 })
  expect(at.server.requests).toMatchObject([
    { url: '/token', headers: { 'x-key': KEYS[0] } },
    { url: '/chat', headers: { authorization: `Bearer token-of-${KEYS[0]}` } },
  ])
})

test('the key itself goes into no header', async () => {
  const nothing: SignIn = () => (next) => next
  await using at = await start(answer, nothing)
  await at.post()
  expect(at.server.requests[0]!.headers).not.toHaveProperty('authorization')
})

test('without a key there is nothing to sign in with', async () => {
  const never: SignIn = () => () => () => expect.fail('signed in without a key')
  await using at = await start(answer, never, { keys: [] })
  expect(await (await at.post()).json()).toEqual({ a: 1 })
})

test('where it fails, its error decides: a key that is refused makes way for the next', async () => {
  const handler: Handler = (request, response) =>
    request.headers['x-key'] === KEYS[0] ? { status: 401 } : answer(request, response)
  await using at = await start(handler, exchange)
  expect(await (await at.post()).json()).toEqual({ a: 1 })
  expect(at.server.requests.map(({ url, headers }) => [url, headers['x-key']])).toEqual([
    ['/token', KEYS[0]],
    ['/token', KEYS[1]],
    ['/chat', undefined],
  ])
})

test('what it sends with `next` is sent again where it fails, and counts as attempts', async () => {
  let count = 0
  await using at = await start(
    (request, response) => (count++ === 0 ? { status: 503 } : answer(request, response)),
    exchange,
  )
  const call = createCall()
  await currentCall.run(call, at.post)
  expect(at.server.requests.map(({ url }) => url)).toEqual(['/token', '/token', '/chat'])
  expect(call.attempts).toBe(3)
})

test('what it hides while it runs is in no message', async () => {
  const secrets: Secret[] = []
  const token = 'token-that-was-just-given'
  const hiding: SignIn = () => (next: Fetch) => (url, init) => {
    secrets.push(new Secret(token))
    return next(url, { ...init, headers: { authorization: `Bearer ${token}` } })
  }
  const echo: Handler = ({ headers }) => ({ status: 400, body: `No: ${headers.authorization}` })
  await using at = await start(echo, hiding, { secrets })
  const { message } = await failureOf(at.post(), token)
  expect(message).toBe('acme: API error (400): No: Bearer ***')
})
