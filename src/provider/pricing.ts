import { loadPrices, priceOf, type PriceTable } from '../model/price.ts'
import type { Usage } from '../model/response.ts'

/** What a usage costs, in US dollars; `null` where the price is unknown. */
export type Price = (usage: Usage) => number | null

export interface PricedAs {
  /** The model as the server names it. @default its name in the spec */
  readonly id?: string
  /** Where its requests go. @default where the vendor of the provider's name has its server */
  readonly baseURL?: URL | string
}

/** Finds the price of a model by its name in the spec. */
export type Pricing = (model: string, as?: PricedAs) => Promise<Price>

/** The pricing of a provider: the user's own table first, then the published prices. */
export function pricing(provider: string, own: PriceTable): Pricing {
  return async (model, { id = model, baseURL } = {}) => {
    await loadPrices()
    return priceOf({ provider, model, id, own, ...(baseURL && { baseURL: String(baseURL) }) })
  }
}
