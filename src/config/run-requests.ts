import type { RunRequests } from '../report/run-requests.ts'
import { placeCache } from '../request/cache/place.ts'
import type { CacheMode } from '../request/endpoint.ts'
import { permitsOf } from '../request/options.ts'
import type { EvalsOptions } from './options.ts'

export interface RequestPlace {
  /** Folder of the runs' files. */
  readonly outputDir: string
  /** Folder of the config file, where its relative paths start. */
  readonly configDir: string
  /** What the person who starts the run says of the cache. */
  readonly cacheMode: CacheMode | undefined
}

/** What the options of the plugin come to for the requests of a run. */
export function runRequests(
  { concurrency, limits, keyStrategy, requests = {}, cache, prices = {}, ...rest }: EvalsOptions,
  place: RequestPlace,
): RunRequests {
  const { budget, rememberKeys = false, maxServers } = rest
  return {
    permits: { ...concurrencyIn(limits), ...permitsOf(concurrency) },
    ...(limits && { limits }),
    ...(keyStrategy && { keyStrategy }),
    ...(budget && { budget }),
    ...(maxServers !== undefined && { maxServers }),
    rememberKeys,
    plan: {
      settings: requests,
      prices,
      cache: cacheOf(cache, place),
      ...(place.cacheMode && { cacheMode: place.cacheMode }),
    },
  }
}

/** Permits that stand among the limits of providers. */
function concurrencyIn(limits: EvalsOptions['limits'] = {}): Record<string, number> {
  const given = Object.entries(limits).flatMap(([name, { concurrency }]) =>
    name.includes('/') || concurrency === undefined ? [] : [[name, concurrency] as const],
  )
  return Object.fromEntries(given)
}

function cacheOf(
  cache: EvalsOptions['cache'],
  { outputDir, configDir, cacheMode }: RequestPlace,
): RunRequests['plan']['cache'] {
  const place = { outputDir, baseDir: configDir, env: process.env }
  const options = placeCache(cache || { mode: 'off' }, place)
  return { ...options, ...(cacheMode && { mode: cacheMode }) }
}
