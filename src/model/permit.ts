import type { ErrorKind } from './error.ts'

/** How many requests may be sent, and how much they may carry. What is not given is not limited. */
export interface Limits {
  /** Requests in flight at once. A number fixes what else adapts, from 10 up to 100. */
  readonly concurrency?: number | undefined
  /** Requests in any 60 seconds. */
  readonly rpm?: number | undefined
  /** Tokens, of prompts and responses together, in any 60 seconds. */
  readonly tpm?: number | undefined
  /** Requests in any 24 hours. */
  readonly rpd?: number | undefined
}

/** Which of several keys is taken: the least used, each in turn, or one as long as it goes. */
export type KeyStrategy = 'least-used' | 'round-robin' | 'sticky'

/** The requests that share keys and limits: those of one provider's model. */
export interface PermitPool {
  readonly provider: string
  readonly model: string
  /** Ids of the keys, in the order they were given; none for a server without keys. */
  readonly keys: readonly string[]
  /** Limits of this model alone, beside those of its provider. */
  readonly limits?: Limits | undefined
  /** Which of the provider's servers it is, where there are several: no other has its limits and faults. */
  readonly server?: string | undefined
  /** Whether the server is our own, with nobody to ask for mercy: its requests are not paced. */
  readonly local?: boolean | undefined
}

export interface PermitRequest {
  readonly pool: PermitPool
  /** Estimated tokens of prompt and response. */
  readonly tokens: number
  /** How long it may sit out a cool-down of its keys, in milliseconds; the queue does not count. */
  readonly patienceMs: number
  /** Whether it was sent before: it goes to the front of the queue. */
  readonly again: boolean
  /** Place of a key that has just failed: another one is taken if there is one to be had. */
  readonly avoid?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Leave to send one request. It must be given back, once. */
export interface Permit {
  /** Place of the key to use in the pool's `keys`; -1 for a server without keys. */
  readonly key: number
  /** Time spent in the queue, in milliseconds: no clock runs on it. */
  readonly queuedMs: number
  /** Time spent on a cool-down of the keys, in milliseconds: the request's clock runs on it. */
  readonly cooledMs: number
  /** Says how the request ended. A second call does nothing. */
  release(outcome: PermitOutcome): void
}

export interface PermitOutcome {
  /** `null` for a success. */
  readonly failure: ErrorKind | null
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined
  /** Tokens that the response reports. */
  readonly tokens?: number | undefined
}

/** What a run may spend. */
export interface Budget {
  /** US dollars. */
  readonly usd?: number | undefined
  readonly tokens?: number | undefined
}

/** Who hands out permits: the broker, or a desk in this process. */
export interface Desk {
  /** @throws AssayError `auth`, `quota` or `rate_limit` when no key can be had in time; `cancelled` */
  acquire(request: PermitRequest): Promise<Permit>
}
