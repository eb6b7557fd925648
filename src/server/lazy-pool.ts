import type { PoolOptions, ServerPool } from './pool.ts'

/** A pool of local servers that is not even loaded before the first lease. */
export function createLazyPool(options: PoolOptions): ServerPool {
  let opening: Promise<void> | undefined
  let pool: ServerPool | undefined
  let isClosed = false

  async function open(): Promise<void> {
    const { createPool } = await import('./pool.ts')
    pool = createPool(options)
    if (isClosed) await pool.close() // it refuses then
  }

  return {
    async lease(need, leaseOptions) {
      opening ??= open()
      await opening
      return pool!.lease(need, leaseOptions)
    },
    get history() {
      return pool?.history ?? []
    },
    get waits() {
      return pool?.waits ?? []
    },
    async close() {
      isClosed = true
      await opening
      await pool?.close()
    },
  }
}
