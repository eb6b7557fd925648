import type { AsyncLocalStorage } from 'node:async_hooks'
import { type CallScope, callScope } from '../model/call.ts'
import type { CallRecord } from './record.ts'

/** A model call of the row. */
export interface BookedCall {
  /** The record of the call, should it never settle. */
  asked: CallRecord
  settled?: CallRecord
}

/** What model calls need to know of the row they are made in. Scores never travel here. */
export interface CurrentRow extends CallScope {
  readonly signal: AbortSignal
  /** In the order they began. */
  readonly calls: BookedCall[]
  /** Whether its body has settled: what it still holds it will not let go of. */
  isOver: boolean
}

/** Carries the row through the body and whatever it awaits, so that a call is booked on its own row. */
export const currentRow: AsyncLocalStorage<CurrentRow> = callScope as AsyncLocalStorage<CurrentRow>
