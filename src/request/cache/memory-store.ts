import type { CacheStore, StoreLimits } from './store.ts'

interface Kept {
  readonly value: string
  readonly bytes: number
  readonly expiresAt: number
}

/** Keeps responses as long as the process lives. */
export function memoryStore({
  maxEntries,
  maxBytes = Number.POSITIVE_INFINITY,
  now = Date.now,
}: StoreLimits & { readonly now?: (() => number) | undefined }): CacheStore {
  // a Map keeps its order: what was used last stands at the end
  const entries = new Map<string, Kept>()
  let bytes = 0

  function remove(key: string): void {
    bytes -= entries.get(key)?.bytes ?? 0
    entries.delete(key)
  }

  return {
    async get(key) {
      const kept = entries.get(key)
      if (!kept) return undefined
      entries.delete(key)
      if (kept.expiresAt > now()) entries.set(key, kept)
      else bytes -= kept.bytes
      return entries.get(key)?.value
    },
    async set(key, value, ttlMs) {
      remove(key)
      const size = Buffer.byteLength(value)
      if (size > maxBytes) return
      entries.set(key, { value, bytes: size, expiresAt: now() + ttlMs })
      bytes += size
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries && bytes <= maxBytes) break
        remove(oldest)
      }
    },
    async delete(key) {
      remove(key)
    },
    async close() {
      entries.clear()
      bytes = 0
    },
  }
}
