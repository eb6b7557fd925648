import type { Desk } from '../model/permit.ts'
import type { PriceTable } from '../model/price.ts'
import type { CacheOptions } from '../request/cache/options.ts'
import { openCache } from '../request/cache/open-cache.ts'
import { cache } from '../request/cache.ts'
import type { CacheMode, Endpoint, RequestSettings } from '../request/endpoint.ts'
import { createSeam } from '../request/seam.ts'
import type { ProviderSurroundings } from './definition.ts'

/** How the requests of a run are made. Plain data, which the main process hands to its workers. */
export interface RequestPlan {
  /** Settings by provider or spec; `default` holds for all others. */
  readonly settings: Readonly<Record<string, RequestSettings>>
  /** With the mode `off` it is there for the models that ask for it themselves. */
  readonly cache: CacheOptions
  /** What the person who started the run wants of the cache: it goes over the models' own modes. */
  readonly cacheMode?: CacheMode
  /** The user's own prices, by spec. */
  readonly prices: PriceTable
  /** Makes the ids of keys. */
  readonly keySalt: string
}

/** The part of the surroundings that a plan describes, until it is closed. */
export interface RequestSurroundings extends Pick<ProviderSurroundings, 'seam' | 'prices'> {
  /** Waits for what the cache still writes. */
  flush(): Promise<void>
  /** The same, and lets go of the cache. */
  close(): Promise<void>
}

export function openRequests(
  { settings, cache: cacheOptions, cacheMode, prices, keySalt }: RequestPlan,
  { desk, notice }: { desk: Desk; notice: (line: string) => void },
): RequestSurroundings {
  const store = openCache(cacheOptions, { path: cacheOptions.path ?? '', notice })
  const seam = createSeam({
    desk,
    settings,
    keySalt,
    cache: (endpoint) =>
      cache({ endpoint: cacheMode ? withMode(endpoint, cacheMode) : endpoint, cache: store }),
  })
  return { seam, prices, flush: () => store.flush(), close: () => store.close() }
}

/** A model that is to be left out of the cache stays out of it. */
function withMode(endpoint: Endpoint, mode: CacheMode): Endpoint {
  const own = endpoint.settings?.cache
  const { mode: ownMode, ttl } = typeof own === 'object' ? own : { mode: own, ttl: undefined }
  if (ownMode === 'off') return endpoint
  return { ...endpoint, settings: { ...endpoint.settings, cache: { mode, ttl } } }
}
