import type { ToolCall } from './message.ts'

/** Tokens of one call, or of several added up. */
export interface Usage {
  /** All tokens of the prompt, those of the provider's cache among them. */
  readonly inputTokens: number
  /** All tokens of the response, those of its reasoning among them. */
  readonly outputTokens: number
  /** The part of `inputTokens` that the provider read from its own cache. */
  readonly cachedInputTokens?: number
  /** The part of `inputTokens` that the provider wrote into its own cache. */
  readonly cacheWriteTokens?: number
  /** The part of `outputTokens` that the model spent on reasoning. */
  readonly reasoningTokens?: number
}

export type FinishReason = 'stop' | 'length' | 'content_filter' | 'tool_calls' | 'unknown'

/** That the provider itself refused: by its own signal, never guessed from the text. */
export interface Blocked {
  readonly reason: string
  /** The field of the provider's response that said so. */
  readonly source: string
}

export interface ModelResponse {
  readonly text: string
  readonly finishReason: FinishReason
  readonly blocked: Blocked | null
  /** The calls of tools that the model asks for. */
  readonly toolCalls: readonly ToolCall[]
  /** `null` where the provider reports none. */
  readonly usage: Usage | null
  /** US dollars; `null` where the price is unknown, never a guess. */
  readonly costUsd: number | null
  /** From sending the request that was answered to the complete response, in milliseconds. */
  readonly latencyMs: number
  /** From sending it to the first text of a stream, in milliseconds; `null` without streaming. */
  readonly firstTokenMs: number | null
  /** What went by before: in the queue, on a cool-down, on attempts that failed, in milliseconds. */
  readonly waitedMs: number
  /** The model's name as the caller gave it. */
  readonly model: string
  readonly provider: string
  /** The model that answered: as the server names it, or of several models behind one, as those are called. */
  readonly servedBy: string
  /** The model that was to answer and did not, where this response must not count as its own. */
  readonly fallbackFor?: string
  readonly cached: boolean
  /** Requests that were sent for this response. */
  readonly attempts: number
  /** What the provider returned, untouched. */
  readonly raw: unknown
}

/** Adds costs in US dollars; an unknown one makes the sum unknown. */
export function addCost(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b
}

/** Adds usages; `null` when there is none to add. */
export function addUsage(usages: readonly (Usage | null)[]): Usage | null {
  let total: Usage | null = null
  for (const usage of usages) {
    if (!usage) continue
    if (!total) {
      total = { ...usage }
      continue
    }
    total = {
      inputTokens: total.inputTokens + usage.inputTokens,
      outputTokens: total.outputTokens + usage.outputTokens,
      ...addOptional('cachedInputTokens', total, usage),
      ...addOptional('cacheWriteTokens', total, usage),
      ...addOptional('reasoningTokens', total, usage),
    }
  }
  return total
}

function addOptional(
  key: 'cachedInputTokens' | 'cacheWriteTokens' | 'reasoningTokens',
  a: Usage,
  b: Usage,
): Partial<Usage> {
  if (a[key] === undefined && b[key] === undefined) return {}
  return { [key]: (a[key] ?? 0) + (b[key] ?? 0) }
}
