import { expect, test } from 'vitest'
import { wilson } from '../../src/statistics/wilson.ts'
import golden from '../data/statistics.json' with { type: 'json' }

test.for([
  [8, 12, golden['wilson95_8/12']],
  [0, 10, golden['wilson95_0/10']],
  [10, 10, golden['wilson95_10/10']],
  [95, 100, golden['wilson95_95/100']],
  [1, 1000, golden['wilson95_1/1000']],
] as const)('the interval of %i in %i is the reference one', ([successes, n, [low, high]]) => {
  const interval = wilson(successes, n)
  expect(interval[0]).toBeCloseTo(low!, 9)
  expect(interval[1]).toBeCloseTo(high!, 9)
})

test('every interval lies within 0 and 1, around the share, and mirrors that of the failures', () => {
  for (let n = 1; n <= 120; n++) {
    for (let successes = 0; successes <= n; successes++) {
      const [low, high] = wilson(successes, n)
      const mirrored = wilson(n - successes, n)
      expect(low).toBeGreaterThanOrEqual(0)
      expect(high).toBeLessThanOrEqual(1)
      expect(low).toBeLessThanOrEqual(successes / n + 1e-12)
      expect(high).toBeGreaterThanOrEqual(successes / n - 1e-12)
      expect(low).toBeCloseTo(1 - mirrored[1], 12)
    }
  }
})

test('ten times the rows make a narrower interval', () => {
  const width = ([low, high]: readonly [number, number]) => high - low
  expect(width(wilson(70, 100))).toBeLessThan(width(wilson(7, 10)))
  expect(width(wilson(100, 100))).toBeLessThan(width(wilson(10, 10)))
})
