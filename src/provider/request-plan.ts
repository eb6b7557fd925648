import type { Desk } from '../model/permit.ts'
import type { PriceTable } from '../model/price.ts'
import type { CacheOptions } from '../request/cache/options.ts'
import { openCache } from '../request/cache/open-cache.ts'
import { cache } from '../request/cache.ts'
import type { RequestSettings } from '../request/endpoint.ts'
import { createSeam, type SeamOptions } from '../request/seam.ts'
import type { ProviderSurroundings } from './define-provider.ts'

/** How the requests of a run are made. Plain data, which the main process hands to its workers. */
export interface RequestPlan {
  /** Settings by provider or spec; `default` holds for all others. */
  readonly settings: Readonly<Record<string, RequestSettings>>
  /** `null` for no cache. */
  readonly cache: CacheOptions | null
  /** The user's own prices, by spec. */
  readonly prices: PriceTable
  /** Makes the ids of keys. */
  readonly keySalt: string
}

/** The part of the surroundings that a plan describes, until it is closed. */
export interface RequestSurroundings extends Pick<ProviderSurroundings, 'seam' | 'prices'> {
  /** Waits for what the cache still writes. */
  close(): Promise<void>
}

export function openRequests(
  { settings, cache: cacheOptions, prices, keySalt }: RequestPlan,
  { desk, notice }: { desk: Desk; notice: (line: string) => void },
  more: Pick<SeamOptions, 'fetch' | 'random'> = {},
): RequestSurroundings {
  const store = cacheOptions && openCache(cacheOptions, { path: cacheOptions.path ?? '', notice })
  const seam = createSeam({
    desk,
    settings,
    keySalt,
    ...(store && { cache: (endpoint) => cache({ endpoint, cache: store }) }),
    ...more,
  })
  return { seam, prices, close: async () => store?.close() }
}
