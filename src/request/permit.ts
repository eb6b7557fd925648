import { currentCall } from '../model/call.ts'
import { AssayError } from '../model/error.ts'
import type { Desk, Permit, PermitPool } from '../model/permit.ts'
import type { Secret } from '../model/secret.ts'
import { endOf } from './exchange.ts'
import type { Middleware, RequestOptions } from './pipe.ts'
import { estimateTokens, reportedTokens } from './tokens.ts'

export interface PermitOptions {
  readonly desk: Desk
  readonly pool: PermitPool
  /** In the order of the pool's. */
  readonly keys: readonly Secret[]
  readonly authorize: (headers: Headers, key: Secret) => void
}

/** Sends a request when the desk gives leave to, with the key that it names, and says how it ended. */
export function permit({ desk, pool, keys, authorize }: PermitOptions): Middleware {
  return (next) =>
    async (url, init = {}) => {
      const leave = await waitForLeave(desk, pool, init)
      const { exchange } = init
      if (exchange) exchange.key = leave.key
      const headers = new Headers(init.headers)
      const key = keys[leave.key]
      if (key) authorize(headers, key)
      try {
        const response = await next(url, { ...init, headers })
        endOf(response).then(
          () => leave.release({ failure: null, tokens: reportedTokens(response) }),
          (error: unknown) => leave.release(failureOf(error)),
        )
        return response
      } catch (error) {
        leave.release(failureOf(error))
        throw error
      }
    }
}

/** Neither the request's clock nor the row's runs while it waits in the queue. */
async function waitForLeave(desk: Desk, pool: PermitPool, init: RequestOptions): Promise<Permit> {
  const { exchange, signal } = init
  const failedBefore = exchange !== undefined && exchange.attempts > 0
  const patienceMs = exchange?.clock.remainingMs ?? Number.POSITIVE_INFINITY
  const clocks = [exchange?.clock, currentCall.getStore()?.clock]
  const resume = clocks.map((clock) => clock?.pause())
  let cooledMs = 0
  try {
    const leave = await desk.acquire({
      pool,
      tokens: estimateTokens(init.body),
      patienceMs,
      again: failedBefore,
      ...(failedBefore && exchange.key >= 0 && { avoid: exchange.key }),
      ...(signal && { signal }),
    })
    cooledMs = leave.cooledMs
    return leave
  } finally {
    for (const run of resume) run?.(cooledMs)
  }
}

function failureOf(error: unknown) {
  if (!AssayError.is(error)) return { failure: 'internal' } as const
  return { failure: error.kind, retryAfterMs: error.retryAfterMs }
}
