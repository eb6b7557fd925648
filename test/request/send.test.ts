import { expect, test } from 'vitest'
import { AssayError } from '../../src/model/error.ts'
import { createSeam } from '../../src/request/seam.ts'
import { createDesk } from '../../src/broker/desk.ts'
import { type Handler, serve } from '../support/http-server.ts'

/** Limits above 300 s, which Node's `fetch` does not keep: a request goes out another way. */
const settings = { timeout: 0, stallTimeout: 0 }

async function start(handler: Handler) {
  const server = await serve(handler)
  const send = createSeam({ desk: createDesk(), random: () => 0 })({ provider: 'acme', settings })
  return {
    server,
    post: (init: RequestInit = {}) => send(server.url, { method: 'POST', body: '{}', ...init }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

test('a request with long limits is answered, retried and refused as any other', async () => {
  let count = 0
  await using at = await start(
    () => [{ status: 500 }, { body: { a: 1 } }, { status: 400 }][count++],
  )
  expect(await (await at.post()).json()).toEqual({ a: 1 })
  await expect(at.post()).rejects.toMatchObject({ kind: 'invalid_request' })
  expect(at.server.requests).toHaveLength(3)
})

test('its stream comes in as it is sent, and an abort reaches the socket', async () => {
  await using at = await start((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: 1\n\n')
  })
  const abort = new AbortController()
  const response = await at.post({ signal: abort.signal })
  const reader = response.body!.getReader()
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('data: 1\n\n')
  abort.abort()
  const error: unknown = await reader.read().catch((reason: unknown) => reason)
  expect(AssayError.is(error) && error.kind).toBe('cancelled')
  await at.server.requests[0]!.closed
})

test('a server that is not there is a network error', async () => {
  const send = createSeam({ desk: createDesk(), random: () => 0 })({
    provider: 'acme',
    settings: { ...settings, attempts: 1 },
  })
  await using gone = await serve(() => {})
  await gone[Symbol.asyncDispose]()
  await expect(send(gone.url)).rejects.toMatchObject({ kind: 'network' })
})
