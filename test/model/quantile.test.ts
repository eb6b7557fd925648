import { expect, test } from 'vitest'
import { quantile } from '../../src/model/quantile.ts'

test('a quantile between two values lies on the line between them', () => {
  expect(quantile([1, 2, 3, 4], 0.25)).toBe(1.75)
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5)
  expect(quantile([15, 20, 35, 40, 50], 0.4)).toBeCloseTo(29, 12)
  expect(quantile([1, 2, 3, 4, 5], 0.95)).toBeCloseTo(4.8, 12)
})

test('the ends are the lowest and the highest value', () => {
  expect(quantile([3, 1, 2], 0)).toBe(1)
  expect(quantile([3, 1, 2], 1)).toBe(3)
})

test('one value is all of its quantiles, and nothing has none', () => {
  expect(quantile([7], 0.95)).toBe(7)
  expect(quantile([], 0.5)).toBeNull()
})

test('values are ordered as numbers, and left as they were', () => {
  const values = [100, 9, 20, 3]
  expect(quantile(values, 0.5)).toBe(14.5)
  expect(values).toEqual([100, 9, 20, 3])
})
