/** The ends of a server's starts: all must be over before the next one. */
export interface Ends {
  /** Adds one, which gets those before it. Resolves when they and it are over. */
  add(end: (before: Promise<void>) => Promise<void>): Promise<void>
  /** Resolves when none is left, also of those that were added meanwhile. */
  over(): Promise<void>
}

export function createEnds(): Ends {
  let last = Promise.resolve()
  return {
    add(end) {
      const all = Promise.allSettled([last, end(last)])
      last = (async () => void (await all))()
      return last
    },
    async over() {
      for (let seen; seen !== last;) {
        seen = last
        await seen
      }
    },
  }
}
