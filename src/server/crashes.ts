import type { ServerCrash } from '../model/lease.ts'

/** What is known of a server's crashes. */
export interface Crashes {
  readonly all: readonly ServerCrash[]
  /** Starts after one. */
  readonly restarts: number
  /** @returns how many there were in the last ten minutes, with this one */
  note(crash: ServerCrash): number
  /** Called with each start. */
  started(): void
}

const WINDOW = 600_000

export function createCrashes(): Crashes {
  const all: (ServerCrash & { readonly at: number })[] = []
  let restarts = 0
  let isDown = false
  return {
    get all() {
      return all.map(({ how, log }) => ({ how, log }))
    },
    get restarts() {
      return restarts
    },
    note(crash) {
      const at = performance.now()
      isDown = true
      all.push({ ...crash, at })
      return all.filter((one) => at - one.at < WINDOW).length
    },
    started() {
      if (isDown) restarts++
      isDown = false
    },
  }
}
