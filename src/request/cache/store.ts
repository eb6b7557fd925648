/** Where kept responses lie, by key. It may throw: a guarded store makes a miss of that. */
export interface CacheStore {
  /** `undefined` where nothing is kept, or no longer. */
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, ttlMs: number): Promise<void>
  delete(key: string): Promise<void>
  close(): Promise<void>
}

/** How much a store may hold. */
export interface StoreLimits {
  readonly maxEntries: number
  /** Bytes of all values. @default no limit */
  readonly maxBytes?: number | undefined
}

/** How many entries go when one is too many: a batch, so that not each further one makes another go. */
export function batchOf(maxEntries: number): number {
  return Math.min(LARGEST_BATCH, Math.max(1, Math.floor(maxEntries / 20)))
}

/** It is dropped at one go, in which nothing else happens. */
const LARGEST_BATCH = 500
