/** The last results of a model. */
export interface History {
  readonly size: number
  readonly failures: number
  add(isFailure: boolean): void
}

/** Keeps as many results as `capacity`; the oldest goes first. */
export function createHistory(capacity: number): History {
  const results: boolean[] = []
  let oldest = 0
  let failures = 0
  return {
    get size() {
      return results.length
    },
    get failures() {
      return failures
    },
    add(isFailure) {
      if (isFailure) failures++
      if (results.length < capacity) {
        results.push(isFailure)
        return
      }
      if (results[oldest]) failures--
      results[oldest] = isFailure
      oldest = (oldest + 1) % capacity
    },
  }
}
