/** A time limit that stands still while it is paused. */
export interface PausableClock {
  /** What is left, in milliseconds. */
  readonly remainingMs: number
  /** Stops it, until the returned function is called with the milliseconds that count all the same. */
  pause(): (chargedMs: number) => void
}

export interface Clock extends PausableClock {
  stop(): void
}

/** setTimeout takes no longer one; a limit of almost a month is none. */
const LONGEST = 2 ** 31 - 1

/** Calls `expire` when `ms` have passed that it was not paused; 0 for never. */
export function startClock(ms: number, expire: () => void): Clock {
  let left = ms > 0 ? ms : Number.POSITIVE_INFINITY
  let since = performance.now()
  let pauses = 0
  let charged = 0
  let timer: NodeJS.Timeout | undefined
  const run = () => {
    since = performance.now()
    if (left <= LONGEST) timer = setTimeout(expire, Math.max(0, left))
  }
  run()
  return {
    get remainingMs() {
      return Math.max(0, pauses > 0 ? left : left - (performance.now() - since))
    },
    pause() {
      if (pauses++ === 0) {
        left -= performance.now() - since
        charged = 0
        clearTimeout(timer)
      }
      return (chargedMs) => {
        charged = Math.max(charged, chargedMs) // those who wait at once wait for the same time
        if (--pauses > 0) return
        left -= charged
        run()
      }
    },
    stop() {
      left = Number.POSITIVE_INFINITY
      clearTimeout(timer)
    },
  }
}
