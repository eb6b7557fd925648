import type { Secret } from '../../model/secret.ts'
import { connectRedis } from './redis-connection.ts'
import { batchOf, type CacheStore, type StoreLimits } from './store.ts'

export interface RedisOptions extends Pick<StoreLimits, 'maxEntries'> {
  readonly url: Secret
  /** Before the keys of all that is kept. @default 'vitest-assay:' */
  readonly prefix?: string | undefined
  /** The longest that one command may take, in milliseconds. @default 2000 */
  readonly timeout?: number | undefined
  readonly now?: (() => number) | undefined
}

/** How exact the last use is known, so that reading does not write each time. */
const USE_PRECISION = 60_000

/** How long the list of uses outlives the last write, in milliseconds. */
const LIST_TTL = 30 * 86_400_000

/** Keeps responses on a Redis server, for all machines that reach it. */
export function redisStore({
  url,
  maxEntries,
  prefix = 'vitest-assay:',
  timeout = 2000,
  now = Date.now,
}: RedisOptions): CacheStore {
  const { send, close } = connectRedis({ url, timeout })
  const name = (key: string) => `${prefix}response:${key}`
  // a sorted set of all keys by their last use; one that has expired goes when its turn comes
  const uses = `${prefix}uses`
  const written = new Map<string, number>()

  function remember(key: string): void {
    if (written.size > maxEntries) written.clear()
    written.set(key, now())
  }

  /** Writes a use down, without making the reader wait for it. */
  function touch(key: string): void {
    if (now() - (written.get(key) ?? 0) < USE_PRECISION) return
    remember(key)
    send('ZADD', uses, 'XX', String(now()), key).catch(() => {}) // the next command says what is wrong
  }

  async function evict(entries: number): Promise<void> {
    if (entries <= maxEntries) return
    const count = entries - maxEntries + batchOf(maxEntries) - 1
    const popped = (await send('ZPOPMIN', uses, String(count))) as string[]
    const keys = popped.filter((_, place) => place % 2 === 0) // each is followed by its score
    for (const key of keys) written.delete(key)
    await send('DEL', ...keys.map(name))
  }

  return {
    async get(key) {
      const value = await send('GET', name(key))
      if (typeof value !== 'string') return undefined
      touch(key)
      return value
    },
    async set(key, value, ttlMs) {
      const [, , , entries] = await Promise.all([
        send('SET', name(key), value, 'PX', String(ttlMs)),
        send('ZADD', uses, String(now()), key),
        send('PEXPIRE', uses, String(Math.max(LIST_TTL, ttlMs))),
        send('ZCARD', uses),
      ])
      remember(key)
      await evict(Number(entries))
    },
    async delete(key) {
      await Promise.all([send('DEL', name(key)), send('ZREM', uses, key)])
    },
    async close() {
      close()
    },
  }
}
