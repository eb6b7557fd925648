import type { ErrorKind } from '../model/error.ts'
import type { ServerAddress, ServerNeed } from '../model/lease.ts'
import type { PermitOutcome, PermitPool, PermitRequest } from '../model/permit.ts'

/** What a worker tells the broker: one JSON value per line. Numbers in it are of the worker's own choice. */
export type ToBroker = ProgressMessage | SpendMessage | PermitMessage | LeaseMessage

/** What it says of permits. */
export type PermitMessage =
  | { readonly type: 'pool'; readonly pool: number; readonly of: PermitPool }
  | AcquireMessage
  | { readonly type: 'cancel'; readonly id: number }
  | ({ readonly type: 'release'; readonly id: number } & PermitOutcome)

export interface AcquireMessage extends Pick<
  PermitRequest,
  'tokens' | 'patienceMs' | 'again' | 'avoid'
> {
  readonly type: 'acquire'
  readonly id: number
  readonly pool: number
}

/** What it says of leases of local servers. */
export type LeaseMessage =
  | BorrowMessage
  | RecoverMessage
  /** The lease is given back, or awaited no longer. */
  | { readonly type: 'return'; readonly id: number }

export interface BorrowMessage {
  readonly type: 'borrow'
  readonly id: number
  readonly need: ServerNeed
  /** Leases of this worker that the asker holds meanwhile. */
  readonly besides: readonly number[]
}

/** A request to the server failed. */
export interface RecoverMessage {
  readonly type: 'recover'
  readonly id: number
  readonly lease: number
  readonly seen: ServerAddress
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
  | PermitAnswer
  | LeaseAnswer
  /** That the budget is spent, in words for a person. */
  | { readonly type: 'spent'; readonly reason: string }

export type PermitAnswer =
  | {
      readonly type: 'permit'
      readonly id: number
      readonly key: number
      readonly queuedMs: number
      readonly cooledMs: number
    }
  | { readonly type: 'refused'; readonly id: number; readonly error: Refusal }

export type LeaseAnswer =
  | LeasedMessage
  | { readonly type: 'recovered'; readonly id: number; readonly address: ServerAddress }
  /** There is no lease, or the server is not started again. */
  | { readonly type: 'withheld'; readonly id: number; readonly error: Refusal }

export interface LeasedMessage {
  readonly type: 'leased'
  readonly id: number
  /** The server's key. Only this user can open the socket that it goes over. */
  readonly key: string | null
  readonly slots: number | null
  readonly address: ServerAddress
}

/** What an AssayError says. */
export interface Refusal {
  readonly message: string
  readonly kind: ErrorKind
  readonly provider?: string | undefined
  readonly retryAfterMs?: number | undefined
}
