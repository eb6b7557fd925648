import type { Leases } from '../model/lease.ts'
import { createLazyPool } from '../server/lazy-pool.ts'

let pool: Leases | undefined

/** The servers of providers that are used by themselves, outside of a run and of `createProviders`. */
export const ownLeases: Leases = {
  lease(need, options) {
    pool ??= createLazyPool({})
    return pool.lease(need, options)
  },
}
