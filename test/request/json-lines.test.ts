import { expect, test } from 'vitest'
import { currentCall } from '../../src/model/call.ts'
import { jsonLines } from '../../src/request/json-lines.ts'
import type { Fetch } from '../../src/request/pipe.ts'
import { createCall } from './cache/model-call.ts'

const lines = '{"n":1}\n{"n":2}\n'
const NAME = 'application/x-ndjson'

interface Reply {
  readonly body?: string
  readonly streaming?: boolean
  readonly status?: number
}

/** What a response of this kind is called, for a caller that streams or does not. */
async function named(contentType: string, given: Reply = {}) {
  const { body = lines, streaming = true, status = 200 } = given
  const headers = { 'content-type': contentType, 'x-trace': '7' }
  const next: Fetch = async () => new Response(inBytes(body), { status, headers })
  const call = { ...createCall(), streaming }
  const response = await currentCall.run(call, () => jsonLines(next)('http://127.0.0.1/'))
  expect(await response.text()).toBe(body)
  expect([response.status, response.headers.get('x-trace')]).toEqual([status, '7'])
  return response.headers.get('content-type')
}

/** A body that comes byte by byte. */
function inBytes(text: string): ReadableStream<Uint8Array> {
  return ReadableStream.from([...Buffer.from(text)].map((byte) => Uint8Array.of(byte)))
}

test.for([
  'application/json',
  'Application/JSON; charset=utf-8',
  'application/jsonl',
  'application/x-jsonlines',
  'application/stream+json',
  'text/plain; charset=utf-8',
])('%s is called lines where a stream was asked for', async (type) => {
  expect(await named(type)).toBe(NAME)
  expect(await named(type, { body: '\n{"text":"Grüß"}\r\n{"n":' })).toBe(NAME)
  expect(await named(type, { body: '' })).toBe(NAME) // it ended before it began
})

test.for(['{"n":1}', '{\n  "n": 1\n}\n', '\n \n{"n":1}', 'All are busy.\n'])(
  'plain JSON that is one whole keeps its name: %j',
  async (body) => {
    expect(await named('application/json', { body })).toBe('application/json')
    expect(await named('text/plain', { body })).toBe('text/plain')
  },
)

test('a whole response, an error and what has its own name are left as they are', async () => {
  expect(await named('application/json', { streaming: false })).toBe('application/json')
  expect(await named('application/json', { status: 429 })).toBe('application/json')
  expect(await named('text/event-stream')).toBe('text/event-stream')
})

test('what is left after its first line is left at the server, too', async () => {
  const left = Promise.withResolvers<unknown>()
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(Buffer.from(lines)),
    cancel: left.resolve,
  })
  const next: Fetch = async () =>
    new Response(body, { headers: { 'content-type': 'application/json' } })
  const call = { ...createCall(), streaming: true }
  const response = await currentCall.run(call, () => jsonLines(next)('http://127.0.0.1/'))
  await response.body!.cancel('enough')
  expect(await left.promise).toBe('enough')
})
