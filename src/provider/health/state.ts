/**
 * What results say of a model: `unknown` before the first one counts, `recovering` when it answers again and has
 * not done so often enough yet.
 */
export type HealthState = 'unknown' | 'healthy' | 'recovering' | 'unhealthy'

/** What one call, or one probe, says of the model. `unknown` says nothing, and changes nothing. */
export type CheckResult = 'success' | 'failure' | 'unknown'

export interface Thresholds {
  /** Failures in a row that make a model unhealthy. */
  readonly failureThreshold: number
  /** Successes in a row after which one that was unhealthy is healthy again. */
  readonly recoveryThreshold: number
}

/** A state, and how long the present row of equal results is. One of the two counts is always 0. */
export interface HealthCounts {
  readonly state: HealthState
  readonly consecutiveFailures: number
  readonly consecutiveSuccesses: number
}

/** Before anything was asked. */
export const nothingKnown: HealthCounts = {
  state: 'unknown',
  consecutiveFailures: 0,
  consecutiveSuccesses: 0,
}

/** What is known after one more result. */
export function afterResult(
  before: HealthCounts,
  result: CheckResult,
  thresholds: Thresholds,
): HealthCounts {
  if (result === 'unknown') return before
  return result === 'success' ? afterSuccess(before, thresholds) : afterFailure(before, thresholds)
}

function afterSuccess(before: HealthCounts, { recoveryThreshold }: Thresholds): HealthCounts {
  const consecutiveSuccesses = before.consecutiveSuccesses + 1
  const wasDown = before.state === 'unhealthy' || before.state === 'recovering'
  const state = wasDown && consecutiveSuccesses < recoveryThreshold ? 'recovering' : 'healthy'
  return { state, consecutiveSuccesses, consecutiveFailures: 0 }
}

function afterFailure(before: HealthCounts, { failureThreshold }: Thresholds): HealthCounts {
  const consecutiveFailures = before.consecutiveFailures + 1
  const isDown = before.state === 'recovering' || consecutiveFailures >= failureThreshold
  const state = isDown ? 'unhealthy' : before.state
  return { state, consecutiveFailures, consecutiveSuccesses: 0 }
}
