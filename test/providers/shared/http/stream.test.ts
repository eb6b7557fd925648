import { expect, test } from 'vitest'
import { readStream } from '../../../../providers/shared/http/stream.ts'
import type { ApiServer } from '../../../../src/request/api-error.ts'
import { failureOf } from '../../../support/failure.ts'

const server: ApiServer = { provider: 'acme', secrets: [] }
const EVENTS = 'text/event-stream'
const LINES = 'application/x-ndjson'

/** What a stream of this text gives, and whether it said that it was all. */
async function read(type: string, text: string) {
  const events = readStream(new Response(text, { headers: { 'content-type': type } }), server)
  const json: unknown[] = []
  let event = await events.next()
  for (; !event.done; event = await events.next()) json.push(event.value)
  return { json, isDone: event.value }
}

test.for([
  [EVENTS, 'event: ping\ndata: {"n":1}\n\ndata: {"n":2}\n\n', false],
  [EVENTS, 'data: {"n":1}\n\ndata: {"n":2}\n\ndata: [DONE]\n\ndata: {"n":3}\n\n', true],
  [EVENTS, 'data: {"n":1}\n\ndata: {"n":2}', false],
  [EVENTS, 'data: {"n":1}\n\ndata: {"n":2}\n\ndata: [DONE]', true],
  [LINES, '{"n":1}\r\n\r\n{"n":2}\r\n', false],
  [LINES, '{"n":1}\n{"n":2}', false],
] as const)('%s: reads %j', async ([type, text, isDone]) => {
  expect(await read(type, text)).toEqual({ json: [{ n: 1 }, { n: 2 }], isDone })
})

test.for([
  ['event: error\ndata: {"message":"All are busy."}', 'server', 'no status'],
  ['event: error\ndata: All are busy.', 'server', 'no status'],
  ['event: error\ndata: {"message":"All are busy.","status":429}', 'rate_limit', '429'],
  ['error: {"code":503,"message":"All are busy."}', 'server', '503'],
  ['data: {"error":{"message":"All are busy.","code":400}}', 'invalid_request', '400'],
] as const)(
  'an error among the events is one, whatever says so: %s',
  async ([event, kind, label]) => {
    const text = `data: {"n":1}\n\n${event}\n\ndata: [DONE]\n\n`
    expect(await failureOf(read(EVENTS, text))).toMatchObject({
      kind,
      message: `acme: API error (${label}): All are busy.`,
    })
  },
)

test.for([
  [EVENTS, 'data: {"n":1}\n\ndata: {"text":"Vien'],
  [EVENTS, 'data: {"n":1}\n\ndata: {"text":"Vien\n'],
  [LINES, '{"n":1}\n{"text":"Vien'],
] as const)('%s: what is cut within an event is broken off: %j', async ([type, text]) => {
  expect(await failureOf(read(type, text), 'Vien')).toMatchObject({
    kind: 'network',
    message: 'acme: the stream ended before the response was complete.',
  })
})

test.for([
  [EVENTS, 'data: {"text":"Vien\n\ndata: {"n":1}\n\n'],
  [LINES, '{"text":"Vien\n{"n":1}\n'],
] as const)('%s: a whole event that is no JSON is malformed: %j', async ([type, text]) => {
  expect(await failureOf(read(type, text), 'Vien')).toMatchObject({
    kind: 'parse',
    message: 'acme: the response is not JSON.',
  })
})
