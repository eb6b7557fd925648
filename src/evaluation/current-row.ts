import { AsyncLocalStorage } from 'node:async_hooks'
import type { CallRecord } from './record.ts'

/** What model calls need to know of the row they are made in. Scores never travel here. */
export interface CurrentRow {
  readonly signal: AbortSignal
  /** One place per call, in the order they began; empty until the call has settled. */
  readonly calls: (CallRecord | undefined)[]
}

/** Carries the row through the body and whatever it awaits, so that a call is booked on its own row. */
export const currentRow: AsyncLocalStorage<CurrentRow> = new AsyncLocalStorage<CurrentRow>()
