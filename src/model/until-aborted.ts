import { cancelledBy } from './error.ts'

/** Waits no longer than `signal` lets it; what is awaited goes on for others. */
export async function untilAborted<T>(
  wait: Promise<T>,
  signal: AbortSignal | undefined,
  provider: string,
): Promise<T> {
  if (!signal) return wait
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(cancelledBy(signal, provider))
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([wait, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
