import { setImmediate as turn } from 'node:timers/promises'

interface Timer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

/** Time that passes only when nothing else is to be done. */
export class VirtualClock {
  /** Milliseconds; a test may set it, as a clock that is put forward or back. */
  time = 0
  readonly #timers: Timer[] = []
  #order = 0

  readonly now = (): number => this.time

  readonly setTimer = (callback: () => void, ms: number): (() => void) => {
    const timer = { at: this.time + ms, order: this.#order++, callback }
    const timers = this.#timers
    let low = 0
    let high = timers.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (timers[middle]!.at > timer.at) low = middle + 1
      else high = middle
    }
    timers.splice(low, 0, timer) // the soonest is the last; of equals the one that was set first
    return () => {
      const index = timers.indexOf(timer)
      if (index >= 0) timers.splice(index, 1)
    }
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.length
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.setTimer(resolve, ms))
  }

  /** Lets time pass up to `ms` from now, or until it is done, or nothing is left to wait for. */
  async pass(ms: number = Number.POSITIVE_INFINITY, isDone?: () => boolean): Promise<void> {
    const end = this.time + ms
    for (;;) {
      await turn()
      if (isDone?.()) return
      const next = this.#timers.at(-1)
      if (!next || next.at > end) break
      this.#timers.pop()
      this.time = Math.max(this.time, next.at)
      next.callback()
    }
    if (Number.isFinite(end)) this.time = Math.max(this.time, end)
  }
}
