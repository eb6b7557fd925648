import { expect, test } from 'vitest'
import { canonicalJson } from '../../src/model/canonical-json.ts'

test('the order of keys does not matter, at any depth', () => {
  expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: { y: null, x: 'é' } })).toBe(
    '{"a":{"x":"é","y":null},"b":[{"c":2,"d":1}]}',
  )
})

test('the order of a list matters', () => {
  expect(canonicalJson([2, 1])).toBe('[2,1]')
})

test('a key `__proto__` stays a key, wherever it stands', () => {
  const text = '{"__proto__":{"z":1},"a":2}'
  expect(canonicalJson(JSON.parse(text))).toBe(text)
  expect(canonicalJson(JSON.parse('{"a":2,"__proto__":{"z":1}}'))).toBe(text)
  expect(canonicalJson(JSON.parse('{"z":{"b":1,"__proto__":0}}'))).toBe(
    '{"z":{"__proto__":0,"b":1}}',
  )
})

test('keys that look like numbers give one text in any order', () => {
  const one = canonicalJson({ b: 0, 10: 1, 9: 2, a: 3 })
  expect(canonicalJson({ a: 3, 9: 2, b: 0, 10: 1 })).toBe(one)
  expect(JSON.parse(one)).toEqual({ 9: 2, 10: 1, a: 3, b: 0 })
})

test('what JSON converts is converted, and what has no value is left out', () => {
  expect(canonicalJson({ b: undefined, a: new Date(0) })).toBe('{"a":"1970-01-01T00:00:00.000Z"}')
})

test('what JSON would drop or flatten tells two values apart', () => {
  const values = [
    { check: (text: string) => text === 'a' },
    { check: (text: string) => text === 'b' },
    { check: /a/ },
    { check: /b/ },
    { check: new Map([['a', 1]]) },
    { check: new Set(['a']) },
    { check: Number.NaN },
    { check: Infinity },
    { check: null },
    {},
  ]
  expect(new Set(values.map((value) => canonicalJson(value))).size).toBe(values.length)
})

test('values that are no objects are as in JSON', () => {
  expect([null, 'x', 1, true].map((value) => canonicalJson(value))).toEqual([
    'null',
    '"x"',
    '1',
    'true',
  ])
})

test('what JSON cannot hold is a TypeError', () => {
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  expect(() => canonicalJson(cycle)).toThrow(TypeError)
  expect(() => canonicalJson({ n: 1n })).toThrow(TypeError)
})

test('any order of the keys of a random value gives the same text', () => {
  let state = 1
  const random = (n: number) => (state = (state * 48_271) % 2_147_483_647) % n
  const value = (depth: number): unknown => {
    if (depth === 0) return random(100)
    const items = Array.from({ length: random(6) }, () => value(depth - 1))
    return random(3) === 0
      ? items
      : Object.fromEntries(items.map((item) => [`k${random(50)}`, item]))
  }
  for (let i = 0; i < 200; i++) {
    const original = value(4)
    expect(canonicalJson(reversed(original))).toBe(canonicalJson(original))
  }
})

/** The same value with the keys of all objects the other way round. */
function reversed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => reversed(item))
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, item]) => [key, reversed(item)]),
  )
}
