import type { Usage } from '../model/response.ts'
import type { Estimate } from '../statistics/moments.ts'
import type { JournalPlace } from './journal.ts'
import type { Outcome, Role } from './record.ts'

/** What one eval with one model came to: an entry of `summary.json`. */
export interface EvalSummary {
  /** `<file> > <suites> > <name> [<model>]`: unique in a run and the same in every run. */
  readonly id: string
  /** Relative to the project's root. */
  readonly file: string
  readonly name: string
  readonly model: string | null
  readonly rows: number
  /** How often each row is asked. */
  readonly trials: number
  /** Counted in trials: their sum is at most `rows × trials`. */
  readonly outcomes: Readonly<Record<Outcome, number>>
  readonly scores: Readonly<Record<string, Estimate>>
  readonly usage: Usage | null
  /** `null` when the price of a call is unknown. */
  readonly costUsd: number | null
  /** The part of the cost that is known. */
  readonly knownCostUsd: number
  /** The calls apart by what they were made for, with those that the cache answered. */
  readonly roles: Readonly<Partial<Record<Role, RoleSummary>>>
  /** Of the rows' model calls, without cached ones; `null` without any. */
  readonly latencyMs: { readonly p50: number | null; readonly p95: number | null }
  readonly gate: 'passed' | 'failed' | 'inconclusive' | null
  readonly durationMs: number
  /** Whether every row ran that was asked for. */
  readonly complete: boolean
  /** Why the eval failed. */
  readonly failure: string | null
}

/** The calls of one role. */
export interface RoleSummary {
  readonly calls: number
  /** Of the calls, those that the cache answered. */
  readonly cached: number
  /** The calls by who answered, as the journal names them. */
  readonly servedBy: Readonly<Record<string, number>>
  readonly usage: Usage | null
  readonly costUsd: number | null
}

/** A summary on its way to the report, with the places of the rows worth showing. */
export interface ReportedSummary extends EvalSummary {
  readonly misses: readonly JournalPlace[]
  readonly errors: readonly ErrorGroup[]
  /** Of the rows that the run asked for by `--row`, those that this eval has. */
  readonly namedRows: readonly string[]
  /** Options of the model, without secrets. */
  readonly modelOptions: Readonly<Record<string, unknown>>
  /** SHA-256 over the ids of the rows, in the order of the dataset. */
  readonly datasetHash: string
}

/** Errors with one message. */
export interface ErrorGroup {
  readonly message: string
  readonly count: number
  /** The first row that had it. */
  readonly rowId: string
}
