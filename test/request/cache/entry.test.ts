import { expect, test } from 'vitest'
import { formatEntry, parseEntry, toEntry, toResponse } from '../../../src/request/cache/entry.ts'

const json = { 'content-type': 'application/json' }

test('a response comes back byte for byte, with its status and its type', async () => {
  const bytes = new TextEncoder().encode('\ufeff{"é":"\ud83d\ude00\\u0000\u0000"}\r\n\r\n')
  const kept = toEntry(
    new Response(null, { status: 201, headers: { ...json, 'x-id': '1' } }),
    bytes,
  )
  const parsed = parseEntry(formatEntry({ ...kept!, keptAt: 5 }))
  expect(parsed).toEqual({ version: 1, ...kept, keptAt: 5 })
  const response = toResponse(parsed!)
  expect(response.status).toBe(201)
  expect([...response.headers]).toEqual([['content-type', 'application/json']])
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
})

test('a response without a type has none when it comes back', () => {
  const kept = toEntry(new Response(), new Uint8Array([65]))
  expect([...toResponse(kept!).headers]).toEqual([])
})

test.for([
  ['an error', new Response(null, { status: 500 }), 'body'],
  ['a redirection', new Response(null, { status: 302 }), 'body'],
  ['nothing', new Response(), ''],
] as const)('%s is not kept', ([, response, body]) => {
  expect(toEntry(response, new TextEncoder().encode(body))).toBeUndefined()
})

test('what is no text is not kept', () => {
  expect(toEntry(new Response(), new Uint8Array([0xff, 0xfe]))).toBeUndefined()
})

const good = { version: 1, status: 200, contentType: null, body: 'x', keptAt: 1 }

test.for([
  '',
  '{',
  'null',
  '[]',
  '"text"',
  JSON.stringify(good).slice(0, -1),
  JSON.stringify({ ...good, version: 2 }),
  JSON.stringify({ ...good, status: 500 }),
  JSON.stringify({ ...good, status: '200' }),
  JSON.stringify({ ...good, contentType: 5 }),
  JSON.stringify({ ...good, body: null }),
  JSON.stringify({ ...good, keptAt: null }),
])('%j is no entry', (text) => {
  expect(parseEntry(JSON.stringify(good))).toEqual(good)
  expect(parseEntry(text)).toBeUndefined()
})
