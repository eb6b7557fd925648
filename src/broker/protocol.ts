/** What workers tell the broker: one JSON value per line. */
export interface ProgressMessage {
  readonly version: 1
  readonly type: 'progress'
  readonly evalId: string
  /** Rows that are done since the test began, and those of them that ended in an error. */
  readonly rows: number
  readonly errors: number
}
