import * as v from 'valibot'
import type { Generated } from '../../src/model/implementation.ts'
import { AssayError } from '../../src/model/error.ts'
import type { ModelChunk } from '../../src/model/model.ts'
import type { Blocked, FinishReason, ModelResponse, Usage } from '../../src/model/response.ts'
import { apiError, type Server } from './failure.ts'

/** Reads a chat completion. @throws AssayError for an error, or for what is no completion */
export function parseCompletion(body: unknown, server: Server): Generated {
  const { choices, model, usage } = parse(body, server)
  const choice = choices.find(isFirst)
  if (!choice?.message) throw notOne('`choices` holds no message', server)
  const { text, refusal } = parseMessage(choice.message)
  return { text, ...complete({ model, usage, refusal, finish: choice.finish_reason }), raw: body }
}

/** Reads the chunks of a chat completion: yields its text and returns the rest. */
export async function* parseChunks(
  chunks: AsyncIterable<unknown>,
  server: Server,
): AsyncGenerator<ModelChunk, Partial<ModelResponse>, void> {
  const raw: unknown[] = []
  let ending: Ending = { refusal: '' }
  for await (const chunk of chunks) {
    raw.push(chunk)
    const { choices, model, usage } = parse(chunk, server)
    const choice = choices.find(isFirst)
    const { text, refusal } = parseMessage(choice?.delta ?? choice?.message ?? {})
    ending = {
      model: model ?? ending.model,
      usage: usage ?? ending.usage,
      finish: choice?.finish_reason ?? ending.finish,
      refusal: ending.refusal + refusal,
    }
    if (text) yield { text }
  }
  if (ending.finish) return { ...complete(ending), raw }
  throw new AssayError(`${server.provider}: the stream ended before the response was complete.`, {
    kind: 'network',
    provider: server.provider,
  })
}

/** The response where the server refused the prompt with an error. @throws any other error */
export function parseRefusal(error: unknown): Generated {
  if (!AssayError.is(error) || error.kind !== 'content_filter') throw error
  return {
    text: '',
    finishReason: 'content_filter',
    blocked: { reason: error.message, source: 'error.code' },
  }
}

const text = v.fallback(v.nullish(v.string()), null)
const count = v.fallback(v.nullish(v.number()), null)

const message = v.object({
  content: v.nullish(v.union([v.string(), v.array(v.object({ text, refusal: text }))])),
  refusal: text,
})

const tokens = v.object({
  prompt_tokens: v.number(),
  completion_tokens: v.number(),
  prompt_tokens_details: v.fallback(v.nullish(v.object({ cached_tokens: count })), null),
  completion_tokens_details: v.fallback(v.nullish(v.object({ reasoning_tokens: count })), null),
})

/** A whole completion, or a chunk of one. What only describes it may be missing or odd. */
const completion = v.object({
  model: text,
  choices: v.nullish(
    v.array(
      v.object({
        index: count,
        message: v.nullish(message),
        delta: v.nullish(message),
        finish_reason: text,
      }),
    ),
    [],
  ),
  usage: v.fallback(v.nullish(tokens), null),
})

type Message = v.InferOutput<typeof message>

function parse(body: unknown, server: Server): v.InferOutput<typeof completion> {
  const error = errorIn(body)
  if (error !== undefined) throw apiError(error, server)
  const result = v.safeParse(completion, body)
  if (result.success) return result.output
  throw notOne(`\`${v.getDotPath(result.issues[0]) ?? 'body'}\` is malformed`, server)
}

/** The error that some servers send with status 200: in place of the completion, or within a choice. */
function errorIn(body: unknown): unknown {
  const { success, output } = v.safeParse(failure, body)
  if (!success) return undefined
  if (output.error || output.object === 'error') return body
  return output.choices?.find((choice) => choice.error || choice.finish_reason === 'error')
}

const error = v.optional(v.unknown())
const failure = v.object({
  error,
  object: text,
  choices: v.fallback(v.nullish(v.array(v.object({ error, finish_reason: text }))), null),
})

function notOne(problem: string, { provider }: Server): AssayError {
  return new AssayError(`${provider}: the response is no chat completion: ${problem}.`, {
    kind: 'parse',
    provider,
  })
}

/** With `n` above 1 the choices come mixed; the first is the response. */
function isFirst({ index }: { readonly index?: number | null | undefined }): boolean {
  return !index
}

function parseMessage({ content, refusal }: Message): { text: string; refusal: string } {
  const parts = Array.isArray(content) ? content : [{ text: content, refusal: null }]
  return {
    text: parts.map((part) => part.text ?? '').join(''),
    refusal: [refusal, ...parts.map((part) => part.refusal)].join(''),
  }
}

interface Ending {
  readonly model?: string | null | undefined
  readonly usage?: v.InferOutput<typeof tokens> | null | undefined
  readonly finish?: string | null | undefined
  readonly refusal: string
}

function complete({ model, usage, finish, refusal }: Ending): Partial<ModelResponse> {
  const finishReason = finishReasons.get(finish ?? '') ?? 'unknown'
  return {
    finishReason,
    blocked: toBlocked(finishReason, refusal),
    usage: usage ? toUsage(usage) : null,
    ...(model && { servedBy: model }),
  }
}

const finishReasons = new Map<string, FinishReason>([
  ['stop', 'stop'],
  ['eos', 'stop'],
  ['length', 'length'],
  ['model_length', 'length'],
  ['content_filter', 'content_filter'],
  ['tool_calls', 'tool_calls'],
  ['function_call', 'tool_calls'],
])

function toBlocked(finishReason: FinishReason, refusal: string): Blocked | null {
  if (refusal) return { reason: refusal, source: 'message.refusal' }
  if (finishReason !== 'content_filter') return null
  return { reason: 'content_filter', source: 'finish_reason' }
}

function toUsage({
  prompt_tokens: inputTokens,
  completion_tokens: outputTokens,
  prompt_tokens_details: input,
  completion_tokens_details: output,
}: v.InferOutput<typeof tokens>): Usage {
  return {
    inputTokens,
    outputTokens,
    ...(input?.cached_tokens != null && { cachedInputTokens: input.cached_tokens }),
    ...(output?.reasoning_tokens != null && { reasoningTokens: output.reasoning_tokens }),
  }
}
