import type { Clock } from '../../model/clock.ts'

/** Time, and what happens in it. */
export interface Timers {
  /** Milliseconds, never going back. */
  now(): number
  /** Calls back after some milliseconds, unless the function it returns is called before. */
  setTimer(callback: () => void, ms: number): () => void
}

/** Timers that let the process end. */
export const idleTimers: Timers = {
  now: () => performance.now(),
  setTimer(callback, ms) {
    const timer = setTimeout(callback, ms).unref()
    return () => clearTimeout(timer)
  },
}

/** Calls `expire` when `ms` have passed that it was not paused. */
export function startLimit(ms: number, expire: () => void, { now, setTimer }: Timers): Clock {
  let left = ms
  let since = now()
  let pauses = 0
  let charged = 0
  let cancel = setTimer(expire, left)
  const passed = () => (pauses > 0 ? 0 : now() - since)
  let isStopped = false
  return {
    get remainingMs() {
      return Math.max(0, left - passed())
    },
    pause() {
      if (pauses === 0) {
        left -= passed()
        charged = 0
        cancel()
      }
      pauses++
      return (chargedMs) => {
        charged = Math.max(charged, chargedMs) // those who wait at once wait for the same time
        if (--pauses > 0) return
        left -= charged
        since = now()
        if (!isStopped) cancel = setTimer(expire, Math.max(0, left))
      }
    },
    stop() {
      isStopped = true
      cancel()
    },
  }
}
