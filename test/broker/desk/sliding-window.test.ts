import { expect, test } from 'vitest'
import { SlidingWindow } from '../../../src/broker/desk/sliding-window.ts'
import { seeded } from '../../support/seeded.ts'

test('what is taken counts for the whole span, and not a moment longer', () => {
  const window = new SlidingWindow(2, 1000)
  window.take(1, 0)
  window.take(1, 400)
  expect(window.readyAt(1, 999)).toBe(1000)
  expect(window.readyAt(1, 1000)).toBe(1000)
  window.take(1, 1000)
  expect(window.readyAt(1, 1000)).toBe(1400)
})

test.each([1, 2, 3])('in no span there is more than the limit (seed %i)', (seed) => {
  const random = seeded(seed)
  const window = new SlidingWindow(100, 1000)
  const taken: { at: number; amount: number }[] = []
  let now = 0
  for (let i = 0; i < 5000; i++) {
    const amount = 1 + Math.floor(random() * 20)
    now = window.readyAt(amount, now + random() * 50)
    window.take(amount, now)
    taken.push({ at: now, amount })
  }
  let sum = 0
  let start = 0
  let most = 0
  for (const { at, amount } of taken) {
    sum += amount
    while (taken[start]!.at + 1000 <= at) sum -= taken[start++]!.amount
    most = Math.max(most, sum)
  }
  expect(most).toBeLessThanOrEqual(100)
  expect(most).toBeGreaterThan(80)
})

test('an amount is put right as long as it is in the window', () => {
  const window = new SlidingWindow(100, 1000)
  const first = window.take(80, 0)
  expect(window.readyAt(30, 10)).toBe(1000)
  window.correct(first, 20, 10)
  expect(window.readyAt(30, 10)).toBe(10)
  window.correct(first, 90, 20)
  expect(window.readyAt(30, 20)).toBe(1000)
  expect(window.readyAt(30, 1000)).toBe(1000)
  window.correct(first, 1000, 1001)
  window.take(50, 1001)
  expect(window.readyAt(50, 1001)).toBe(1001)
})

test('more than the limit may go when nothing else is in the window', () => {
  const window = new SlidingWindow(100, 1000)
  window.take(10, 0)
  window.take(10, 500)
  expect(window.readyAt(250, 600)).toBe(1500)
  window.take(250, 1500)
  expect(window.readyAt(1, 1600)).toBe(2500)
})
