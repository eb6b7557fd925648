import { loadPrices, priceOf, type PriceTable } from '../model/price.ts'
import type { Usage } from '../model/response.ts'

/** What a usage costs, in US dollars; `null` where the price is unknown. */
export type Price = (usage: Usage) => number | null

/** Finds the price of a model by the name that the server knows it by, and where that server is. */
export type Pricing = (model: string, place?: { readonly baseURL?: URL | string }) => Promise<Price>

/** The pricing of a provider: the user's own table first, then the published prices. */
export function pricing(provider: string, own: PriceTable): Pricing {
  return async (model, { baseURL } = {}) => {
    await loadPrices()
    return priceOf({ provider, model, own, ...(baseURL && { baseURL: String(baseURL) }) })
  }
}
