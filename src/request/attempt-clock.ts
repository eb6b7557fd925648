/** Ends one attempt: when the caller aborts or when the time is up, whichever comes first. */
export interface AttemptClock extends Disposable {
  readonly signal: AbortSignal
  /** Whether it was the time that ended the attempt. */
  readonly timedOut: boolean
}

export function startAttemptClock(ms: number, caller?: AbortSignal): AttemptClock {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), ms)
  const signal = caller ? AbortSignal.any([caller, limit.signal]) : limit.signal
  return {
    signal,
    get timedOut() {
      return limit.signal.aborted && signal.reason === limit.signal.reason
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  }
}
