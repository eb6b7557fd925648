/** `warning` is what works and may surprise, `skipped` what was not done. */
export type CheckStatus = 'passed' | 'failed' | 'skipped' | 'warning'

/** One check of one model. */
export interface CheckResult {
  /** `name`, `key`, `connection`, `listing`, `call`, or `conformance.…`. */
  readonly name: string
  readonly status: CheckStatus
  /** What was found; of a failed check also what to do. */
  readonly message: string
  /** Milliseconds from the request to the complete response. */
  readonly latencyMs?: number
  /** US dollars; `null` where the price is unknown. */
  readonly costUsd?: number | null
}

/** What was found out about one model. */
export interface ModelReport {
  /** As it was asked for. */
  readonly spec: string
  readonly checks: readonly CheckResult[]
}

const codes = new Map([
  ['name', 2],
  ['key', 10],
  ['connection', 11],
  ['listing', 12],
  ['call', 13],
])
const CONFORMANCE = 1

/** The exit code of the first check that failed, over all models. */
export function exitCodeOf(models: readonly ModelReport[]): number {
  const failed = models.flatMap(({ checks }) => checks).find(({ status }) => status === 'failed')
  return failed ? (codes.get(failed.name) ?? CONFORMANCE) : 0
}
