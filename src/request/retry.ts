import { setTimeout as sleep } from 'node:timers/promises'
import { currentCall } from '../model/call.ts'
import { AssayError, cancelledBy } from '../model/error.ts'
import { type Exchange, exchangeOf } from './exchange.ts'
import type { Middleware } from './pipe.ts'

export interface RetryOptions {
  readonly provider: string
  /** Requests for one response, those answered with 429 not counted. */
  readonly attempts: number
  /** How many keys there are to go on with. */
  readonly keys: number
  readonly random?: (() => number) | undefined
}

const BASE = 1000
const LONGEST = 60_000
const SOME_QUOTAS = 3

/**
 * The one layer that sends a request again. A 429 costs no attempt: the desk makes the request wait, and the
 * deadline bounds it. What a key is to blame for goes on with the next one. Nothing is sent again once the
 * server has accepted it, so that nothing is paid twice.
 */
export function retry({
  provider,
  attempts,
  keys,
  random = Math.random,
}: RetryOptions): Middleware {
  return (next) =>
    async (url, init = {}) => {
      const exchange = exchangeOf(init)
      const { signal } = init
      const started = performance.now()
      let failures = 0
      let quotas = 0
      let last: AssayError | undefined

      async function prepare(failure: AssayError): Promise<boolean> {
        if (failure.kind === 'rate_limit') return true
        if (failure.kind === 'quota' && ++quotas === SOME_QUOTAS) throw tooLarge(failure)
        // a quota that has a time comes back, also to the only key
        const comesBack = failure.kind === 'quota' && failure.retryAfterMs !== undefined
        if (keyFaults.has(failure.kind)) return keys > 1 || comesBack
        if (!passing.has(failure.kind) || ++failures >= attempts) return false
        const own = random() * Math.min(LONGEST, BASE * 2 ** (failures - 1))
        const wait = Math.max(own, failure.retryAfterMs ?? 0)
        if (wait >= exchange.clock.remainingMs) return false
        await sleep(wait, undefined, { signal: signal! }).catch(() => {
          throw cancelledBy(signal, provider)
        })
        return true
      }

      for (;;) {
        const sent = exchange.attempts
        try {
          const response = await next(url, init)
          const call = currentCall.getStore()
          if (call) call.waitedMs += exchange.sentAt - started
          return response
        } catch (error) {
          if (!AssayError.is(error)) throw error
          if (exchange.attempts === sent || signal?.aborted) throw ending(error, last, exchange)
          last = error
          if (!(await prepare(error))) {
            throw ending(error, undefined, exchange)
          }
        }
      }
    }

  function tooLarge(failure: AssayError): AssayError {
    return new AssayError(
      `${failure.message} (so said ${SOME_QUOTAS} keys one after the other: the request may be too large)`,
      { kind: 'quota', provider, status: failure.status, attempts: SOME_QUOTAS },
    )
  }
}

/** Faults of the server or the way to it, which may have passed a moment later. */
const passing = new Set(['server', 'network', 'timeout'])
/** Faults of one key, which another may not have. */
const keyFaults = new Set(['auth', 'forbidden', 'quota'])

/** Says how many requests were sent, and what was wrong before the time was up or no key was left. */
function ending(
  error: AssayError,
  last: AssayError | undefined,
  { attempts }: Exchange,
): AssayError {
  const { kind, provider, status, retryAfterMs, cause } = error
  const before = last && last.message !== error.message ? ` Before that: ${last.message}` : ''
  const message = attempts > 1 && !before ? withCount(error.message, attempts) : error.message
  return new AssayError(message + before, {
    kind,
    provider,
    status: status ?? last?.status,
    retryAfterMs,
    attempts,
    cause,
  })
}

function withCount(message: string, attempts: number): string {
  const [, sentence, stop] = /^([^]*?)(\.?)$/.exec(message)!
  return `${sentence} (${attempts} attempts)${stop}`
}
