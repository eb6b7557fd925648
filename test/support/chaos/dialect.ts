import type { Budget } from './limiter.ts'

/** What a vendor's API looks like on the wire. */
export interface Dialect {
  /** The JSON of a whole response. */
  complete(reply: Reply): object
  /** The events of a streamed response, each as its bytes go out. */
  events(reply: Reply): string[]
  failure(problem: Problem): Failure
  /** An error in a stream. */
  failureEvent(failure: Failure): string
  models(names: readonly string[]): object
  rateHeaders(budget: Budget): Readonly<Record<string, string>>
  /** Header that carries the id of a request. */
  readonly idHeader: string
}

export interface Reply {
  /** Letters and digits, different for each response. */
  readonly id: string
  readonly model: string
  readonly text: string
  /** Who took the text back, if anyone did. */
  readonly declinedBy: 'model' | 'filter' | undefined
  readonly usage: { readonly input: number; readonly output: number }
  /** Whether the response says what it used: never, or only where the client asked for it. */
  readonly reportsUsage: boolean
}

export interface Problem {
  readonly kind:
    | 'rate_limit'
    | 'quota'
    | 'auth'
    | 'filtered_prompt'
    | 'server'
    | 'overloaded'
    | 'invalid'
    | 'not_found'
  /** The status of a `server` problem. */
  readonly status?: number | undefined
  /** What an `invalid` or `not_found` request lacks. */
  readonly message?: string | undefined
  readonly model: string
  readonly requestId: string
  readonly limit: number
  /** The wait that the answer announces. */
  readonly waitMs?: number | undefined
}

export interface Failure {
  readonly status: number
  readonly body: object
}

/** A text in the parts in which a model would stream it. */
export function toTokens(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? []
}
