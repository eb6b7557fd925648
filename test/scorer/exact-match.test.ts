import { expect, test } from 'vitest'
import { exactMatch, type ExactMatchOptions } from '../../src/scorer/exact-match.ts'

test.for<[actual: unknown, expected: unknown, options?: ExactMatchOptions]>([
  ['Paris', 'Paris'],
  ['Paris\n', ' Paris'],
  ['PARIS', 'paris', { ignoreCase: true }],
  ['', ''],
  ['', '  '],
  [5, 5],
  [-0, 0],
  [NaN, NaN],
  [null, null],
  [true, true],
  [undefined, undefined],
  [
    [1, { a: 'x' }],
    [1, { a: 'x' }],
  ],
  [
    { a: 1, b: [2] },
    { b: [2], a: 1 },
  ],
])('%o is %o', ([actual, expected, options]) => {
  expect(exactMatch(actual, expected, options)).toEqual({
    name: 'exactMatch',
    value: 1,
    expected,
    actual,
  })
})

test.for<[actual: unknown, expected: unknown, reason: string, options?: ExactMatchOptions]>([
  ['Paris', 'Rome', 'not equal'],
  ['Paris.', 'Paris', 'not equal'],
  ['Paris', 'paris', 'differs in case only'],
  [' Paris', 'Paris', 'not equal', { trim: false }],
  ['5', 5, 'string instead of number'],
  [null, undefined, 'null instead of undefined'],
  [[], {}, 'list instead of object'],
  [{ 0: 'a' }, ['a'], 'object instead of list'],
  [{ a: 'x ' }, { a: 'x' }, 'not equal'],
  [[1, 2], [2, 1], 'not equal'],
  [{ a: 1, b: 2 }, { a: 1 }, 'not equal'],
])('%o is not %o: %s', ([actual, expected, reason, options]) => {
  expect(exactMatch(actual, expected, options)).toEqual({
    name: 'exactMatch',
    value: 0,
    expected,
    actual,
    reason,
  })
})
