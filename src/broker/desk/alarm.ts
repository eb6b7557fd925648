/** Calls back after some milliseconds, unless the function it returns is called before. */
export type SetTimer = (callback: () => void, ms: number) => () => void

/** A look at all that waits is due at least this often, whatever the clock has done meanwhile. */
const LONGEST = 60_000

export interface Alarm {
  /** Rings at `at`, and not at the time that was set before; never without one. */
  set(at: number | undefined, now: number): void
}

/** The one timer of a desk. While it is set the process lives, since somebody waits for it. */
export function createAlarm(setTimer: SetTimer, ring: () => void): Alarm {
  let current: { at: number; stop: () => void } | undefined
  return {
    set(at, now) {
      if (at === current?.at) return
      current?.stop()
      current = undefined
      if (at === undefined) return
      // a timer that is early would have to be set again
      const ms = Math.min(LONGEST, Math.ceil(at - now))
      const stop = setTimer(() => {
        current = undefined
        ring()
      }, ms)
      current = { at, stop }
    },
  }
}
