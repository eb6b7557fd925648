/** What a scorer found out about one response. */
export interface Score<Name extends string = string> {
  readonly name: Name
  /** Usually from 0 to 1, where 1 is right. */
  readonly value: number
  /** What was asked for, as the report shows it. */
  readonly expected?: unknown
  /** What came, as the report shows it. */
  readonly actual?: unknown
  /** Why the value is what it is. */
  readonly reason?: string
}
