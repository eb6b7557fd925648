import { setImmediate as nextTurn } from 'node:timers/promises'
import { AssayError } from '../../model/error.ts'
import { Secret } from '../../model/secret.ts'
import type { CacheMode } from '../endpoint.ts'
import { type Entry, formatEntry, type KeptEntry, parseEntry } from './entry.ts'
import type { Flight } from './flight.ts'
import { guardStore } from './guarded-store.ts'
import { memoryStore } from './memory-store.ts'
import { type CacheSetting, type CacheSettings, parseCache } from './options.ts'
import { redisStore } from './redis-store.ts'
import { sqliteStore } from './sqlite-store.ts'
import type { CacheStore } from './store.ts'

/** The responses that are kept, and the requests that are on their way. */
export interface Cache extends AsyncDisposable {
  /** What holds for the requests of a model that has no settings of its own. */
  readonly mode: CacheMode
  readonly ttlMs: number
  /** By key. */
  readonly flights: Map<string, Flight>
  /** Returns what was kept in the last `ttlMs`. */
  get(key: string, ttlMs: number): Promise<Entry | undefined>
  /** Keeps a response, soon: nobody has to wait for it. */
  keep(key: string, entry: Entry, ttlMs: number): void
  /** Waits until all is written. */
  flush(): Promise<void>
  /** Writes the rest and lets go of the store. */
  close(): Promise<void>
}

export interface CacheSurroundings {
  /** The file of the store sqlite, where the setting names none. */
  readonly path?: string | undefined
  /** Says a line to the user. @default a warning of the process */
  readonly notice?: ((line: string) => void) | undefined
  readonly now?: (() => number) | undefined
}

/** The store itself is opened when it is first used. @throws AssayError for a setting that cannot be */
export function openCache(
  setting: CacheSetting,
  { path, notice = (line) => process.emitWarning(line), now = Date.now }: CacheSurroundings = {},
): Cache {
  const settings = parseCache(setting)
  const name = settings.store
  const store = guardStore(createStore({ ...settings, path: settings.path ?? path }, notice, now), {
    name,
    notice,
    now,
  })
  const { keep, waiting, flush } = writeBehind(store, now)

  async function get(key: string, ttlMs: number): Promise<Entry | undefined> {
    const entry = waiting(key) ?? (await read(key))
    // what was kept with a longer time is too old for who asks for a shorter one
    return entry && now() - entry.keptAt < ttlMs ? entry : undefined
  }

  async function read(key: string): Promise<KeptEntry | undefined> {
    const text = await store.get(key)
    if (text === undefined) return undefined
    const entry = parseEntry(text)
    if (!entry) await store.delete(key)
    return entry
  }

  async function close(): Promise<void> {
    await flush()
    await store.close()
  }

  const { mode, ttlMs } = settings
  const flights = new Map<string, Flight>()
  return { mode, ttlMs, flights, get, keep, flush, close, [Symbol.asyncDispose]: close }
}

interface WriteBehind {
  readonly keep: (key: string, entry: Entry, ttlMs: number) => void
  /** What is not written yet. */
  readonly waiting: (key: string) => KeptEntry | undefined
  readonly flush: () => Promise<void>
}

/** Writes after the response has gone its way, one entry at a turn. */
function writeBehind(store: CacheStore, now: () => number): WriteBehind {
  const pending = new Map<string, { entry: KeptEntry; ttlMs: number }>()
  let writing: Promise<void> | undefined

  async function write(): Promise<void> {
    for (let [next] = pending; next; [next] = pending) {
      await nextTurn()
      const [key, kept] = next
      await store.set(key, formatEntry(kept.entry), kept.ttlMs)
      if (pending.get(key) === kept) pending.delete(key)
    }
    writing = undefined
  }

  return {
    keep(key, entry, ttlMs) {
      pending.set(key, { entry: { ...entry, keptAt: now() }, ttlMs })
      writing ??= write()
    },
    waiting: (key) => pending.get(key)?.entry,
    flush: async () => writing,
  }
}

function createStore(
  { store, maxEntries, maxBytes, path, url = 'redis://127.0.0.1:6379' }: CacheSettings,
  notice: (line: string) => void,
  now: () => number,
): CacheStore {
  if (store === 'memory') return memoryStore({ maxEntries, maxBytes, now })
  if (store === 'redis') return redisStore({ url: new Secret(url), maxEntries, now })
  if (path !== undefined) return sqliteStore({ path, notice, maxEntries, maxBytes, now })
  throw new AssayError('cache: expected a `path` for the store sqlite.', { kind: 'config' })
}
