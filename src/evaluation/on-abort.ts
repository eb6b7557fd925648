const listeners = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `listener` when `signal` aborts, until the returned function is called. The signal itself gets one
 * listener, however many rows wait on it: Node warns from eleven on.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  let waiting = listeners.get(signal)
  if (!waiting) {
    waiting = new Set()
    listeners.set(signal, waiting)
    const all = waiting
    signal.addEventListener('abort', () => all.forEach((one) => one()), { once: true })
  }
  waiting.add(listener)
  return () => waiting.delete(listener)
}
