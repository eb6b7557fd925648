import { cancelledBy } from '../../model/error.ts'

/** Waits for some milliseconds, or until it is woken. @throws AssayError where `signal` ends it */
export async function waitUntil(
  ms: number,
  waiting: Set<() => void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const abort = () => reject(cancelledBy(signal, 'pool'))
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort, { once: true })
  const timer = setTimeout(resolve, Math.max(0, ms))
  waiting.add(resolve)
  try {
    await promise
  } finally {
    clearTimeout(timer)
    waiting.delete(resolve)
    signal?.removeEventListener('abort', abort)
  }
}
