import type { ErrorKind } from '../model/error.ts'
import type { PermitOutcome, PermitPool, PermitRequest } from '../model/permit.ts'

/** What a worker tells the broker: one JSON value per line. `id` and `pool` are numbers of its own choice. */
export type ToBroker =
  | ProgressMessage
  | { readonly type: 'pool'; readonly pool: number; readonly of: PermitPool }
  | AcquireMessage
  | { readonly type: 'cancel'; readonly id: number }
  | ({ readonly type: 'release'; readonly id: number } & PermitOutcome)
  | SpendMessage

export interface AcquireMessage extends Pick<
  PermitRequest,
  'tokens' | 'patienceMs' | 'again' | 'avoid'
> {
  readonly type: 'acquire'
  readonly id: number
  readonly pool: number
}

export interface ProgressMessage {
  readonly version: 1
  readonly type: 'progress'
  readonly evalId: string
  /** Rows that are done since the test began, and those of them that ended in an error. */
  readonly rows: number
  readonly errors: number
}

/** What a model call has cost. */
export interface SpendMessage {
  readonly type: 'spend'
  /** The spec that was asked. */
  readonly model: string
  /** US dollars; `null` where they are unknown. */
  readonly usd: number | null
  /** `null` where the server reports none. */
  readonly tokens: number | null
}

/** What the broker tells a worker. */
export type ToWorker =
  | {
      readonly type: 'permit'
      readonly id: number
      readonly key: number
      readonly queuedMs: number
      readonly cooledMs: number
    }
  | RefusedMessage
  /** That the budget is spent, in words for a person. */
  | { readonly type: 'spent'; readonly reason: string }

export interface RefusedMessage {
  readonly type: 'refused'
  readonly id: number
  readonly error: {
    readonly message: string
    readonly kind: ErrorKind
    readonly provider?: string | undefined
    readonly retryAfterMs?: number | undefined
  }
}
