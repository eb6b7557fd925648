import type { CheckResult } from '../health/state.ts'

/** `closed` lets all calls through, `open` none, `half-open` one at a time to find out. */
export type BreakerState = 'closed' | 'open' | 'half-open'

export interface BreakerOptions {
  /** Failures in a row that open it. @default 5 */
  readonly failures?: number | undefined
  /** How long it stays open, in milliseconds. @default 60_000 */
  readonly recoveryMs?: number | undefined
  /** Calls of a half-open one that must succeed in a row until it closes. @default 2 */
  readonly successes?: number | undefined
  /** Milliseconds, never going back. */
  readonly now: () => number
}

/** Leave for one call. */
export interface Pass {
  /** Says how the call ended, in a `finally`: without it its place stays taken. A second time does nothing. */
  leave(result: CheckResult): void
}

export interface Breaker {
  /** Calls that were let through and have not left. */
  readonly inFlight: number
  state(): BreakerState
  /** Lets a call through; nothing where it may not. */
  enter(): Pass | undefined
  /**
   * When the next call may come, on the clock of `now`; a time that has passed means at once. `null` while that
   * depends on the call that is finding out.
   */
  admitsAt(): number | null
}

/** Keeps calls from a server that fails, and finds out with single ones when it is back. */
export function createBreaker({
  failures = 5,
  recoveryMs = 60_000,
  successes = 2,
  now,
}: BreakerOptions): Breaker {
  let openUntil: number | undefined // nothing while closed
  let isProbing = false
  let inFlight = 0
  /** Results in a row: failures while closed, successes while half-open. */
  let inRow = 0
  /** Grows with each opening and closing: a call that began before one says nothing of what is after it. */
  let era = 0

  function state(): BreakerState {
    if (openUntil === undefined) return 'closed'
    return now() < openUntil ? 'open' : 'half-open'
  }

  function turn(until: number | undefined): void {
    openUntil = until
    inRow = 0
    era++
  }

  function onClosed(result: CheckResult): void {
    if (result === 'success') inRow = 0
    if (result === 'failure' && ++inRow >= failures) turn(now() + recoveryMs)
  }

  function onProbe(result: CheckResult): void {
    isProbing = false
    if (result === 'failure') turn(now() + recoveryMs)
    if (result === 'success' && ++inRow >= successes) turn(undefined)
  }

  return {
    get inFlight() {
      return inFlight
    },
    state,
    enter() {
      const atEntry = state()
      if (atEntry === 'open' || isProbing) return undefined
      isProbing = atEntry === 'half-open'
      inFlight++
      const ownEra = era
      let hasLeft = false
      return {
        leave(result) {
          if (hasLeft) return
          hasLeft = true
          inFlight--
          if (ownEra !== era) return
          if (atEntry === 'closed') onClosed(result)
          else onProbe(result)
        },
      }
    },
    admitsAt() {
      if (isProbing) return null
      return openUntil ?? now()
    },
  }
}
