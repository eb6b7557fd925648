import { expect, test } from 'vitest'
import { scoresOf } from '../../src/evaluation/measured.ts'

test.for<[string, unknown, object]>([
  ['a number', 0.5, { score: { value: 0.5 } }],
  ['zero', 0, { score: { value: 0 } }],
  ['true', true, { score: { value: 1 } }],
  ['false', false, { score: { value: 0 } }],
  ['a Score', { name: 'exact', value: 1 }, { exact: { value: 1 } }],
  ['a Score of a boolean', { name: 'exact', value: false }, { exact: { value: 0 } }],
  ['a record', { first: 1, second: true }, { first: { value: 1 }, second: { value: 1 } }],
  [
    'several Scores',
    [
      { name: 'a', value: 0 },
      { name: 'b', value: 1 },
    ],
    { a: { value: 0 }, b: { value: 1 } },
  ],
  ['nothing', undefined, {}],
  ['an empty record', {}, {}],
  ['an empty list', [], {}],
])('E-25: %s is a measurement', ([, measured, scores]) => {
  expect(scoresOf(measured)).toEqual(scores)
})

test('what a Score says beside its value is kept, what is undefined is not', () => {
  const score = { name: 'exact', value: 0, expected: 'Paris', actual: null, reason: 'differs' }
  expect(scoresOf({ ...score, extra: 1 })).toEqual({
    exact: { value: 0, expected: 'Paris', actual: null, reason: 'differs' },
  })
  const [kept] = Object.values(scoresOf({ name: 'a', value: 1, expected: undefined }))
  expect(Object.keys(kept!)).toEqual(['value'])
})

test("a record's keys go over the names of its Scores", () => {
  const score = { name: 'exact', value: 1, reason: 'same' }
  expect(scoresOf({ first: score, second: score })).toEqual({
    first: { value: 1, reason: 'same' },
    second: { value: 1, reason: 'same' },
  })
})

test('what is undefined in a record was not measured', () => {
  expect(scoresOf({ parsed: 0, exact: undefined })).toEqual({ parsed: { value: 0 } })
  expect(scoresOf({ exact: undefined })).toEqual({})
})

test('a record may have the keys of a Score, as long as it is none', () => {
  expect(scoresOf({ value: 1, length: 2 })).toEqual({ value: { value: 1 }, length: { value: 2 } })
  expect(scoresOf({ name: 1, value: 0 })).toEqual({ name: { value: 1 }, value: { value: 0 } })
})

test('a name `__proto__` is a name', () => {
  expect(Object.keys(scoresOf({ name: '__proto__', value: 1 }))).toEqual(['__proto__'])
  expect(Object.keys(scoresOf(JSON.parse('{"__proto__":1,"a":0}')))).toEqual(['__proto__', 'a'])
})

test('E-27: two Scores of one name are an error', () => {
  const measured = [
    { name: 'exact', value: 1 },
    { name: 'exact', value: 0 },
  ]
  expect(() => scoresOf(measured)).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: 'The body returned two scores named "exact"; name them in a record.',
    }),
  )
})

test.for<[unknown, string, string]>([
  ['right', 'the body', 'string'],
  [null, 'the body', 'null'],
  [() => 1, 'the body', 'function'],
  [{ text: 'right', value: 1 }, 'the score "text"', 'string'],
  [{ exact: null }, 'the score "exact"', 'null'],
  [{ exact: {} }, 'the score "exact"', 'object'],
  [{ exact: [1] }, 'the score "exact"', 'a list'],
  [{ exact: Promise.resolve(1) }, 'the score "exact"', 'a promise: await it'],
  [new Map([['exact', 1]]), 'the body', 'a Map'],
  [new Date(0), 'the body', 'a Date'],
  [{ exact: { name: 'x', value: '1' } }, 'the score "exact"', 'string'],
  [{ name: 'exact', value: null }, 'the score "exact"', 'null'],
  [[1], 'the body, in a list,', 'number'],
  [[{ name: 'a', value: 1 }, null], 'the body, in a list,', 'null'],
  [[{ value: 1 }], 'the body, in a list,', 'object'],
])('E-25: %j is none', ([measured, what, got]) => {
  expect(() => scoresOf(measured)).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: `Expected ${what} to give a score (a number, a boolean, a Score, several, or a record of them), got ${got}.`,
    }),
  )
})

test('E-25: a bigint is none', () => {
  expect(() => scoresOf(10n)).toThrow('several, or a record of them), got bigint.')
})

test.for([Number.NaN, Infinity, -Infinity])('E-25: a score of %s is an error', (value) => {
  const error = (name: string) =>
    expect.objectContaining({
      kind: 'config',
      message: `The score "${name}" is ${value}; expected a finite number.`,
    }) as Error
  expect(() => scoresOf(value)).toThrow(error('score'))
  expect(() => scoresOf({ fine: 1, ratio: value })).toThrow(error('ratio'))
  expect(() => scoresOf([{ name: 'ratio', value }])).toThrow(error('ratio'))
})
