import { expect, test } from 'vitest'
import { ageOf } from '../../src/cli/age.ts'

const start = '2026-05-04T12:00:00.000Z'

test.for([
  [0, '0 s'],
  [41_900, '41 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [12 * 60_000 + 59_000, '12 min'],
  [3_600_000, '1 h'],
  [23 * 3_600_000 + 3_599_000, '23 h'],
  [49 * 3_600_000, '2 d'],
] as const)('%i ms are shown as %s', ([ms, shown]) => {
  expect(ageOf(start, Date.parse(start) + ms)).toBe(shown)
})

test('a start in the future, as after a clock was set back, has no negative age', () => {
  expect(ageOf(start, Date.parse(start) - 5000)).toBe('0 s')
})
