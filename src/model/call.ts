import { AsyncLocalStorage } from 'node:async_hooks'
import type { PausableClock } from './clock.ts'
import type { ErrorKind } from './error.ts'
import { inProcess } from './in-process.ts'
import type { ModelResponse } from './response.ts'

export type { PausableClock } from './clock.ts'

/** What surrounds a model call: the row that it is made for. */
export interface CallScope {
  /** Which repeat of its row it is made for, from 0. */
  readonly trial: number
  readonly clock: PausableClock
  /** Calls the listener once the row is over: with what it came to, or with nothing where that is no result. */
  onSettled?(listener: (row: SettledRow | undefined) => void): void
}

/** What a row came to, as far as models are concerned. */
export interface SettledRow {
  readonly outcome: 'scored' | 'blocked' | 'error' | 'skipped'
  readonly scores: Readonly<Record<string, { readonly value: number }>>
  readonly error?: { readonly kind: ErrorKind; readonly message: string }
}

/** The scope of the calls that are made from here on. */
export const callScope: AsyncLocalStorage<CallScope> = inProcess(
  'callScope/1',
  () => new AsyncLocalStorage<CallScope>(),
)

/** One call of a model, as the requests that it sends see it. */
export interface Call {
  readonly trial: number
  /** Whether the caller reads the response as it comes. */
  readonly streaming: boolean
  readonly clock: PausableClock | undefined
  /** Requests sent so far. */
  attempts: number
  /** Whether the response came out of a cache. */
  cached: boolean
  /** Time that went by without a request that counted: queue, cool-down, back-off, failed attempts. */
  waitedMs: number
  /** When the last response had come in, on the clock of `performance.now()`. */
  endedAt: number | undefined
  /** Called with the complete response, when the provider has understood it. */
  readonly completed: ((response: ModelResponse) => void)[]
}

/** The call that a request belongs to; none for a request that a provider makes at set-up. */
export const currentCall: AsyncLocalStorage<Call> = inProcess(
  'currentCall/1',
  () => new AsyncLocalStorage<Call>(),
)
