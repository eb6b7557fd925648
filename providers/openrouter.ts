import type { ModelProvider } from '../src/provider/provider.ts'
import { openaiCompatible, type OpenAICompatibleOptions } from './openai-compatible.ts'
import { type RawUsage, toDollars } from './openai-compatible/cost.ts'

/** Options of a set-up. What the name of a model ends in, as `:free`, is a part of it. */
export interface OpenRouterOptions extends OpenAICompatibleOptions {
  /** URL of the app that OpenRouter's rankings name. @default none is sent */
  readonly referer?: string | undefined
  /** Name of the app in OpenRouter's rankings. @default none is sent */
  readonly title?: string | undefined
}

declare module 'vitest-assay' {
  interface ProviderOptions {
    openrouter: OpenRouterOptions
  }
}

/** The models of many vendors by way of OpenRouter: `openrouter/openai/gpt-4.1`. */
const provider: ModelProvider = openaiCompatible({
  name: 'openrouter',
  baseURL: 'https://openrouter.ai/api/v1',
  domains: ['openrouter.ai'],
  headerOptions: { referer: 'HTTP-Referer', title: 'X-Title' },
  costOf,
})

export default provider

/**
 * What OpenRouter charges; its credits are US dollars. With a key of one's own for the vendor behind it, that is
 * its fee alone, and the vendor's price comes on top.
 *
 * @see https://openrouter.ai/docs/use-cases/usage-accounting
 */
function costOf({
  cost,
  is_byok: ownKey,
  cost_details: details,
}: RawUsage): number | null | undefined {
  const charged = toDollars(cost)
  if (charged === undefined || ownKey !== true) return charged
  const { upstream_inference_cost: upstream } = (details ?? {}) as RawUsage
  const paid = toDollars(upstream)
  return paid === undefined ? null : charged + paid
}
