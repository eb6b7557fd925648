import * as v from 'valibot'
import type { KeyStrategy, Limits } from '../model/permit.ts'
import { type PriceTable, priceTable } from '../model/price.ts'
import { type CacheSetting, cacheSchema, cacheUseSchema } from './cache/options.ts'
import type { RequestSettings } from './endpoint.ts'

type Schema<Value> = v.GenericSchema<unknown, Value>

const count = v.pipe(v.number(), v.integer(), v.minValue(1))
const milliseconds = v.pipe(v.number(), v.minValue(0), v.maxValue(2 ** 31 - 1))

/** Limits, as an option. */
export const limitsSchema: Schema<Limits> = v.strictObject({
  concurrency: v.optional(count),
  rpm: v.optional(count),
  tpm: v.optional(count),
  rpd: v.optional(count),
})

/** The fields of RequestSettings, for the options of a provider to take in. */
export const requestSettings: {
  [name in keyof RequestSettings]-?: Schema<RequestSettings[name]>
} = {
  attempts: v.optional(count),
  timeout: v.optional(milliseconds),
  firstTokenTimeout: v.optional(milliseconds),
  stallTimeout: v.optional(milliseconds),
  deadline: v.optional(milliseconds),
  cache: v.optional(cacheUseSchema),
}

/** What a run, or a script, says of all its requests. */
export interface RunRequestOptions {
  /**
   * Permits: requests in flight over all models, evals and workers, by provider, and `default` of the others.
   * A number is for every provider. @default adaptive, from 10 up to 100
   */
  readonly concurrency?: number | Readonly<Record<string, number>> | undefined
  /** Limits by provider, `default` of the others, or spec for one model. */
  readonly limits?: Readonly<Record<string, Limits>> | undefined
  /** Which of several keys is taken: the least used, each in turn, or one as long as it goes. @default 'least-used' */
  readonly keyStrategy?: KeyStrategy | undefined
  /** How requests are made, by provider or spec; `default` holds for all others. */
  readonly requests?: Readonly<Record<string, RequestSettings>> | undefined
  /** Keeps responses, so that an equal request is not sent again. @default false */
  readonly cache?: CacheSetting | undefined
  /** Your own prices, by spec or `provider/*`, in US dollars per million tokens. */
  readonly prices?: PriceTable | undefined
}

const providerName = v.pipe(
  v.string(),
  v.check(
    (name) => !name.includes('/'),
    "expected the name of a provider; for one model: limits: { 'provider/model': { concurrency } }",
  ),
)

/** The fields of RunRequestOptions, for a schema to take in. */
export const runRequestOptions: {
  [name in keyof RunRequestOptions]-?: Schema<RunRequestOptions[name]>
} = {
  concurrency: v.optional(v.union([count, v.record(providerName, count)])),
  limits: v.optional(v.record(v.string(), limitsSchema)),
  keyStrategy: v.optional(v.picklist(['least-used', 'round-robin', 'sticky'])),
  requests: v.optional(v.record(v.string(), v.strictObject(requestSettings))),
  cache: v.optional(cacheSchema),
  prices: v.optional(priceTable),
}

/** Permits by provider, of either form. */
export function permitsOf(concurrency: RunRequestOptions['concurrency']): Record<string, number> {
  return typeof concurrency === 'number' ? { default: concurrency } : { ...concurrency }
}
