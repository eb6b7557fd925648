import type { SettledRow } from '../../model/call.ts'
import type { AssayError } from '../../model/error.ts'
import type { ModelResponse } from '../../model/response.ts'

/** What came of a pull. */
export interface PullResult {
  /** Name of the model. */
  readonly name: string
  /** The last response of the model, in the row that the pull was for; none where it gave none. */
  readonly response?: ModelResponse | undefined
  /** What its last call failed with; none where that was answered. */
  readonly error?: AssayError | undefined
  /** What the row came to that the pull was for; none outside of rows, and for a judge or a fixer. */
  readonly row?: SettledRow | undefined
}

/** Rewards a result, from 0 to 1; `null` where it says nothing of the model, which then counts as tried. */
export type Reward = (result: PullResult) => number | null

/**
 * In a row the mean of its scores, which should be between 0 and 1; outside of rows 1 for a response. What was
 * blocked, a call that failed, a row that took too long and the answer of a fallback are 0. What says nothing of the
 * model is no reward: a row that was skipped, an error of the body, a call that was cancelled, a response of the cache
 * outside of rows.
 */
export function defaultReward({ response, error, row }: PullResult): number | null {
  if (response?.fallbackFor !== undefined) return 0
  // a row that scores without an answer of the model was answered by another one, as behind a pool
  if (row?.outcome === 'scored' && (response || !error)) return meanOf(row)
  if (row?.outcome === 'skipped') return null
  if (row?.outcome === 'blocked') return 0
  if (error) return error.kind === 'cancelled' ? null : 0
  if (row) return row.error?.kind === 'timeout' ? 0 : null
  if (!response || response.cached) return null
  return response.blocked ? 0 : 1
}

function meanOf({ scores }: SettledRow): number | null {
  const values = Object.values(scores).map(({ value }) => value)
  return values.length === 0 ? null : values.reduce((sum, one) => sum + one, 0) / values.length
}
