import { AssayError } from '../../src/model/error.ts'
import type { FinishReason, ModelResponse } from '../../src/model/response.ts'
import type { ApiServer } from '../../src/request/api-error.ts'

/** Why a response ended, in the API's words. */
interface Stop {
  /** The candidate's `finishReason`. */
  readonly finish: string | null | undefined
  /** Why the prompt was blocked; there is no candidate then, or none that goes on. */
  readonly blockReason: string | null | undefined
  readonly hasCalls: boolean
}

/** Why a response ended. @throws AssayError where the request was to blame */
export function toEnding(
  { finish, blockReason, hasCalls }: Stop,
  { provider }: ApiServer,
): Pick<ModelResponse, 'finishReason' | 'blocked'> {
  if (blockReason) return blockedBy(blockReason, 'promptFeedback.blockReason')
  if (finish === 'MISSING_THOUGHT_SIGNATURE') {
    const message = `${provider}: the conversation holds a call of a tool without its \`signature\`; give \`toolCalls\` back as they came.`
    throw new AssayError(message, { kind: 'invalid_request', provider })
  }
  const finishReason = finishReasons.get(finish ?? '') ?? 'unknown'
  if (finish && finishReason === 'content_filter') return blockedBy(finish, 'finishReason')
  // the API has no word of its own for a response that calls tools
  const callsTools = finishReason === 'stop' && hasCalls
  return { finishReason: callsTools ? 'tool_calls' : finishReason, blocked: null }
}

function blockedBy(
  reason: string,
  source: string,
): Pick<ModelResponse, 'finishReason' | 'blocked'> {
  return { finishReason: 'content_filter', blocked: { reason, source } }
}

/**
 * The others are `unknown`: no filter stood in the way, as with MALFORMED_FUNCTION_CALL, where the model called a
 * tool in a way that nobody can read. https://ai.google.dev/api/generate-content#FinishReason
 */
const finishReasons: ReadonlyMap<string, FinishReason> = new Map([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['LANGUAGE', 'content_filter'],
  ['BLOCKLIST', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['SPII', 'content_filter'],
  ['IMAGE_SAFETY', 'content_filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content_filter'],
  ['IMAGE_RECITATION', 'content_filter'],
])
