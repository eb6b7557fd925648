import type { RunRequestOptions } from '../request/options.ts'
import { canonical, type ProviderAliases } from './aliases.ts'
import type { AssayConfig } from './file/config.ts'

/**
 * Options with what the configuration file says in their place: it goes before; of maps by provider or model, each
 * entry by itself.
 */
export function withConfig<Given extends RunRequestOptions>(
  given: Given,
  config: AssayConfig | undefined,
  aliases: ProviderAliases,
): Given {
  const { limits, requests, prices, concurrency, model, models, ...said } = config ?? nothing
  const { path: _, names, places, modelConfigs, warnings, providers, ...run } = said
  const whole = {
    ...given,
    ...run,
    // what evals run on is one thing, whether it is said of one model or of several
    ...((model !== undefined || models) && { model, models }),
    limits: join(given.limits, limits, aliases),
    requests: join(given.requests, requests, aliases),
    prices: join(given.prices, prices, aliases),
    concurrency: joinPermits(given.concurrency, concurrency, aliases),
  }
  const entries = Object.entries(whole).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as unknown as Given
}

const nothing: AssayConfig = { path: '', modelConfigs: {}, names: {}, places: {}, warnings: [] }

type Permits = RunRequestOptions['concurrency']

function joinPermits(given: Permits, said: Permits, aliases: ProviderAliases): Permits {
  if (said === undefined && typeof given === 'number') return given
  return join(byProvider(given), byProvider(said), aliases)
}

function byProvider(permits: Permits): Readonly<Record<string, number>> | undefined {
  return typeof permits === 'number' ? { default: permits } : permits
}

function join<Value>(
  given: Readonly<Record<string, Value>> | undefined,
  said: Readonly<Record<string, Value>> | undefined,
  aliases: ProviderAliases,
): Record<string, Value> | undefined {
  if (!given && !said) return undefined
  const all = [...Object.entries(given ?? {}), ...Object.entries(said ?? {})]
  return Object.fromEntries(all.map(([name, value]) => [canonical(name, aliases), value]))
}
