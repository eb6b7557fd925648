import * as v from 'valibot'
import type { Generated } from '../../src/model/implementation.ts'
import type { Usage } from '../../src/model/response.ts'

/** The tokens of a response, or what a stream says of them so far. The format leaves out what is 0. */
export interface Tokens {
  readonly promptTokenCount: number | null
  readonly cachedContentTokenCount: number | null
  readonly toolUsePromptTokenCount: number | null
  readonly candidatesTokenCount: number | null
  readonly thoughtsTokenCount: number | null
  readonly serviceTier: string | null
}

const count = v.optional(v.fallback(v.nullable(v.number()), null), null)

export const tokensSchema: v.GenericSchema<unknown, Tokens | null> = v.fallback(
  v.nullable(
    v.object({
      promptTokenCount: count,
      cachedContentTokenCount: count,
      toolUsePromptTokenCount: count,
      candidatesTokenCount: count,
      thoughtsTokenCount: count,
      serviceTier: v.optional(v.fallback(v.nullable(v.string()), null), null),
    }),
  ),
  null,
)

/** Puts later counts over earlier ones, where they say anything: each is of the whole response. */
export function mergeTokens(earlier: Tokens | null, later: Tokens | null): Tokens | null {
  if (!earlier || !later) return later ?? earlier
  const said = Object.entries(later).filter(([, value]) => value !== null)
  return { ...earlier, ...Object.fromEntries(said) }
}

/** The usage, and that its cost is unknown where it is not that of the price list. */
export function toSpending(tokens: Tokens | null): Pick<Generated, 'usage' | 'costUsd'> {
  const isOther = otherTiers.has(tokens?.serviceTier?.toLowerCase() ?? '')
  return { usage: toUsage(tokens), ...(isOther && { costUsd: null }) }
}

const otherTiers = new Set(['flex', 'priority'])

/** The API counts thoughts beside the response, and what its own tools feed the model beside the prompt. */
function toUsage(tokens: Tokens | null): Usage | null {
  if (tokens?.promptTokenCount == null) return null
  const { cachedContentTokenCount: cached, thoughtsTokenCount: thoughts } = tokens
  return {
    inputTokens: tokens.promptTokenCount + (tokens.toolUsePromptTokenCount ?? 0),
    outputTokens: (tokens.candidatesTokenCount ?? 0) + (thoughts ?? 0),
    ...(cached !== null && { cachedInputTokens: cached }),
    ...(thoughts !== null && { reasoningTokens: thoughts }),
  }
}
