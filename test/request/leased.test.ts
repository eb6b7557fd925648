import { expect, test } from 'vitest'
import { createDesk } from '../../src/broker/desk.ts'
import { currentCall } from '../../src/model/call.ts'
import { startClock } from '../../src/model/clock.ts'
import { AssayError } from '../../src/model/error.ts'
import type { ServerAddress, ServerLease } from '../../src/model/lease.ts'
import { Secret } from '../../src/model/secret.ts'
import type { RequestSettings } from '../../src/request/endpoint.ts'
import { createSeam } from '../../src/request/seam.ts'
import { failureOf } from '../support/failure.ts'
import { type HttpServer, serve } from '../support/http-server.ts'
import { createCall } from './cache/model-call.ts'

const KEY = 'key-of-this-server-only'

/** A lease of a server that moves to the next of `urls` when it has to recover. */
function leaseOf(urls: readonly string[], recover: () => Promise<void> = async () => {}) {
  const seen: ServerAddress[] = []
  const lease = {
    key: new Secret(KEY),
    slots: 2,
    address: { url: urls[0]!, start: 1 },
    async recover(address: ServerAddress) {
      seen.push(address)
      await recover()
      const { start } = lease.address
      if (address.start === start && urls[start])
        lease.address = { url: urls[start], start: start + 1 }
    },
    release() {},
  } satisfies ServerLease
  return { lease, seen }
}

function requestTo(lease: ServerLease, settings: RequestSettings = {}) {
  const seam = createSeam({ desk: createDesk(), random: () => 0 })
  const request = seam({ provider: 'vllm', model: 'small', local: true, lease, settings })
  return () => request('http://3f2a.vllm/v1/chat/completions?x=1', { method: 'POST', body: '{}' })
}

async function echo(text: string): Promise<HttpServer> {
  return serve(() => ({ body: { text } }))
}

/** An address where nobody listens. */
async function goneURL(): Promise<string> {
  const server = await echo('')
  await server[Symbol.asyncDispose]()
  return server.url
}

test('a request goes to the server’s address, with its path, query and key', async () => {
  await using server = await echo('hello')
  const response = await requestTo(leaseOf([server.url]).lease)()
  expect(await response.json()).toEqual({ text: 'hello' })
  expect(server.requests).toMatchObject([
    { url: '/v1/chat/completions?x=1', headers: { authorization: `Bearer ${KEY}` } },
  ])
})

test('a server without a key gets none', async () => {
  await using server = await echo('hello')
  const { lease } = leaseOf([server.url])
  await requestTo({ ...lease, key: null })()
  expect(server.requests[0]!.headers['authorization']).toBeUndefined()
})

test('a request to a server that died is sent again to where it was restarted', async () => {
  await using server = await echo('again')
  const { lease, seen } = leaseOf([await goneURL(), server.url])
  const response = await requestTo(lease)()
  expect(await response.json()).toEqual({ text: 'again' })
  expect(seen).toMatchObject([{ start: 1 }])
})

test('a connection that breaks before the response is whole is sent again', async () => {
  await using dying = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"te')
    setImmediate(() => response.destroy())
  })
  await using server = await echo('again')
  const response = await requestTo(leaseOf([dying.url, server.url]).lease)()
  expect(await response.json()).toEqual({ text: 'again' })
})

test('why a server is not started again is the request’s error, and it is not sent again', async () => {
  const gone = new AssayError('vllm: the server crashed', { kind: 'setup', provider: 'vllm' })
  const { lease, seen } = leaseOf([await goneURL()], () => Promise.reject(gone))
  const failure = await failureOf(requestTo(lease)(), KEY)
  expect(failure).toMatchObject({ kind: 'setup', message: 'vllm: the server crashed' })
  expect(seen).toHaveLength(1)
})

test('a refusal of the request is no reason to ask after the server', async () => {
  await using server = await serve(() => ({ status: 400, body: { error: { message: 'no' } } }))
  const { lease, seen } = leaseOf([server.url])
  expect(await failureOf(requestTo(lease)())).toMatchObject({ kind: 'invalid_request' })
  expect(seen).toEqual([])
})

test('neither the request’s deadline nor the row’s clock runs while the server is started again', async () => {
  await using server = await echo('again')
  const { promise: restarted, resolve: restart } = Promise.withResolvers<void>()
  const { lease } = leaseOf([await goneURL(), server.url], () => restarted)
  let isRowOver = false
  const clock = startClock(300, () => (isRowOver = true))
  const call = { ...createCall(), clock }
  const response = currentCall.run(call, requestTo(lease, { deadline: 300 }))
  setTimeout(restart, 600)
  expect(await (await response).json()).toEqual({ text: 'again' })
  expect(isRowOver).toBe(false)
  clock.stop()
})

test('the key of a server is in no message, also when the server echoes it', async () => {
  await using server = await serve(({ headers }) => ({
    status: 400,
    body: { error: { message: `bad ${headers['authorization']}` } },
  }))
  const { message } = await failureOf(requestTo(leaseOf([server.url]).lease)(), KEY)
  expect(message).toContain('***')
})
