import { AssayError, messageOf } from '../../model/error.ts'
import type { CacheStore } from './store.ts'

export interface GuardOptions {
  /** How messages call the store. */
  readonly name: string
  readonly notice: (line: string) => void
  readonly now: () => number
}

/** How long a store that failed is left alone: each try may take its time. */
const REST = 30_000

/**
 * A store whose faults cost no request. The first is said once; for a while nothing is asked of the store,
 * so that what it has is a miss. Only a wrong configuration goes through to the request.
 */
export function guardStore(store: CacheStore, { name, notice, now }: GuardOptions): CacheStore {
  let restsUntil = Number.NEGATIVE_INFINITY
  let said = false

  async function attempt<T>(operation: () => Promise<T>): Promise<T | undefined> {
    if (now() < restsUntil) return undefined
    try {
      return await operation()
    } catch (error) {
      if (AssayError.is(error)) throw error
      fail(error)
      return undefined
    }
  }

  function fail(error: unknown): void {
    restsUntil = now() + REST
    if (said) return
    said = true
    const what = messageOf(error).replace(/\.$/, '')
    notice(`The response cache (${name}) failed: ${what}. Requests go on without it.`)
  }

  return {
    get: (key) => attempt(() => store.get(key)),
    // nobody waits for these: even a wrong configuration is only said
    set: (key, value, ttlMs) => attempt(() => store.set(key, value, ttlMs)).catch(fail),
    delete: (key) => attempt(() => store.delete(key)).catch(fail),
    close: () => store.close().catch(fail),
  }
}
