import { hash } from 'node:crypto'
import type { ChaosRequest } from './ledger.ts'
import type { RetryAfter } from './retry-after.ts'

/** What goes wrong with one request. A bare type takes the defaults. */
export type Fault =
  /** 429. `retryAfter` defaults to that of the server. */
  | { readonly type: 'rate-limit'; readonly retryAfter?: RetryAfter }
  /** 500, unless `status` says another. */
  | {
      readonly type: 'server-error'
      readonly status?: 500 | 502 | 503 | 504
      readonly retryAfter?: RetryAfter
    }
  /** 529. */
  | { readonly type: 'overloaded'; readonly retryAfter?: RetryAfter }
  /** A good response, one byte after the other, `interval` milliseconds apart. @default 10 */
  | { readonly type: 'drip'; readonly interval?: number }
  /** A good response that comes `ms` later. @default 1000 */
  | { readonly type: 'slow'; readonly ms?: number }
  /** A good response whose headers say that nothing is left for `seconds`. @default 1 */
  | { readonly type: 'no-remaining'; readonly seconds?: number }
  | { readonly type: PlainFault }

type PlainFault =
  /** The key has no credit left. */
  | 'quota'
  /** 401. */
  | 'unauthorized'
  /** The model declines: OpenAI's `refusal`, Anthropic's `stop_reason: refusal`. */
  | 'refusal'
  /** A filter takes the response back: OpenAI's `finish_reason: content_filter`, Anthropic's as `refusal`. */
  | 'filtered-response'
  /** A filter refuses the prompt: Azure's 400. */
  | 'filtered-prompt'
  /** The connection closes before any answer. A true ECONNREFUSED needs a port that nobody listens on. */
  | 'hang-up'
  /** The connection is reset in the middle of the body. */
  | 'reset'
  /** No answer at all, until the client or the server goes. */
  | 'hang'
  /** The first half of the body, then as `hang`. */
  | 'stall'
  /** The connection ends in the middle of the body: less comes than `content-length` or the chunks promise. */
  | 'truncate'
  /** HTTP that is whole, around half of the body: JSON without its end, a stream without its last events. */
  | 'cut'
  /** An error with status 200; in a stream, as its only event. */
  | 'error-body'
  /** An error after the first half of a stream; without a stream as `error-body`. */
  | 'error-event'
  /** A body that is no JSON. */
  | 'malformed'
  /** A good response that does not say what it used. */
  | 'no-usage'
  /** A good response of a model that was not asked for. */
  | 'wrong-model'

/** Says what goes wrong with a request, if anything does. */
export type FaultScript = (request: ChaosRequest) => Fault | Fault['type'] | undefined

/** How often something goes wrong, from 0 to 1. The chances of all faults add up to 1 at most. */
export type FaultChance = readonly [chance: number, fault: Fault | Fault['type']]

/**
 * Picks by chance for the requests of rows, the same for the same seed, row and attempt: neither the order in
 * which requests come nor what the limit did to them has a say.
 */
export function drawFaults(chances: readonly FaultChance[], seed: string): FaultScript {
  return ({ endpoint, row, attempt }) => {
    if (endpoint === 'models') return undefined
    let left = uniform(`${seed}\n${attempt}\n${row}`)
    return chances.find(([chance]) => (left -= chance) < 0)?.[1]
  }
}

function uniform(text: string): number {
  return Number.parseInt(hash('sha256', text, 'hex').slice(0, 12), 16) / 2 ** 48
}
