import { inspect } from 'node:util'
import type { FinishReason, Usage } from '../model/response.ts'
import type { ErrorKind } from '../model/error.ts'

/** What became of a row: only `scored` rows count in a score. */
export type Outcome = 'scored' | 'blocked' | 'error' | 'skipped'

export type Role = 'model' | 'judge' | 'fixer'

/** One model call of a row's body. */
export interface CallRecord {
  readonly role: Role
  /** The spec that was asked. */
  readonly model: string
  readonly servedBy: string
  readonly input: unknown
  /** `null` for a call that failed. */
  readonly text: string | null
  readonly finishReason: FinishReason | 'error'
  readonly usage: Usage | null
  readonly costUsd: number | null
  readonly latencyMs: number
  readonly attempts: number
  /** Time in the queue, on a cool-down and on attempts that failed, in milliseconds, if there was any. */
  readonly waitedMs?: number
  readonly cached: boolean
  /** The model that was to answer and did not, where the row must not count as its own. */
  readonly fallbackFor?: string
  /** The provider's own word that it refused. */
  readonly blocked?: { readonly reason: string; readonly source: string }
  readonly error?: ErrorRecord
}

export interface ErrorRecord {
  readonly kind: ErrorKind
  readonly message: string
}

export interface ScoreRecord {
  readonly value: number
  readonly expected?: unknown
  readonly actual?: unknown
  readonly reason?: string
}

/** A line of `rows-<worker>.jsonl`: one row, one trial. */
export interface RowRecord {
  readonly version: 1
  readonly evalId: string
  readonly rowId: string
  /** Place of the row in the dataset, from 0. */
  readonly index: number
  /** From 0. */
  readonly trial: number
  /** Vitest's count of retries and repeats when the row ran; the last line of a row and trial holds. */
  readonly attempt: { readonly retry: number; readonly repeat: number }
  readonly model: string | null
  readonly row: unknown
  readonly outcome: Outcome
  readonly scores: Readonly<Record<string, ScoreRecord>>
  readonly error?: ErrorRecord
  /** Why the row was skipped or blocked. */
  readonly reason?: string
  /**
   * Who skipped it: its body; a budget that was spent, after which a later run may take it up; or a pool, where a
   * fallback answered: what it scored is here, and in no mean.
   */
  readonly skippedBy?: 'body' | 'budget' | 'fallback'
  readonly calls: readonly CallRecord[]
  readonly usage: Usage | null
  readonly costUsd: number | null
  /** Time of the calls that were not cached, in milliseconds. */
  readonly latencyMs: number
  readonly startedAt: string
}

/** A value as the journal can hold it: what JSON cannot, a bigint or a cycle, becomes a text. */
export function toJournal(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  try {
    return JSON.stringify(value) === undefined ? inspect(value) : value
  } catch {
    return inspect(value)
  }
}
