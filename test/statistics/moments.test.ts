import { mean, sampleStandardDeviation, shuffle } from 'simple-statistics'
import { expect, test } from 'vitest'
import { Moments } from '../../src/statistics/moments.ts'
import { studentInterval } from '../../src/statistics/student-t.ts'
import { wilson } from '../../src/statistics/wilson.ts'
import golden from '../data/statistics.json' with { type: 'json' }
import { seeded } from '../support/seeded.ts'

test('mean and standard error are the reference ones', () => {
  const estimate = momentsOf(golden.A).estimate()
  expect(estimate).toMatchObject({ n: 12, method: 'wilson' })
  expect(estimate.mean).toBeCloseTo(golden.mean_A, 9)
  expect(estimate.stderr).toBeCloseTo(golden.se_clt_A, 9)
  expect(estimate.ci![0]).toBeCloseTo(golden['wilson95_8/12'][0]!, 9)
  expect(estimate.ci![1]).toBeCloseTo(golden['wilson95_8/12'][1]!, 9)
})

test('mean, standard error and bounds are those of the whole list, for random values', () => {
  const random = seeded(7)
  for (let n = 2; n <= 200; n++) {
    const scale = 10 ** Math.floor(random() * 7 - 3)
    const shift = (random() - 0.5) * 10 * scale
    const values = Array.from({ length: n }, () => random() * scale + shift)
    const moments = momentsOf(values)
    const estimate = moments.estimate()
    const stderr = sampleStandardDeviation(values) / Math.sqrt(n)
    expect(estimate.mean / scale).toBeCloseTo(mean(values) / scale, 9)
    expect(estimate.stderr! / scale).toBeCloseTo(stderr / scale, 9)
    expect(estimate.method).toBe('t')
    const [low, high] = studentInterval(mean(values), stderr, n)
    expect(estimate.ci![0] / scale).toBeCloseTo(low / scale, 9)
    expect(estimate.ci![1] / scale).toBeCloseTo(high / scale, 9)
    expect([moments.n, moments.min, moments.max]).toEqual([
      n,
      Math.min(...values),
      Math.max(...values),
    ])
  }
})

test('a small spread is right also far from zero', () => {
  const estimate = momentsOf([4, 7, 13, 16].map((value) => value + 1e9)).estimate()
  expect(estimate.mean).toBe(1e9 + 10)
  expect(estimate.stderr).toBeCloseTo(Math.sqrt(30 / 4), 9)
})

test('the mean of a perfect score is exactly 1, and that of none right exactly 0', () => {
  const perfect = new Moments()
  const wrong = new Moments()
  for (let n = 1; n <= 3000; n++) {
    perfect.add(1)
    wrong.add(0)
    expect(perfect.estimate().mean).toBe(1)
    expect(wrong.estimate().mean).toBe(0)
  }
})

test('the mean of values of 0 and 1 is exactly their share, in any order', () => {
  const random = seeded(11)
  for (let n = 1; n <= 60; n++) {
    for (let successes = 0; successes <= n; successes++) {
      const values = Array.from({ length: n }, (_, i) => Number(i < successes))
      const estimate = momentsOf(shuffle(values, random)).estimate()
      expect(estimate.mean).toBe(successes / n)
      expect(estimate.ci).toEqual(wilson(successes, n))
    }
  }
})

test('the mean of other values is exact where their sum is, in any order', () => {
  const random = seeded(13)
  for (let n = 1; n <= 60; n++) {
    const values = Array.from({ length: n }, () => Math.floor(random() * 5) / 4)
    const exact = values.reduce((sum, value) => sum + value, 0) / n
    for (let i = 0; i < 5; i++) {
      expect(momentsOf(shuffle(values, random)).estimate().mean).toBe(exact)
    }
  }
})

test('equal values have their own value as the mean and no spread', () => {
  for (const value of [0.1, 0.7, 1 / 3, -2.3, 1e-9]) {
    const {
      mean: found,
      stderr,
      ci,
    } = momentsOf(Array.from({ length: 50 }, () => value)).estimate()
    expect([found, stderr, ci]).toEqual([value, 0, [value, value]])
  }
})

test('one value has no standard error; a t interval is unknown then, and a share has one', () => {
  expect(momentsOf([0.5]).estimate()).toEqual({
    n: 1,
    mean: 0.5,
    stderr: null,
    ci: null,
    method: 't',
  })
  expect(momentsOf([1]).estimate()).toEqual({
    n: 1,
    mean: 1,
    stderr: null,
    ci: wilson(1, 1),
    method: 'wilson',
  })
})

test('one value that is neither 0 nor 1 changes the method for good', () => {
  expect(momentsOf([1, 0, 1, 0.5]).estimate().method).toBe('t')
  expect(momentsOf([0.5, 1, 0, 1]).estimate().method).toBe('t')
  expect(momentsOf([1, 2, 0]).estimate().method).toBe('t')
  expect(momentsOf([1, -1, 0]).estimate().method).toBe('t')
})

function momentsOf(values: readonly number[]): Moments {
  const moments = new Moments()
  for (const value of values) moments.add(value)
  return moments
}
