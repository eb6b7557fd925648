import { createListeners } from '../../model/listeners.ts'
import { createHistory, type History } from './history.ts'
import type { HealthSettings } from './options.ts'
import type { Outcome } from './result.ts'
import { afterResult, type HealthCounts, type HealthState, nothingKnown } from './state.ts'

/** How a model is, as far as its results tell. */
export interface HealthStatus extends HealthCounts {
  /** False while it is unhealthy or recovering. True also while nothing is known, since nothing speaks against it. */
  readonly isHealthy: boolean
  /** Whether it answers, but slowly or not reliably; beside its state, and no part of it. */
  readonly isDegraded: boolean
  /** What speaks against it, in sentences for people. */
  readonly issues: readonly string[]
  /** When the last result came that said anything, in milliseconds since 1970. */
  readonly lastCheckAt: number | null
  /** The part of the last results that were successes, from 0 to 1; `null` without a result. */
  readonly successRate: number | null
}

export interface HealthChange {
  /** The state before; the same as after where the model has become degraded, or is it no longer. */
  readonly from: HealthState
  readonly status: HealthStatus
}

export type HealthListener = (change: HealthChange) => unknown

/** The health of one model. It asks nobody: it is told what came of calls and probes. */
export interface Health {
  record(outcome: Outcome): void
  status(): HealthStatus
  /**
   * Calls back when the state changes, or the model becomes degraded or is it no longer.
   * @returns what ends that
   */
  onChange(listener: HealthListener): () => void
}

export interface HealthSurroundings {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Told what a listener has thrown, or rejected with: the others are called all the same. */
  readonly onError: (error: unknown) => void
}

/** A success rate says something above this many results, and something bad below this rate. */
const FEW_RESULTS = 10
const LOW_RATE = 0.8

export function createHealth(
  settings: Omit<HealthSettings, 'intervalMs' | 'timeoutMs' | 'probe'>,
  { now, onError }: HealthSurroundings,
): Health {
  const history = createHistory(settings.history)
  const listeners = createListeners<HealthChange>(onError)
  let counts = nothingKnown
  let lastCheckAt: number | null = null
  let latencyMs = 0
  let reason: string | undefined

  const isSlow = () => latencyMs > settings.degradedMs
  const isDegraded = () => isSlow() || isUnreliable(history)

  function status(): HealthStatus {
    const { state, consecutiveFailures, consecutiveSuccesses } = counts
    const issues: string[] = []
    if (consecutiveFailures > 0) issues.push(failuresInWords(consecutiveFailures, reason))
    if (state === 'recovering') {
      issues.push(`recovering: ${consecutiveSuccesses} of ${settings.recoveryThreshold} successes`)
    }
    if (isSlow()) issues.push(`slow: ${(latencyMs / 1000).toFixed(1)} s`)
    if (isUnreliable(history)) issues.push(`${history.failures} of ${history.size} calls failed`)
    return {
      ...counts,
      isHealthy: state === 'healthy' || state === 'unknown',
      isDegraded: isDegraded(),
      issues,
      lastCheckAt,
      successRate: rateOf(history),
    }
  }

  return {
    status,
    record(outcome) {
      if (outcome.result === 'unknown') return
      const from = counts.state
      const wasDegraded = isDegraded()
      counts = afterResult(counts, outcome.result, settings)
      lastCheckAt = now()
      history.add(outcome.result === 'failure')
      if (outcome.result === 'failure') reason = outcome.reason
      else latencyMs = outcome.latencyMs ?? latencyMs
      if (counts.state !== from || isDegraded() !== wasDegraded) {
        listeners.tell({ from, status: status() })
      }
    },
    onChange: listeners.add,
  }
}

function rateOf({ size, failures }: History): number | null {
  return size === 0 ? null : (size - failures) / size
}

function isUnreliable(history: History): boolean {
  return history.size > FEW_RESULTS && rateOf(history)! < LOW_RATE
}

function failuresInWords(count: number, reason: string | undefined): string {
  const said = count === 1 ? 'the last call failed' : `${count} failures in a row`
  return reason === undefined ? said : `${said}: ${reason}`
}
