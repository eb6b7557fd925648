import type * as genaiPrices from '@pydantic/genai-prices'
import { AssayError } from './error.ts'
import { publishedPrice, type Tokens } from './price/published.ts'
import { type Price, priceIn, type PriceTable } from './price/table.ts'
import { vendorOf } from './price/vendor.ts'
import type { Usage } from './response.ts'

export { type Price, type PriceTable, priceTable } from './price/table.ts'

export interface PricedModel {
  readonly provider: string
  /** Where its requests go. @default where the vendor of this name has its server */
  readonly baseURL?: string | undefined
  /** The model's name in its spec. */
  readonly model: string
  /** The model as the server names it. @default `model` */
  readonly id?: string | undefined
  /** The user's own prices, which go before all others. */
  readonly own?: PriceTable | undefined
}

/**
 * What a usage costs, in US dollars, at a time in milliseconds since 1970; `null` where the price or the usage
 * is unknown.
 */
export type Pricer = (usage: Usage | null, at?: number) => number | null

type Published = typeof genaiPrices

let published: Published | undefined
let loading: Promise<Published> | undefined

/** Loads the published prices, once. They are on disk, and as old as the installed package. */
export async function loadPrices(): Promise<void> {
  loading ??= import('@pydantic/genai-prices')
  published = await loading
}

/**
 * Finds the price of a model: in the user's own table, else among the published ones of the server that its
 * requests go to. @throws AssayError where `loadPrices` was not awaited
 */
export function priceOf({ provider, baseURL, model, id = model, own = {} }: PricedModel): Pricer {
  const price = priceIn(own, provider, model)
  if (price) return pricer((usage) => costOf(usage, price))
  if (!published) {
    throw new AssayError('The published prices are not loaded.', { kind: 'internal', provider })
  }
  const vendor = vendorOf(provider, baseURL)
  const cost = vendor && publishedPrice(published.calcPrice, { vendor, model: id })
  return cost ? pricer((usage, at) => cost(toTokens(usage), at)) : () => null
}

function pricer(cost: (usage: Usage, at: number) => number | null): Pricer {
  return (usage, at = Date.now()) => {
    if (!usage || !isWhole(usage)) return null
    try {
      return cost(usage, at)
    } catch {
      return null // a response that is paid for must not be lost over its price
    }
  }
}

/** Whether the parts of a usage are numbers, and no more than the whole. */
function isWhole(usage: Usage): boolean {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens } = usage
  const cache = (cachedInputTokens ?? 0) + (cacheWriteTokens ?? 0)
  const counts = [inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens]
  return (
    counts.every((count = 0) => Number.isFinite(count) && count >= 0) &&
    cache <= inputTokens &&
    (reasoningTokens ?? 0) <= outputTokens
  )
}

function costOf(usage: Usage, price: Price): number {
  const { inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0 } = usage
  const { input, output, cachedInput = input, cacheWrite = input, perRequest = 0 } = price
  const fresh = inputTokens - cachedInputTokens - cacheWriteTokens
  const millionths =
    fresh * input +
    cachedInputTokens * cachedInput +
    cacheWriteTokens * cacheWrite +
    outputTokens * output
  return millionths / 1e6 + perRequest
}

function toTokens(usage: Usage): Tokens {
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: usage.cachedInputTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    output_reasoning_tokens: usage.reasoningTokens,
  }
}
