import { expect, test } from 'vitest'
import { currentCall } from '../../src/model/call.ts'
import { jsonLines } from '../../src/request/json-lines.ts'
import type { Fetch } from '../../src/request/pipe.ts'
import { createCall } from './cache/model-call.ts'

const lines = '{"n":1}\n{"n":2}\n'

/** What a response of this kind is called, for a caller that streams or does not. */
async function named(contentType: string, { streaming = true, status = 200 } = {}) {
  const headers = { 'content-type': contentType, 'x-trace': '7' }
  const next: Fetch = async () => new Response(lines, { status, headers })
  const call = { ...createCall(), streaming }
  const response = await currentCall.run(call, () => jsonLines(next)('http://127.0.0.1/'))
  expect(await response.text()).toBe(lines)
  expect([response.status, response.headers.get('x-trace')]).toEqual([status, '7'])
  return response.headers.get('content-type')
}

test('plain JSON is called lines where a stream was asked for', async () => {
  expect(await named('application/json')).toBe('application/x-ndjson')
  expect(await named('Application/JSON; charset=utf-8')).toBe('application/x-ndjson')
})

test('a whole response, an error and what has its own name are left as they are', async () => {
  expect(await named('application/json', { streaming: false })).toBe('application/json')
  expect(await named('application/json', { status: 429 })).toBe('application/json')
  expect(await named('text/event-stream')).toBe('text/event-stream')
})
