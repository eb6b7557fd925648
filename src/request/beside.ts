import { currentCall } from '../model/call.ts'
import { exchangeOf } from './exchange.ts'
import type { Fetch } from './pipe.ts'

/**
 * Sends what goes beside a request within the same attempt, and is none by itself: for a token, or for what an
 * operation has come to. It counts on copies; when it ended is known to the call all the same.
 */
export function beside(next: Fetch): Fetch {
  return async (url, init = {}) => {
    const call = currentCall.getStore()
    const send = () => next(url, { ...init, exchange: { ...exchangeOf(init) } })
    if (!call) return send()
    const copy = { ...call, streaming: false }
    const response = await currentCall.run(copy, send)
    call.endedAt = copy.endedAt
    return response
  }
}
