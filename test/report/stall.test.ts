import { expect, test, vi } from 'vitest'
import type { Wait } from '../../src/broker/desk/waits.ts'
import type { ProgressMessage } from '../../src/broker/protocol.ts'
import { describeWait, watchForStall } from '../../src/report/stall.ts'

const wait: Wait = {
  provider: 'acme',
  model: 'small',
  waiting: 12,
  waitingMs: 45_000,
  waitingFor: 'cool-down of key acme#1, 30 s more',
  inFlight: 2,
  inFlightMs: 61_300,
}

test('a run without a row for a minute says what it waits for, again each minute, and is silent else', () => {
  vi.useFakeTimers()
  const progress = new Map<string, ProgressMessage>()
  const lines: string[] = []
  const done = (rows: number) =>
    progress.set('e', { version: 1, type: 'progress', evalId: 'e', rows, errors: 0 })
  let waits: string[] = []
  let isRunning = true
  const watch = watchForStall({
    progress,
    waits: () => waits,
    isRunning: () => isRunning,
    print: (line) => lines.push(line),
  })
  for (let second = 0; second < 300; second += 10) {
    done(second)
    vi.advanceTimersByTime(10_000)
  }
  expect(lines).toEqual([])
  waits = [describeWait(wait)]
  vi.advanceTimersByTime(135_000)
  expect(lines).toEqual(
    Array(2).fill(
      'no row was done for 60 s: acme/small: 2 in flight, the oldest for 61 s, ' +
        '12 wait (cool-down of key acme#1, 30 s more)',
    ),
  )
  waits = []
  vi.advanceTimersByTime(60_000)
  expect(lines.at(-1)).toBe('no row was done for 60 s: no request is in flight or waits')
  isRunning = false
  vi.advanceTimersByTime(300_000)
  expect(lines).toHaveLength(3)
  isRunning = true
  watch.stop()
  vi.advanceTimersByTime(600_000)
  expect(lines).toHaveLength(3)
  vi.useRealTimers()
})
