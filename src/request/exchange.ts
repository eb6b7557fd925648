import type { Clock } from '../model/clock.ts'
import { AssayError } from '../model/error.ts'

/** One request over all its attempts, as the middlewares see it. */
export interface Exchange {
  /** The deadline of the whole. */
  readonly clock: Clock
  /** Requests sent so far. */
  attempts: number
  /** When the last of them was sent, on the clock of `performance.now()`. */
  sentAt: number
  /** Place of the key that the last of them used; -1 for none. */
  key: number
}

/** The exchange that `deadline` has opened: all that stands behind it in the pipe has one. */
export function exchangeOf({ exchange }: { readonly exchange?: Exchange }): Exchange {
  if (exchange) return exchange
  throw new AssayError('A request came past its deadline.', { kind: 'internal' })
}

const ends = new WeakMap<Response, Promise<void>>()

/** Remembers when the body of a response will have come in, which is before or after it is read. */
export function withEnd(response: Response, end: Promise<void>): Response {
  end.catch(() => {}) // who reads the body sees it there
  ends.set(response, end)
  return response
}

/** Settles when the body of a response has come in, or rejects with what broke it off. */
export function endOf(response: Response): Promise<void> {
  return ends.get(response) ?? Promise.resolve()
}
