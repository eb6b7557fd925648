import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/model/secret.ts'
import { memoryStore } from '../../../src/request/cache/memory-store.ts'
import { redisStore } from '../../../src/request/cache/redis-store.ts'
import { sqliteStore } from '../../../src/request/cache/sqlite-store.ts'
import type { CacheStore, StoreLimits } from '../../../src/request/cache/store.ts'
import { skipRedis, startRedis } from '../../support/redis-server.ts'
import { createFolder } from './folder.ts'

interface Opened extends AsyncDisposable {
  readonly store: CacheStore
}

type Open = (limits: StoreLimits, now: () => number) => Promise<Opened>

const memory: Open = async (limits, now) => {
  const store = memoryStore({ ...limits, now })
  return { store, [Symbol.asyncDispose]: () => store.close() }
}

const sqlite: Open = async (limits, now) => {
  const folder = await createFolder()
  const store = sqliteStore({
    ...limits,
    now,
    path: folder.file('a.sqlite'),
    notice: (line) => expect.fail(line),
  })
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

const redis: Open = async ({ maxEntries }, now) => {
  const server = await startRedis()
  const store = redisStore({ url: new Secret(server.url), maxEntries, now })
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

describe.for([
  { name: 'memory', open: memory },
  { name: 'sqlite', open: sqlite },
  { name: 'redis', open: redis },
])('the store $name', ({ name, open }) => {
  const it = test.skipIf(name === 'redis' && skipRedis)
  const MINUTE = 60_000

  function clock() {
    const state = { ms: 1_000_000_000_000 }
    return Object.assign(() => state.ms, { advance: (ms: number) => (state.ms += ms) })
  }

  it('gives back what was kept last, and nothing else', async () => {
    await using opened = await open({ maxEntries: 10 }, Date.now)
    const { store } = opened
    expect(await store.get('a')).toBeUndefined()
    await store.set('a', 'one é \ud83d\ude00 \u0000', MINUTE)
    await store.set('b', '', MINUTE)
    expect(await store.get('a')).toBe('one é \ud83d\ude00 \u0000')
    await store.set('a', 'two', MINUTE)
    expect(await store.get('a')).toBe('two')
    expect(await store.get('b')).toBe('')
    await store.delete('a')
    expect(await store.get('a')).toBeUndefined()
    await store.delete('a')
    expect(await store.get('b')).toBe('')
  })

  it('above `maxEntries`, drops what was not used for the longest time', async () => {
    const now = clock()
    await using opened = await open({ maxEntries: 3 }, now)
    const { store } = opened
    for (const key of ['a', 'b', 'c']) {
      await store.set(key, key, 100 * MINUTE)
      now.advance(2 * MINUTE)
    }
    expect(await store.get('a')).toBe('a')
    now.advance(2 * MINUTE)
    await store.set('d', 'd', 100 * MINUTE)
    const left = ['a', 'b', 'c', 'd'].map((key) => store.get(key))
    expect(await Promise.all(left)).toEqual(['a', undefined, 'c', 'd'])
    await store.set('d', 'again', 100 * MINUTE)
    expect(await store.get('a')).toBe('a')
  })

  it('never holds more than `maxEntries`', async () => {
    const now = clock()
    await using opened = await open({ maxEntries: 50 }, now)
    const { store } = opened
    const keys = Array.from({ length: 300 }, (_, i) => `key ${i}`)
    for (const key of keys) {
      await store.set(key, key, MINUTE)
      now.advance(1)
    }
    const values = await Promise.all(keys.map((key) => store.get(key)))
    const left = values.filter((value) => value !== undefined)
    expect(left.length).toBeGreaterThan(45)
    expect(left.length).toBeLessThanOrEqual(50)
    expect(values.at(-1)).toBe('key 299')
  })

  if (name === 'redis') return // it counts time and memory by itself

  it('forgets what is too old', async () => {
    const now = clock()
    await using opened = await open({ maxEntries: 10 }, now)
    const { store } = opened
    await store.set('short', '1', MINUTE)
    await store.set('long', '2', 2 * MINUTE)
    now.advance(MINUTE - 1)
    expect(await store.get('short')).toBe('1')
    now.advance(1)
    expect(await store.get('short')).toBeUndefined()
    expect(await store.get('long')).toBe('2')
    await store.set('short', '3', MINUTE)
    expect(await store.get('short')).toBe('3')
  })

  it('never holds more than `maxBytes`', async () => {
    const now = clock()
    await using opened = await open({ maxEntries: 100, maxBytes: 100 }, now)
    const { store } = opened
    await store.set('a', 'é'.repeat(20), MINUTE)
    now.advance(1)
    await store.set('b', 'b'.repeat(60), MINUTE)
    expect(await store.get('a')).toBe('é'.repeat(20))
    now.advance(1)
    await store.set('c', 'c'.repeat(99), MINUTE)
    expect(await store.get('a')).toBeUndefined()
    expect(await store.get('b')).toBeUndefined()
    expect(await store.get('c')).toBe('c'.repeat(99))
    await store.set('d', 'd'.repeat(101), MINUTE)
    expect(await store.get('d')).toBeUndefined()
    expect(await store.get('c')).toBe('c'.repeat(99))
    await store.set('c', 'c', MINUTE)
    await store.set('d', 'd'.repeat(99), MINUTE)
    expect(await store.get('c')).toBe('c')
  })

  if (name === 'memory') return // it drops them when they are asked for

  it('drops what has expired before what is good', async () => {
    const now = clock()
    await using opened = await open({ maxEntries: 3 }, now)
    const { store } = opened
    await store.set('a', 'a', 100 * MINUTE)
    now.advance(1)
    await store.set('b', 'b', MINUTE)
    now.advance(1)
    await store.set('c', 'c', 100 * MINUTE)
    now.advance(MINUTE)
    await store.set('d', 'd', 100 * MINUTE)
    expect(await store.get('a')).toBe('a')
    expect(await store.get('c')).toBe('c')
  })
})
