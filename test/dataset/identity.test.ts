import { expect, test } from 'vitest'
import { createIdentifier, type IdOf } from '../../src/dataset/identity.ts'

test('E-37: an inserted row leaves the ids of the others as they were, also of equal ones', () => {
  const [a, b, c] = [{ q: 'a' }, { q: 'b' }, { q: 'c' }]
  const before = idsOf([a, b, b, c])
  const after = idsOf([{ q: 'new' }, a, b, b, c])
  expect(after.slice(1)).toEqual(before)
  expect(new Set(after).size).toBe(5)
})

test('E-37: a shuffle changes no id', () => {
  const rows = Array.from({ length: 50 }, (_, n) => ({ n: n % 40 }))
  expect(new Set(idsOf(rows.toReversed()))).toEqual(new Set(idsOf(rows)))
})

test('an id of content is 12 hexadecimal digits, and counts equal rows from the second on', () => {
  const [first, second, third] = idsOf(['x', 'x', 'x'])
  expect(first).toMatch(/^[\da-f]{12}$/)
  expect([second, third]).toEqual([`${first}#2`, `${first}#3`])
})

test('the order of keys does not change an id, at any depth; the order of a list does', () => {
  const [one, other] = idsOf(
    [{ a: { x: 1, y: [{ p: 1, q: 2 }] }, b: 2 }],
    [{ b: 2, a: { y: [{ q: 2, p: 1 }], x: 1 } }],
  )
  expect(other).toBe(one)
  expect(new Set(idsOf([[1, 2], [2, 1], { a: [1, 2] }, { a: [2, 1] }])).size).toBe(4)
})

test('content that differs in a type, a key or a place has another id', () => {
  const rows = [
    1,
    '1',
    [1],
    true,
    'true',
    null,
    'null',
    'undefined',
    {},
    [],
    '',
    { a: 1 },
    { a: '1' },
    { a: null },
    { b: 1 },
    { a: { b: 1 } },
    { 'a.b': 1 },
    JSON.parse('{"__proto__":{"a":1}}'),
    JSON.parse('{"__proto__":{"a":2}}'),
  ]
  const ids = idsOf(rows)
  expect(ids.filter((id) => id.includes('#'))).toEqual([])
  expect(new Set(ids).size).toBe(rows.length)
})

test('a field that is undefined is as one that is missing: the journal holds neither', () => {
  const [missing, undefinedField] = idsOf([{ a: 1 }], [{ a: 1, b: undefined }])
  expect(undefinedField).toBe(missing)
})

test('a row that is undefined has an id too', () => {
  const [first, second] = idsOf([undefined, undefined])
  expect(second).toBe(`${first}#2`)
})

test("a row's own id is its id, a number as well as a text", () => {
  expect(idsOf([{ id: 'first' }, { id: 2 }, { id: 0 }, { id: -1.5 }])).toEqual([
    'first',
    '2',
    '0',
    '-1.5',
  ])
})

test('an id that is empty, null or of another type is none', () => {
  const rows = [
    { id: '' },
    { id: null },
    { id: undefined },
    { id: true },
    { id: { a: 1 } },
    { id: [] },
  ]
  for (const id of idsOf(rows)) expect(id).toMatch(/^[\da-f]{12}$/)
  expect(new Set(idsOf(rows)).size).toBe(rows.length)
})

test('the `id` option reads the id, and may leave single rows to their content', () => {
  const idOf = ({ name, id }: { name?: string; id: number }) =>
    name ?? (id === 2 ? null : undefined)
  const rows = [{ name: 'x', id: 1 }, { id: 2 }, { id: 3 }]
  const [first, second, third] = idsWith(idOf, rows)
  expect(first).toBe('x')
  expect(second).toMatch(/^[\da-f]{12}$/)
  expect(third).toMatch(/^[\da-f]{12}$/)
  expect(third).not.toBe(second)
})

test('a second row of one explicit id is an error that names both', () => {
  expect(() => idsOf([{ id: 'a' }, { id: 'b' }, { id: 'a', more: 1 }])).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: 'row 2: the id "a" is that of row 0 already.',
    }),
  )
})

test('the number 1 and the text "1" are one id, since the journal holds texts', () => {
  expect(() => idsOf([{ id: 1 }, { id: '1' }])).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: 'row 1: the id "1" is that of row 0 already.',
    }),
  )
})

test('each reading counts for itself', () => {
  expect(idsOf([{ id: 'a' }, 'x'], [{ id: 'a' }, 'x'])).toEqual([
    ...idsOf([{ id: 'a' }, 'x']),
    ...idsOf([{ id: 'a' }, 'x']),
  ])
})

test('a row that JSON cannot hold has an id all the same, by its content', () => {
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  const failing = {
    toJSON: () => {
      throw new Error('no JSON')
    },
    n: 1,
  }
  const ids = idsOf([{ n: 10n }, { n: 11n }, cycle, failing, { n: 10n }])
  expect(new Set(ids).size).toBe(5)
  expect(ids[4]).toBe(`${ids[0]}#2`)
})

/** Ids of the rows, each list read by an identifier of its own. */
function idsOf(...readings: (readonly unknown[])[]): string[] {
  return readings.flatMap((rows) => idsWith(undefined, rows))
}

function idsWith(idOf: IdOf | undefined, rows: readonly unknown[]): string[] {
  const identify = createIdentifier(idOf)
  return rows.map((value, i) => identify({ value, where: `row ${i}` }))
}
