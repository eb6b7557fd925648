import { type Call, currentCall } from '../model/call.ts'
import { AssayError } from '../model/error.ts'
import type { ModelResponse } from '../model/response.ts'
import { toEntry } from './cache/entry.ts'
import { type Answer, Flight } from './cache/flight.ts'
import { requestKey } from './cache/key.ts'
import type { Cache } from './cache/open-cache.ts'
import { parseCacheUse } from './cache/options.ts'
import { shareBody } from './cache/shared-body.ts'
import type { Endpoint } from './endpoint.ts'
import type { Middleware } from './pipe.ts'

export interface CacheMiddlewareOptions {
  readonly endpoint: Pick<Endpoint, 'provider' | 'model' | 'settings'>
  readonly cache: Cache
}

/**
 * Answers a model call's request with what was kept of the same one, and sends it once where several ask for
 * the same at the same time. It stands before all that waits, sends or counts.
 */
export function cache({ endpoint, cache: kept }: CacheMiddlewareOptions): Middleware {
  const where = `${endpoint.provider}: cache`
  const { mode, ttlMs } = parseCacheUse(endpoint.settings?.cache, kept, where)
  if (mode === 'off') return (next) => next

  return (next) =>
    async (url, init = {}) => {
      const call = currentCall.getStore()
      // the seam has taken a Request apart before
      if (!call || url instanceof Request || isReading(init)) return next(url, init)
      const key = requestKey({ endpoint, url, init, trial: call.trial })
      if (key === undefined) return next(url, init)
      init.signal?.throwIfAborted()
      const send: Send = (own, alive) =>
        currentCall.run(own, () => next(url, { ...init, signal: alive }))
      const [flight, response] = await board(key, call, send, init.signal)
      const answer = await flight.answer
      if (answer.from === 'server' && mode !== 'read') {
        call.completed.push((whole) => {
          if (isWorthKeeping(whole)) answer.keep()
        })
      }
      return response
    }

  /** Who came later has more time than the first: its deadline is not theirs. */
  async function board(
    key: string,
    call: Call,
    send: Send,
    signal: AbortSignal | null | undefined,
  ): Promise<[Flight, Response]> {
    const isFirst = !kept.flights.has(nameOf(key))
    const flight = join(key, call, send)
    try {
      return [flight, await flight.board(call, signal)]
    } catch (error) {
      const isLate = AssayError.is(error) && error.kind === 'timeout'
      if (isFirst || !isLate || signal?.aborted) throw error
      return board(key, call, send, signal)
    }
  }

  /** A refresh cannot join one that takes what was kept. */
  function nameOf(key: string): string {
    return mode === 'refresh' ? `refresh ${key}` : key
  }

  function join(key: string, leader: Call, send: Send): Flight {
    const name = nameOf(key)
    const known = kept.flights.get(name)
    if (known) return known
    const run = async (own: Call, alive: AbortSignal): Promise<Answer> => {
      const entry = mode === 'refresh' ? undefined : await kept.get(key, ttlMs)
      if (entry) return { from: 'store', entry }
      alive.throwIfAborted()
      return fromServer(key, await send(own, alive))
    }
    const flight = new Flight({ leader, run, onEnd: () => kept.flights.delete(name) })
    kept.flights.set(name, flight)
    return flight
  }

  function fromServer(key: string, response: Response): Answer {
    const body = shareBody(response.body)
    let isKept = false
    function keep(): void {
      if (isKept) return
      isKept = true
      body.whenComplete((bytes) => {
        const entry = toEntry(response, bytes)
        if (entry) kept.keep(key, entry, ttlMs)
      })
    }
    return { from: 'server', response, body, keep }
  }
}

function isReading({ method = 'GET' }: RequestInit): boolean {
  return ['GET', 'HEAD'].includes(method.toUpperCase())
}

type Send = (call: Call, signal: AbortSignal) => Promise<Response>

/** What was cut off or refused may turn out otherwise another time. */
function isWorthKeeping({ finishReason, blocked }: ModelResponse): boolean {
  return blocked === null && (finishReason === 'stop' || finishReason === 'tool_calls')
}
