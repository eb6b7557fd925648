import { AssayError } from '../model/error.ts'
import type { Desk, Permit, PermitPool } from '../model/permit.ts'
import type { Secret } from '../model/secret.ts'
import { clocksOf, pauseAll } from './clocks.ts'
import { endOf, exchangeOf } from './exchange.ts'
import { malformedHeader } from './outgoing.ts'
import type { Middleware, RequestOptions } from './pipe.ts'
import { estimateTokens, reportedTokens } from './tokens.ts'

export interface PermitOptions {
  readonly desk: Desk
  readonly pool: PermitPool
  /** In the order of the pool's. */
  readonly keys: readonly Secret[]
  readonly authorize: (headers: Headers, key: Secret) => void
  /** What sends a request with this key, where that takes more than a header. */
  readonly signIn?: ((key: Secret) => Middleware) | undefined
}

/** Sends a request when the desk gives leave to, with the key that it names, and says how it ended. */
export function permit({ desk, pool, keys, authorize, signIn }: PermitOptions): Middleware {
  return (next) =>
    async (url, init = {}) => {
      const leave = await waitForLeave(desk, pool, init)
      exchangeOf(init).key = leave.key
      try {
        const headers = new Headers(init.headers)
        const key = keys[leave.key]
        if (key && !signIn) carry(key, headers)
        const send = key && signIn ? signIn(key)(next) : next
        const response = await send(url, { ...init, headers })
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

  function carry(key: Secret, headers: Headers): void {
    try {
      authorize(headers, key)
    } catch {
      throw malformedHeader(pool.provider) // what was thrown may show the key
    }
  }
}

/** Neither the request's clock nor the row's runs while it waits in the queue. */
async function waitForLeave(desk: Desk, pool: PermitPool, init: RequestOptions): Promise<Permit> {
  const { signal } = init
  const { attempts, key } = exchangeOf(init)
  const clocks = clocksOf(init)
  const patienceMs = Math.min(...clocks.map(({ remainingMs }) => remainingMs))
  const failedBefore = attempts > 0
  const resume = pauseAll(clocks)
  let cooledMs = 0
  try {
    const leave = await desk.acquire({
      pool,
      tokens: estimateTokens(init.body),
      patienceMs,
      again: failedBefore,
      ...(failedBefore && key >= 0 && { avoid: key }),
      ...(signal && { signal }),
    })
    cooledMs = leave.cooledMs
    return leave
  } finally {
    resume(cooledMs)
  }
}

function failureOf(error: unknown) {
  if (!AssayError.is(error)) return { failure: 'internal' } as const
  return { failure: error.kind, retryAfterMs: error.retryAfterMs }
}
