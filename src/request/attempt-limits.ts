import { AssayError, cancelledBy } from '../model/error.ts'

/** What ends one attempt from our side: the caller, a time limit, or that nobody reads the rest. */
export interface AttemptLimits {
  readonly signal: AbortSignal
  /** Starts a limit; 0 for none. `option` is what the user can set. Returns what stops it alone. */
  within(ms: number, what: string, option: string): () => void
  /** Stops the limits that run. */
  stop(): void
  /** Breaks the connection off. */
  cancel(): void
  /** What ended it; `undefined` while nothing did. */
  failure(): AssayError | undefined
}

export function startLimits(
  provider: string,
  caller: AbortSignal | null | undefined,
): AttemptLimits {
  const own = new AbortController()
  const timers = new Set<NodeJS.Timeout>()
  const signal = caller ? AbortSignal.any([caller, own.signal]) : own.signal

  function stop(): void {
    for (const timer of timers) clearTimeout(timer)
    timers.clear()
  }

  return {
    signal,
    stop,
    within(ms, what, option) {
      if (ms === 0) return () => {}
      const message = `${provider}: ${what} within ${ms} ms (\`${option}\`).`
      const expire = () => own.abort(new AssayError(message, { kind: 'timeout', provider }))
      const timer = setTimeout(expire, ms)
      timers.add(timer)
      return () => clearTimeout(timer)
    },
    cancel() {
      stop()
      own.abort(
        new AssayError(`${provider}: the stream was left.`, { kind: 'cancelled', provider }),
      )
    },
    failure() {
      return signal.aborted ? cancelledBy(signal, provider) : undefined
    },
  }
}
