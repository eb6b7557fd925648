import { expect, test } from 'vitest'
import { includes, type IncludesOptions } from '../../src/scorer/includes.ts'

const response = 'The capital of France is Paris.'

test.for<[expected: string | string[], options?: IncludesOptions]>([
  ['Paris'],
  [['Paris', 'France']],
  [['Rome', 'Paris'], { any: true }],
  ['PARIS', { ignoreCase: true }],
  ['.'],
])('the response includes %o with %o', ([expected, options]) => {
  expect(includes(response, expected, options)).toEqual({
    name: 'includes',
    value: 1,
    expected,
    actual: response,
  })
})

test.for<[expected: string | string[], reason: string, options?: IncludesOptions]>([
  ['Rome', 'without "Rome"'],
  ['paris', 'without "paris"'],
  [['Paris', 'Rome', 'Italy'], 'without "Rome", "Italy"'],
  [['Rome', 'Italy'], 'without "Rome" or "Italy"', { any: true }],
  ['ROME', 'without "ROME"', { ignoreCase: true }],
  ['P.ris', 'without "P.ris"'],
])('the response does not include %o: %s', ([expected, reason, options]) => {
  expect(includes(response, expected, options)).toEqual({
    name: 'includes',
    value: 0,
    expected,
    actual: response,
    reason,
  })
})

test('an empty response includes nothing', () => {
  expect(includes('', 'Paris').value).toBe(0)
})

test.for<[expected: string | string[], shown: string]>([
  ['', '""'],
  [['Paris', ''], '["Paris",""]'],
  [[], '[]'],
])('looking for %o is an error, since every response includes it', ([expected, shown]) => {
  expect(() => includes(response, expected, { any: true })).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: `Expected \`expected\` of includes() to be a text or texts to look for, got ${shown}, which every response includes; correct the row.`,
    }),
  )
})
