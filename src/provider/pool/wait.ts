import { currentCall } from '../../model/call.ts'
import { untilAborted } from '../../model/until-aborted.ts'
import type { Timers } from '../health/limit.ts'

/** Timers that hold the process open: somebody waits for them. */
export const waitTimers: Timers = {
  now: () => performance.now(),
  setTimer(callback, ms) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

/**
 * Waits for some milliseconds, or until it is woken. The row's clock stands still meanwhile, as in the queue of
 * requests. @throws AssayError where `signal` ends it
 */
export async function waitUntil(
  ms: number,
  waiting: Set<() => void>,
  { setTimer, signal }: Pick<Timers, 'setTimer'> & { readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const cancel = setTimer(resolve, Math.max(0, ms))
  const resume = currentCall.getStore()?.clock?.pause()
  waiting.add(resolve)
  try {
    await untilAborted(promise, signal, 'pool')
  } finally {
    cancel()
    resume?.(0)
    waiting.delete(resolve)
  }
}
