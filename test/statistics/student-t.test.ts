import { expect, test } from 'vitest'
import { studentInterval, t975 } from '../../src/statistics/student-t.ts'
import golden from '../data/statistics.json' with { type: 'json' }

const normal = 1.959963984540054

test('the quantiles are the reference ones', () => {
  expect(t975(3)).toBeCloseTo(golden.t_975_df3, 9)
  expect(t975(11)).toBeCloseTo(golden.t_975_df11, 9)
})

test('the quantiles of 1, 2 and 4 degrees of freedom are those of the closed forms', () => {
  expect(t975(1)).toBeCloseTo(Math.tan(0.475 * Math.PI), 9)
  expect(t975(2)).toBeCloseTo(0.95 * Math.sqrt(2 / (1 - 0.95 ** 2)), 9)
  const a = 4 * 0.975 * 0.025
  const q = Math.cos(Math.acos(Math.sqrt(a)) / 3) / Math.sqrt(a)
  expect(t975(4)).toBeCloseTo(2 * Math.sqrt(q - 1), 9)
})

test.for([400, 1000, 10_000, 100_000, 1_000_000])(
  'the quantile of %i degrees of freedom follows from the normal one',
  (df) => {
    const z = normal
    const expected =
      z +
      (z ** 3 + z) / (4 * df) +
      (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * df ** 2) +
      (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * df ** 3)
    expect(t975(df)).toBeCloseTo(expected, 9)
  },
)

test('between the quantiles lies 95 % of the density, for few degrees of freedom', () => {
  for (const df of [3, 5, 6, 7, 8, 9, 12, 19, 29, 49, 99]) {
    const t = t975(df)
    const half = integral((x) => (1 + (x * x) / df) ** (-(df + 1) / 2), t)
    expect(half / wholeHalf(df)).toBeCloseTo(0.95, 9)
  }
})

test('the quantile falls with the degrees of freedom and never below the normal one', () => {
  const quantiles = Array.from({ length: 300 }, (_, i) => t975(i + 1))
  for (const [i, quantile] of quantiles.entries()) {
    expect(quantile).toBeGreaterThan(normal)
    if (i > 0) expect(quantile).toBeLessThan(quantiles[i - 1]!)
  }
})

test('the interval of a mean is the reference one', () => {
  const [low, high] = studentInterval(golden.mean_A, golden.se_clt_A, golden.A.length)
  expect(low).toBeCloseTo(golden.ci95_t_A[0]!, 9)
  expect(high).toBeCloseTo(golden.ci95_t_A[1]!, 9)
})

test('a mean without spread has an interval without width', () => {
  expect(studentInterval(0.25, 0, 5)).toEqual([0.25, 0.25])
})

/** Simpson's rule from 0 to `end`. */
function integral(f: (x: number) => number, end: number): number {
  const steps = 2000
  const width = end / steps
  let sum = f(0) + f(end)
  for (let i = 1; i < steps; i++) sum += f(i * width) * (i % 2 === 0 ? 2 : 4)
  return (sum * width) / 3
}

/** The density's integral from 0 to infinity, by `x = √df · tan(angle)`. */
function wholeHalf(df: number): number {
  return Math.sqrt(df) * integral((angle) => Math.cos(angle) ** (df - 1), Math.PI / 2)
}
