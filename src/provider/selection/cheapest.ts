import * as v from 'valibot'
import { rounded } from './rounded.ts'
import { type Candidate, type Fields, least, type Strategy } from './strategy.ts'

export interface CheapestOptions {
  /** US dollars that a call may cost. @default no limit */
  readonly maxCostPerRequest?: number | undefined
  /** Whether models on this machine go before all others. @default false */
  readonly preferLocal?: boolean | undefined
  /** Whether a model of unknown price may be taken, as the last. @default 'reject' */
  readonly unknownCost?: 'reject' | 'allow' | undefined
}

export const cheapestFields: Fields<CheapestOptions> = {
  maxCostPerRequest: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0))),
  preferLocal: v.optional(v.boolean()),
  unknownCost: v.optional(v.picklist(['reject', 'allow'], "expected 'reject' or 'allow'")),
}

/**
 * The model whose call costs least: tokens of the prompt and of the longest response (`maxTokens`, else what the
 * model gave so far), by its price. What is equal goes in the order of the list.
 */
export function cheapestStrategy({
  maxCostPerRequest,
  preferLocal,
  unknownCost,
}: CheapestOptions): Strategy {
  return {
    name: 'cheapest',
    reject(candidate, expected) {
      const cost = candidate.cost(expected)
      if (cost === null) {
        return unknownCost === 'allow' ? undefined : "its price is unknown (unknownCost: 'allow')"
      }
      if (maxCostPerRequest === undefined || cost <= maxCostPerRequest) return undefined
      return `maxCostPerRequest: ${rounded(cost)} > ${rounded(maxCostPerRequest)}`
    },
    choose(candidates, expected) {
      const costOf = (one: Candidate) => one.cost(expected) ?? Number.POSITIVE_INFINITY
      if (!preferLocal) return least(candidates, costOf)
      return least(candidates, ({ isLocal }) => (isLocal ? 0 : 1), costOf)
    },
  }
}
