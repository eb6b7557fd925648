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
  return new TimerClock(ms, expire)
}

/** A class, since every row and every request has one: its methods are not made anew each time. */
class TimerClock implements Clock {
  #left: number
  #since = 0
  #pauses = 0
  #charged = 0
  #timer: NodeJS.Timeout | undefined
  readonly #expire: () => void

  constructor(ms: number, expire: () => void) {
    this.#left = ms > 0 ? ms : Number.POSITIVE_INFINITY
    this.#expire = expire
    this.#run()
  }

  get remainingMs(): number {
    const passed = this.#pauses > 0 ? 0 : performance.now() - this.#since
    return Math.max(0, this.#left - passed)
  }

  pause(): (chargedMs: number) => void {
    if (this.#pauses++ === 0) {
      this.#left -= performance.now() - this.#since
      this.#charged = 0
      clearTimeout(this.#timer)
    }
    return (chargedMs) => {
      this.#charged = Math.max(this.#charged, chargedMs) // those who wait at once wait for the same time
      if (--this.#pauses > 0) return
      this.#left -= this.#charged
      this.#run()
    }
  }

  stop(): void {
    this.#left = Number.POSITIVE_INFINITY
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #run(): void {
    this.#since = performance.now()
    if (this.#left <= LONGEST) this.#timer = setTimeout(this.#expire, Math.max(0, this.#left))
  }
}
