import { expect, test } from 'vitest'
import { matches, type MatchesOptions } from '../../src/scorer/matches.ts'

test.for<[actual: string, expected: RegExp | string, shown: string, options?: MatchesOptions]>([
  ['Paris, 1889', /\d{4}/, '/\\d{4}/'],
  ['Paris, 1889', '\\d{4}', '/\\d{4}/'],
  ['Paris', 'PARIS', '/PARIS/i', { ignoreCase: true }],
  ['Paris', /PARIS/m, '/PARIS/im', { ignoreCase: true }],
  ['Paris', /PARIS/i, '/PARIS/i', { ignoreCase: true }],
  ['', /^$/, '/^$/'],
  ['a/b', 'a/b', '/a\\/b/'],
])('%o matches %o', ([actual, expected, shown, options]) => {
  expect(matches(actual, expected, options)).toEqual({
    name: 'matches',
    value: 1,
    expected: shown,
    actual,
  })
})

test('a response without a match scores 0', () => {
  expect(matches('Paris', /rome/i)).toEqual({
    name: 'matches',
    value: 0,
    expected: '/rome/i',
    actual: 'Paris',
    reason: 'no match',
  })
})

test.for([/a/g, /a/y, /a/gy])('%o scores alike however often it is used', (pattern) => {
  pattern.lastIndex = 1
  expect([1, 2, 3].map(() => matches('a', pattern).value)).toEqual([1, 1, 1])
  expect(pattern.lastIndex).toBe(1)
})

test('a sticky pattern matches at the start alone', () => {
  expect(matches('ba', /a/y).value).toBe(0)
})

test('a response that is no text is an error, never the text "undefined"', () => {
  expect(() => matches(undefined as never, /undefined/)).toThrow(TypeError)
})

test.for<[source: string, why: string]>([
  ['', 'which matches every response'],
  ['(', 'Invalid regular expression: /(/: Unterminated group'],
  ['a**', 'Invalid regular expression: /a**/: Nothing to repeat'],
])('the source %o is an error', ([source, why]) => {
  expect(() => matches('Paris', source)).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: `Expected \`expected\` of matches() to be a regular expression, got "${source}" (${why}); correct the row.`,
    }),
  )
})
