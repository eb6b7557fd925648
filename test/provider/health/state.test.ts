import { expect, test } from 'vitest'
import {
  afterResult,
  type CheckResult,
  type HealthCounts,
  type HealthState,
  nothingKnown,
} from '../../../src/provider/health/state.ts'

const thresholds = { failureThreshold: 3, recoveryThreshold: 2 }

/** State, failures in a row, successes in a row. */
type Counted = readonly [HealthState, number, number]

const counted = ([state, consecutiveFailures, consecutiveSuccesses]: Counted): HealthCounts => ({
  state,
  consecutiveFailures,
  consecutiveSuccesses,
})

// every state that can be, with the counts on both sides of its thresholds
test.each<{ from: Counted; success: Counted; failure: Counted }>([
  { from: ['unknown', 0, 0], success: ['healthy', 0, 1], failure: ['unknown', 1, 0] },
  { from: ['unknown', 1, 0], success: ['healthy', 0, 1], failure: ['unknown', 2, 0] },
  { from: ['unknown', 2, 0], success: ['healthy', 0, 1], failure: ['unhealthy', 3, 0] },
  { from: ['healthy', 0, 1], success: ['healthy', 0, 2], failure: ['healthy', 1, 0] },
  { from: ['healthy', 0, 9], success: ['healthy', 0, 10], failure: ['healthy', 1, 0] },
  { from: ['healthy', 1, 0], success: ['healthy', 0, 1], failure: ['healthy', 2, 0] },
  { from: ['healthy', 2, 0], success: ['healthy', 0, 1], failure: ['unhealthy', 3, 0] },
  { from: ['unhealthy', 3, 0], success: ['recovering', 0, 1], failure: ['unhealthy', 4, 0] },
  { from: ['unhealthy', 1, 0], success: ['recovering', 0, 1], failure: ['unhealthy', 2, 0] },
  { from: ['recovering', 0, 1], success: ['healthy', 0, 2], failure: ['unhealthy', 1, 0] },
])('O-28: from $from to $success, or $failure', ({ from, success, failure }) => {
  const before = counted(from)
  expect(afterResult(before, 'success', thresholds)).toEqual(counted(success))
  expect(afterResult(before, 'failure', thresholds)).toEqual(counted(failure))
  expect(afterResult(before, 'unknown', thresholds)).toEqual(before)
})

function after(results: string, given = thresholds): HealthCounts {
  const words: Record<string, CheckResult> = { s: 'success', f: 'failure', u: 'unknown' }
  return results
    .split('')
    .reduce((counts, one) => afterResult(counts, words[one]!, given), nothingKnown)
}

test('O-28: F-1 failures, a success and F-1 failures leave it healthy', () => {
  expect(after('sffsff')).toEqual(counted(['healthy', 2, 0]))
  expect(after('sffsfff').state).toBe('unhealthy')
})

test('O-28: results that say nothing do not end a row of failures', () => {
  expect(after('sfufuf').state).toBe('unhealthy')
  expect(after('fffsus').state).toBe('healthy')
  expect(after('uuuuuuuuuu')).toEqual(nothingKnown)
})

test.each<{ recoveryThreshold: number; states: readonly HealthState[] }>([
  { recoveryThreshold: 1, states: ['healthy', 'healthy', 'healthy'] },
  { recoveryThreshold: 2, states: ['recovering', 'healthy', 'healthy'] },
  { recoveryThreshold: 3, states: ['recovering', 'recovering', 'healthy'] },
])('O-28: it is healthy again after $recoveryThreshold successes', ({ states, ...threshold }) => {
  const given = { failureThreshold: 1, ...threshold }
  expect(['fs', 'fss', 'fsss'].map((results) => after(results, given).state)).toEqual(states)
})

test('O-28: who fails while it recovers begins its recovery anew', () => {
  expect(after('fffsf').state).toBe('unhealthy')
  expect(after('fffsfs').state).toBe('recovering')
  expect(after('fffsfss').state).toBe('healthy')
})
