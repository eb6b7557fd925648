import { AssayError } from '../../src/model/error.ts'
import { untilAborted } from '../../src/model/until-aborted.ts'
import { startClock } from '../../src/model/clock.ts'
import type { Subject } from './subject.ts'

/**
 * Waits no longer than so many milliseconds; what is awaited goes on. `what` names it in the error.
 * @throws AssayError `timeout`
 */
export async function within<T>(
  ms: number,
  wait: Promise<T>,
  { spec, provider }: Subject,
  what: string,
): Promise<T> {
  const limit = new AbortController()
  const clock = startClock(ms, () => {
    const message = `${spec}: ${what} has not ended within ${ms / 1000} s.`
    limit.abort(new AssayError(message, { kind: 'timeout', provider }))
  })
  try {
    return await untilAborted(wait, limit.signal, provider)
  } finally {
    clock.stop()
  }
}
