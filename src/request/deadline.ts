import { startClock } from '../model/clock.ts'
import { AssayError } from '../model/error.ts'
import { endOf, type Exchange } from './exchange.ts'
import type { Middleware } from './pipe.ts'

/** Ends a request, with all its attempts, when `ms` have passed outside of the queue; 0 for never. */
export function deadline({ provider, ms }: { provider: string; ms: number }): Middleware {
  return (next) =>
    async (url, init = {}) => {
      const expired = new AbortController()
      const clock = startClock(ms, () => {
        const message = `${provider}: no response within the \`deadline\` of ${ms} ms.`
        expired.abort(new AssayError(message, { kind: 'timeout', provider }))
      })
      const signal = init.signal ? AbortSignal.any([init.signal, expired.signal]) : expired.signal
      const exchange: Exchange = { clock, attempts: 0, sentAt: performance.now(), key: -1 }
      const stop = () => clock.stop()
      try {
        const response = await next(url, { ...init, signal, exchange })
        endOf(response).then(stop, stop)
        return response
      } catch (error) {
        stop()
        throw error
      }
    }
}
