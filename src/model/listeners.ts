/** Who is told of something. */
export interface Listeners<Told> {
  /** @returns what ends that; a listener that is added twice is told twice */
  add(listener: (told: Told) => unknown): () => void
  tell(told: Told): void
}

/** Listeners of which none keeps anything from the others: what one throws, or rejects with, goes to `onError`. */
export function createListeners<Told>(onError: (error: unknown) => void): Listeners<Told> {
  const entries = new Set<{ readonly listener: (told: Told) => unknown }>()
  return {
    add(listener) {
      const entry = { listener }
      entries.add(entry)
      return () => void entries.delete(entry)
    },
    tell(told) {
      for (const { listener } of [...entries]) {
        try {
          Promise.resolve(listener(told)).catch(onError)
        } catch (error) {
          onError(error)
        }
      }
    },
  }
}
