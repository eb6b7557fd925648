import { expect, test } from 'vitest'
import { inlineLimit, levenshtein, type LevenshteinOptions } from '../../src/scorer/levenshtein.ts'
import { scorerPool } from '../../src/scorer/pool.ts'

test.for<[actual: string, expected: string, value: number, options?: LevenshteinOptions]>([
  ['', '', 1],
  ['Paris', 'Paris', 1],
  ['PARIS', 'paris', 1, { ignoreCase: true }],
])('%o and %o are alike', async ([actual, expected, value, options]) => {
  expect(await levenshtein(actual, expected, options)).toEqual({
    name: 'levenshtein',
    value,
    expected,
    actual,
  })
})

test.for<[actual: string, expected: string, value: number, reason: string]>([
  ['kitten', 'sitting', 1 - 3 / 7, '3 edits apart'],
  ['Paris', 'Pari', 1 - 1 / 5, '1 edit apart'],
  ['abc', 'xyz', 0, '3 edits apart'],
  ['', 'abc', 0, '3 edits apart'],
  ['abc', '', 0, '3 edits apart'],
  ['PARIS', 'paris', 0, '5 edits apart'],
  ['naïve', 'naive', 1 - 1 / 5, '1 edit apart'],
])('%o and %o score %d', async ([actual, expected, value, reason]) => {
  expect(await levenshtein(actual, expected)).toEqual({
    name: 'levenshtein',
    value,
    expected,
    actual,
    reason,
  })
})

test('texts above the limit are compared on a thread, to the same score', async () => {
  const side = Math.sqrt(inlineLimit)
  const [short, long] = [pair(side), pair(2 * side)]

  const before = scorerPool().completed
  const inline = await levenshtein(...short)
  expect(scorerPool().completed).toBe(before)

  const onThread = await Promise.all([levenshtein(...long), levenshtein(...long)])
  expect(scorerPool().completed).toBe(before + 2)
  expect(onThread.map(({ value }) => value)).toEqual([inline.value, inline.value])
  expect(inline.value).toBe(0.75)
})

/** Two texts of which each fourth character differs, in no way that an insertion would mend. */
function pair(length: number): [actual: string, expected: string] {
  return ['abcd'.repeat(length / 4), 'abcx'.repeat(length / 4)]
}
