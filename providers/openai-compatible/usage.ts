import * as v from 'valibot'
import type { Usage } from '../../src/model/response.ts'

const count = v.fallback(v.nullish(v.number()), null)

const tokens = v.object({
  prompt_tokens: v.number(),
  completion_tokens: v.number(),
  total_tokens: count,
  prompt_tokens_details: v.fallback(
    v.nullish(v.object({ cached_tokens: count, cache_write_tokens: count })),
    null,
  ),
  completion_tokens_details: v.fallback(v.nullish(v.object({ reasoning_tokens: count })), null),
})

/** The tokens of a completion; what is not whole is none. */
export const usage: v.GenericSchema<unknown, Usage | null> = v.pipe(
  v.fallback(v.nullish(tokens), null),
  v.transform((given) => (given ? toUsage(given) : null)),
)

function toUsage({
  prompt_tokens: inputTokens,
  completion_tokens: completion,
  total_tokens: total,
  prompt_tokens_details: input,
  completion_tokens_details: output,
}: v.InferOutput<typeof tokens>): Usage {
  const reasoning = output?.reasoning_tokens
  // xAI counts the tokens of reasoning beside those of the completion, as its total shows
  const isBeside = reasoning && total === inputTokens + completion + reasoning
  return {
    inputTokens,
    outputTokens: isBeside ? completion + reasoning : completion,
    ...(input?.cached_tokens != null && { cachedInputTokens: input.cached_tokens }),
    ...(input?.cache_write_tokens != null && { cacheWriteTokens: input.cache_write_tokens }),
    ...(reasoning != null && { reasoningTokens: reasoning }),
  }
}
