import { expect, test } from 'vitest'
import { Pace } from '../../../src/broker/desk/pace.ts'

/** Sends all that may be sent in `ms`, at most 50 in each of them, and answers each at once or none. */
function run(pace: Pace, start: number, ms: number, isAnswered = true): number[] {
  const sent: number[] = []
  for (let now = start; now <= start + ms; now++) {
    for (let i = 0; i < 50 && pace.readyAt() <= now; i++) {
      pace.sent(now)
      sent.push(now)
      if (isAnswered) pace.succeeded(1, now)
    }
  }
  return sent
}

const idle = { accepted: 0, since: 0, pauseMs: 1000 }

test('five requests go at once and then one each 50 ms, as long as none is answered', () => {
  const sent = run(new Pace(0), 0, 200, false)
  expect(sent).toEqual([0, 0, 0, 0, 0, 50, 100, 150, 200])
})

test('the rate doubles each 100 ms in which it was used and something succeeded', () => {
  const pace = new Pace(0)
  const rates = [0, 110, 220, 330].map((at) => {
    const { rate } = pace
    run(pace, at, 105)
    return rate
  })
  expect(rates).toEqual([20, 40, 80, 160])
})

test('slow responses make the intervals longer', () => {
  const pace = new Pace(0)
  pace.sent(0)
  pace.succeeded(400, 0)
  run(pace, 0, 390, false)
  expect(pace.rate).toBe(20)
  run(pace, 391, 60, false)
  expect(pace.rate).toBe(40)
})

test('a rate that is not used stays', () => {
  const pace = new Pace(0)
  for (let now = 0; now < 2000; now += 100) {
    pace.sent(now)
    pace.succeeded(1, now)
  }
  expect(pace.rate).toBe(20)
})

test('a failure of the server stops the growth of its interval alone', () => {
  const pace = new Pace(0)
  run(pace, 0, 60)
  pace.disturbed()
  run(pace, 61, 60)
  expect(pace.rate).toBe(20)
  run(pace, 122, 120)
  expect(pace.rate).toBe(40)
})

test('beyond 2,000 a second there is no pace, until the first 429', () => {
  const pace = new Pace(0)
  run(pace, 0, 900)
  expect(pace.rate).toBe(Number.POSITIVE_INFINITY)
  pace.refused({ ...idle, at: 900 })
  expect(pace.rate).toBeLessThan(10_000)
  expect(pace.rate).toBeGreaterThan(1000)
})

test.each([
  { what: 'soon after', at: 4999, accepted: 0, rate: 10 },
  { what: 'long after', at: 5000, accepted: 0, rate: 17.6 },
  { what: 'soon after', at: 2000, accepted: 30, rate: 15 },
  { what: 'long after', at: 10_000, accepted: 190, rate: 19 },
  { what: 'soon after', at: 1000, accepted: 500, rate: 20 },
])('a 429 at $at $what a pause, with $accepted accepted, makes 20/s $rate/s', (row) => {
  const pace = new Pace(0)
  pace.refused({ at: row.at, accepted: row.accepted, since: 0, pauseMs: 1000 })
  expect(pace.rate).toBeCloseTo(row.rate)
})

test('the rate never falls so low that nothing is ever sent', () => {
  const pace = new Pace(0)
  for (let i = 0; i < 100; i++) pace.refused({ ...idle, at: i })
  pace.pause(1000)
  pace.sent(1000)
  expect(pace.readyAt()).toBe(51_000)
})

test('after a pause requests go one at a time', () => {
  const pace = new Pace(0)
  pace.refused({ ...idle, at: 0 })
  pace.pause(1000)
  expect(pace.readyAt()).toBe(1000)
  expect(run(pace, 1000, 250)).toEqual([1000, 1100, 1200])
})

test('it makes up for a timer that is late, up to 50 ms', () => {
  const pace = new Pace(0)
  for (let i = 0; i < 30; i++) pace.refused({ at: i, accepted: 1, since: i - 1, pauseMs: 1 })
  pace.pause(0)
  expect(pace.rate).toBe(20)
  expect(run(pace, 40, 0)).toHaveLength(1)
  expect(run(pace, 100, 0)).toHaveLength(2)
  expect(run(pace, 10_000, 0)).toHaveLength(2)
})

test('after a 429 it grows 1 % a second, faster after ten seconds, up to 8 %', () => {
  const pace = new Pace(0)
  pace.refused({ at: 0, accepted: 1000, since: -1, pauseMs: 1000 })
  pace.pause(0)
  const growth: number[] = []
  for (let now = 0; now < 20_000; now++) {
    const { rate } = pace
    run(pace, now, 0)
    if (pace.rate !== rate) growth.push(Math.round((pace.rate / rate - 1) * 100))
  }
  expect(growth).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8])
})

test('the longer a 429 makes it pause, the slower it grows', () => {
  const rates = [1000, 10_000].map((pauseMs) => {
    const pace = new Pace(0)
    pace.refused({ at: 0, accepted: 1000, since: -1, pauseMs })
    pace.pause(0)
    run(pace, 1, 9000)
    return pace.rate / 20 - 1
  })
  expect(rates[0]).toBeGreaterThan(0.07)
  expect(rates[1]).toBeGreaterThan(0.02)
  expect(rates[1]).toBeLessThan(0.04)
})
