import * as v from 'valibot'
import { AssayError } from '../../model/error.ts'
import type { CacheMode, CacheUse } from '../endpoint.ts'
import { expectedTtl, parseTtl, toMilliseconds } from './ttl.ts'

export type StoreName = 'memory' | 'sqlite' | 'redis'

export interface CacheOptions {
  /** Where responses are kept: in the process, in a file that processes share, or on a server. @default 'sqlite' */
  readonly store?: StoreName | undefined
  /** How long a response stays good: `'90s'`, `'1h'`, `'1w'`, or milliseconds. @default '1w' */
  readonly ttl?: string | number | undefined
  /** Above it, what was not used for the longest time goes. @default 10_000 */
  readonly maxEntries?: number | undefined
  /** The same for the bytes of all responses; not for `redis`, which has its own `maxmemory`. @default no limit */
  readonly maxBytes?: number | undefined
  /** @default 'write': responses are taken and kept */
  readonly mode?: CacheMode | undefined
  /** The file of `sqlite`. @default 'cache/responses.sqlite' in the folder of the runs */
  readonly path?: string | undefined
  /** The server of `redis`. @default REDIS_URL, else redis://127.0.0.1:6379 */
  readonly url?: string | undefined
}

/** Options, the name of a store, `true` for the defaults, or `false` for none. */
export type CacheSetting = boolean | StoreName | CacheOptions

/** Options in one form, and with what holds where they say nothing. */
export interface CacheSettings {
  readonly store: StoreName
  readonly ttlMs: number
  readonly maxEntries: number
  readonly maxBytes: number | undefined
  readonly mode: CacheMode
  readonly path?: string | undefined
  readonly url?: string | undefined
}

export const expectedUrl = 'expected redis://host:port or rediss://host:port'

const count = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)))
const mode = v.optional(v.picklist(['off', 'read', 'write', 'refresh']))
const ttl = v.optional(
  v.custom<string | number>(
    (value) => toMilliseconds(value) !== undefined,
    ({ received }) => `expected ${expectedTtl}; got ${received}`,
  ),
)
// these messages do not show what they got: a URL may hold a password
const store = v.optional(
  v.picklist(['memory', 'sqlite', 'redis'], "expected 'memory', 'sqlite' or 'redis'"),
)
const url = v.optional(v.custom<string>(isRedisUrl, expectedUrl))
const path = v.optional(v.pipe(v.string(), v.nonEmpty()))

/** What the setting `cache` of a run may be. */
export const cacheSchema: v.GenericSchema<unknown, CacheOptions> = v.pipe(
  v.unknown(),
  v.transform(spellOut),
  v.strictObject({ store, ttl, maxEntries: count, maxBytes: count, mode, path, url }),
  v.check(
    (given) => given.store !== 'redis' || given.maxBytes === undefined,
    '`maxBytes` is not for the store redis; set `maxmemory` of the server',
  ),
  v.check(
    (given) => given.store === 'redis' || given.url === undefined,
    "`url` is for the store redis; add `store: 'redis'`",
  ),
  v.check(
    (given) => (given.store ?? 'sqlite') === 'sqlite' || given.path === undefined,
    '`path` is for the store sqlite',
  ),
)

/** What the setting `cache` of one model's requests may be. */
export const cacheUseSchema: v.GenericSchema<unknown, CacheUse> = v.pipe(
  v.unknown(),
  v.transform((use) => (typeof use === 'string' ? { mode: use } : use)),
  v.strictObject({ mode, ttl }),
)

/** @throws AssayError with everything that is wrong in it */
export function parseCache(setting: unknown, where = 'cache'): CacheSettings {
  const given = parse(cacheSchema, setting, where)
  return {
    store: given.store ?? 'sqlite',
    ttlMs: parseTtl(given.ttl ?? '1w', where),
    maxEntries: given.maxEntries ?? 10_000,
    maxBytes: given.maxBytes,
    mode: given.mode ?? 'write',
    path: given.path,
    url: given.url,
  }
}

/** What one model's requests say over the run's settings. @throws AssayError as `parseCache` */
export function parseCacheUse(
  use: CacheUse | undefined,
  run: Pick<CacheSettings, 'mode' | 'ttlMs'>,
  where: string,
): Pick<CacheSettings, 'mode' | 'ttlMs'> {
  if (use === undefined) return run
  const given = parse(cacheUseSchema, use, where)
  if (typeof given === 'string') return { ...run, mode: given }
  return {
    // who says how long wants it kept, also where the run keeps nothing
    mode: given.mode ?? (run.mode === 'off' ? 'write' : run.mode),
    ttlMs: given.ttl === undefined ? run.ttlMs : parseTtl(given.ttl, where),
  }
}

function parse<T>(schema: v.GenericSchema<unknown, T>, value: unknown, where: string): T {
  const { success, output, issues } = v.safeParse(schema, value)
  if (success) return output
  const problems = issues.map((issue) => {
    const at = v.getDotPath(issue)
    return at ? `\`${at}\`: ${issue.message}` : issue.message
  })
  throw new AssayError(`${where}: ${problems.join('; ')}`, { kind: 'config' })
}

function spellOut(setting: unknown): unknown {
  if (setting === true) return {}
  if (setting === false || setting === undefined) return { mode: 'off' }
  return typeof setting === 'string' ? { store: setting } : setting
}

/** Whether it is a URL of Redis that the client can read. */
export function isRedisUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !/^rediss?:\/\/./i.test(value)) return false
  try {
    decodeURIComponent(new URL(value).password)
    return true
  } catch {
    return false
  }
}
