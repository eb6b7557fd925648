import * as v from 'valibot'
import type { Generated } from '../../src/model/implementation.ts'
import type { Usage } from '../../src/model/response.ts'

/** The tokens of a message, or what a stream says of them so far. */
export interface Tokens {
  readonly input_tokens: number | null
  readonly output_tokens: number | null
  readonly cache_read_input_tokens: number | null
  readonly cache_creation_input_tokens: number | null
  readonly output_tokens_details: { readonly thinking_tokens: number | null } | null
  readonly cache_creation: { readonly ephemeral_1h_input_tokens: number | null } | null
  readonly service_tier: string | null
  readonly speed: string | null
  readonly inference_geo: string | null
}

const count = v.fallback(v.nullable(v.number()), null)
const text = v.fallback(v.nullable(v.string()), null)

export const tokensSchema: v.GenericSchema<unknown, Tokens | null> = v.fallback(
  v.nullable(
    v.object({
      input_tokens: count,
      output_tokens: count,
      cache_read_input_tokens: count,
      cache_creation_input_tokens: count,
      output_tokens_details: v.fallback(v.nullable(v.object({ thinking_tokens: count })), null),
      cache_creation: v.fallback(v.nullable(v.object({ ephemeral_1h_input_tokens: count })), null),
      service_tier: text,
      speed: text,
      inference_geo: text,
    }),
  ),
  null,
)

/** Puts later counts over earlier ones, where they say anything: each is of the whole message. */
export function mergeTokens(earlier: Tokens | null, later: Tokens | null): Tokens | null {
  if (!earlier || !later) return later ?? earlier
  const said = Object.entries(later).filter(([, value]) => value !== null)
  return { ...earlier, ...Object.fromEntries(said) }
}

/** What is not whole is no usage. The API counts what its cache has to do with beside the input. */
function toUsage(tokens: Tokens | null): Usage | null {
  if (tokens?.input_tokens == null || tokens.output_tokens == null) return null
  const cached = tokens.cache_read_input_tokens
  const written = tokens.cache_creation_input_tokens
  const reasoning = tokens.output_tokens_details?.thinking_tokens
  return {
    inputTokens: tokens.input_tokens + (cached ?? 0) + (written ?? 0),
    outputTokens: tokens.output_tokens,
    ...(cached !== null && { cachedInputTokens: cached }),
    ...(written !== null && { cacheWriteTokens: written }),
    ...(reasoning != null && { reasoningTokens: reasoning }),
  }
}

/** The usage, and that its cost is unknown where it is not that of the price list. */
export function toSpending(tokens: Tokens | null): Pick<Generated, 'usage' | 'costUsd'> {
  const usage = toUsage(tokens)
  return tokens && hasOwnPrice(tokens) ? { usage, costUsd: null } : { usage }
}

/** Another tier, the fast mode, a fixed region and an hour in the cache have prices of their own. */
function hasOwnPrice({
  service_tier: tier,
  speed,
  inference_geo: region,
  ...tokens
}: Tokens): boolean {
  const isOther = tier === 'priority' || tier === 'batch' || speed === 'fast' || region === 'us'
  return isOther || Boolean(tokens.cache_creation?.ephemeral_1h_input_tokens)
}
