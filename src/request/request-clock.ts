import { AssayError } from '../model/error.ts'
import type { PausableClock } from '../model/call.ts'

/** The deadline of one request, over all its attempts. */
export interface RequestClock extends PausableClock, Disposable {
  /** Aborts when the time is up. */
  readonly signal: AbortSignal
  /** What is left, in milliseconds. */
  readonly remainingMs: number
}

/** Starts a clock of `ms`; 0 for one that never ends. */
export function startRequestClock(ms: number, provider: string): RequestClock {
  const expired = new AbortController()
  let left = ms > 0 ? ms : Number.POSITIVE_INFINITY
  let since = performance.now()
  let pauses = 0
  let timer: NodeJS.Timeout | undefined
  const spend = (spent: number) => {
    left -= spent
    clearTimeout(timer)
  }
  const run = () => {
    since = performance.now()
    if (left <= 0) expire()
    else if (left < MAX_TIMER) timer = setTimeout(expire, left)
  }
  const expire = () => {
    left = 0
    const message = `${provider}: no response within the \`deadline\` of ${ms} ms.`
    expired.abort(new AssayError(message, { kind: 'timeout', provider }))
  }
  run()
  return {
    signal: expired.signal,
    get remainingMs() {
      return Math.max(0, pauses > 0 ? left : left - (performance.now() - since))
    },
    pause() {
      if (pauses++ === 0) spend(performance.now() - since)
      return (chargedMs) => {
        left -= chargedMs
        if (--pauses === 0) run()
      }
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  }
}

const MAX_TIMER = 2 ** 31
