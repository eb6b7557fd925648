import { expect, test } from 'vitest'
import { type KeyedRequest, requestKey } from '../../../src/request/cache/key.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const url = 'https://api.acme.dev/v1/chat?beta=1'
const endpoint = { provider: 'acme', model: 'small' }

function keyOf(body: unknown, more: Partial<KeyedRequest> = {}): string | undefined {
  const init = { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }
  return requestKey({ endpoint, url, init, trial: 0, ...more })
}

test('a key is a whole SHA-256', () => {
  expect(keyOf({ a: 1 })).toMatch(/^[0-9a-f]{64}$/)
})

test('O-32: changing any one field that is sent changes the key, reordering the keys of objects does not', () => {
  const random = seeded(7)
  const seen = new Map<string, string>()
  for (let i = 0; i < 2000; i++) {
    const body = { model: 'm', n: i, rest: value(random, 4) }
    const key = keyOf(body)!
    expect(keyOf(reordered(body))).toBe(key)
    for (const changed of changes(body)) {
      const other = keyOf(changed)!
      const text = sortedText(changed)
      expect(other === key, text).toBe(text === sortedText(body))
      // and equal keys mean equal requests among all that were made
      expect(seen.get(other) ?? text).toBe(text)
      seen.set(other, text)
    }
  }
  expect(seen.size).toBeGreaterThan(10_000)
})

test('whatever stands around the body is in the key', () => {
  const init = { method: 'POST', body: '{"a":1}', headers: { 'x-beta': '1' } }
  const request: KeyedRequest = { endpoint, url, init, trial: 0 }
  const variants: KeyedRequest[] = [
    request,
    { ...request, trial: 1 },
    { ...request, endpoint: { ...endpoint, provider: 'other' } },
    { ...request, endpoint: { ...endpoint, model: 'large' } },
    { ...request, endpoint: { provider: 'acme' } },
    { ...request, url: 'https://api.acme.dev/v1/chat?beta=2' },
    { ...request, url: 'https://api.acme.dev/v1/chat' },
    { ...request, url: 'https://api.acme.dev/v2/chat?beta=1' },
    { ...request, url: 'https://eu.acme.dev/v1/chat?beta=1' },
    { ...request, url: 'https://api.acme.dev:444/v1/chat?beta=1' },
    { ...request, url: 'http://api.acme.dev/v1/chat?beta=1' },
    { ...request, init: { ...init, method: 'PUT' } },
    { ...request, init: { ...init, body: '{"a":2}' } },
    { ...request, init: { ...init, body: 'a=1' } },
    { ...request, init: { ...init, headers: { 'x-beta': '2' } } },
    { ...request, init: { ...init, headers: { 'x-alpha': '1' } } },
    { ...request, init: { method: 'POST', headers: init.headers } },
  ]
  expect(new Set(variants.map((variant) => requestKey(variant))).size).toBe(variants.length)
})

test('who asks and by what means is not in the key', () => {
  const plain = keyOf({ a: 1 })
  const headers = {
    authorization: 'Bearer one',
    'X-Api-Key': 'two',
    'user-agent': 'three',
    'content-length': '7',
    'accept-encoding': 'gzip',
    'idempotency-key': 'four',
    'x-stainless-retry-count': '2',
    'x-stainless-arch': 'x64',
    traceparent: '00-1-2-01',
  }
  const init = { method: 'POST', body: '{"a":1}', headers }
  expect(requestKey({ endpoint, url, init, trial: 0 })).toBe(plain)
})

test('one body has one key, in whatever form it is sent', () => {
  const text = '{"b":[1,2],"a":"é"}'
  const bytes = new TextEncoder().encode(text)
  const padded = new Uint8Array([0, ...bytes, 0]).subarray(1, -1)
  const keys = [text, '{"a":"é","b":[1,2]}', bytes, bytes.buffer, padded].map((body) =>
    requestKey({ endpoint, url, init: { method: 'POST', body }, trial: 0 }),
  )
  expect(new Set(keys).size).toBe(1)
})

test('bytes that are no text have a key as well', () => {
  const key = (...bytes: number[]) =>
    requestKey({
      endpoint,
      url,
      init: { method: 'POST', body: new Uint8Array(bytes) },
      trial: 0,
    })
  expect(key(255, 1)).toMatch(/^[0-9a-f]{64}$/)
  expect(key(255, 1)).not.toBe(key(255, 2))
})

test('what JSON.parse would lose tells two bodies apart', () => {
  const bodies = [
    '{"seed":9007199254740992}',
    '{"seed":9007199254740993}',
    '{"seed":1,"seed":2}',
    '{"seed":2}',
    '{"seed":2.0}',
    '{"seed":1e400}',
    '{"seed":null}',
    '"{\\"seed\\":null}"',
  ]
  expect(new Set(bodies.map((body) => keyOf(body))).size).toBe(bodies.length)
})

test('a body that can be read only once has no key', () => {
  const init = { method: 'POST', body: new Blob(['x']).stream() }
  expect(requestKey({ endpoint, url, init, trial: 0 })).toBeUndefined()
})

/** A generator of numbers from 0 to below n, the same each time. */
function seeded(seed: number): (n: number) => number {
  let state = seed
  return (n) => (state = (state * 48_271) % 2_147_483_647) % n
}

const names = ['model', 'messages', 'role', 'content', 'tools', 'é', '10', '2', '', '__proto__']
const scalars: Json[] = [0, 1, -1.5, 1e21, '', '0', 'a', '\ud800', 'null', null, true, false]

function value(random: (n: number) => number, depth: number): Json {
  const kind = random(depth > 0 ? 3 : 1)
  if (kind === 0) return scalars[random(scalars.length)]!
  const items = Array.from({ length: random(4) }, () => value(random, depth - 1))
  if (kind === 1) return items
  return Object.fromEntries(items.map((item) => [names[random(names.length)]!, item]))
}

/** The same value with one thing changed, for each thing in it. */
function* changes(of: Json): Generator<Json> {
  yield [of]
  yield of === 'changed' ? 'again' : 'changed'
  if (Array.isArray(of)) {
    yield [...of, null]
    for (const [i, item] of of.entries()) {
      yield of.toSpliced(i, 1)
      for (const changed of changes(item)) yield of.with(i, changed)
    }
  } else if (typeof of === 'object' && of !== null) {
    yield Object.fromEntries([...Object.entries(of), ['added', null]])
    for (const [name, item] of Object.entries(of)) {
      const others = Object.entries(of).filter(([other]) => other !== name)
      yield Object.fromEntries(others)
      yield Object.fromEntries([...others, [`${name}'`, item]])
      for (const changed of changes(item)) yield Object.fromEntries([...others, [name, changed]])
    }
  }
}

function reordered(of: Json): Json {
  if (Array.isArray(of)) return of.map((item) => reordered(item))
  if (typeof of !== 'object' || of === null) return of
  const entries = Object.entries(of).map(([name, item]) => [name, reordered(item)] as const)
  return Object.fromEntries(entries.toReversed())
}

/** Says by itself what is equal, so that the key is not checked with its own means. */
function sortedText(of: Json): string {
  if (Array.isArray(of)) return `[${of.map((item) => sortedText(item)).join()}]`
  if (typeof of !== 'object' || of === null) return JSON.stringify(of)
  const entries = Object.entries(of).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${sortedText(item)}`).join()}}`
}
