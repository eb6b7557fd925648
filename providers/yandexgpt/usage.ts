import * as v from 'valibot'
import type { Usage } from '../../src/model/response.ts'

/** A number of tokens, which is a text: JSON has no integers of 64 bits. */
export const count: v.GenericSchema<unknown, number> = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.digits())]),
  v.transform(Number),
)

const tokens = v.object({
  inputTextTokens: count,
  completionTokens: count,
  completionTokensDetails: v.fallback(
    v.nullish(v.object({ reasoningTokens: v.optional(count) })),
    null,
  ),
})

/** The tokens of a completion; what is not whole is none. */
export const usage: v.GenericSchema<unknown, Usage | null> = v.pipe(
  v.fallback(v.nullish(tokens), null),
  v.transform((given) => (given ? toUsage(given) : null)),
)

function toUsage({
  inputTextTokens: inputTokens,
  completionTokens: outputTokens,
  completionTokensDetails: details,
}: v.InferOutput<typeof tokens>): Usage {
  const reasoningTokens = details?.reasoningTokens
  return { inputTokens, outputTokens, ...(reasoningTokens !== undefined && { reasoningTokens }) }
}
