import * as v from 'valibot'
import { AssayError } from '../../src/model/error.ts'
import type { Generated } from '../../src/model/implementation.ts'
import type { ToolCall } from '../../src/model/message.ts'
import type { ModelChunk } from '../../src/model/model.ts'
import type { Blocked, FinishReason, ModelResponse, Usage } from '../../src/model/response.ts'
import { apiError, type ApiServer } from '../../src/request/api-error.ts'
import { endedEarly } from '../shared/wire/ended-early.ts'
import { malformed, parse } from '../shared/wire/parse.ts'
import { errorIn } from './failure.ts'
import { createToolCallCollector, toolCall } from './tool-calls.ts'
import { usage } from './usage.ts'

/** Reads a chat completion. @throws AssayError for an error, or for what is no completion */
export function parseCompletion(body: unknown, server: ApiServer): Generated {
  const part = parsePart(body, server)
  if (!part.message) throw malformed(WHAT, server, '`choices` holds no message')
  const calls = createToolCallCollector()
  calls.add(part.toolCalls.map((call, index) => ({ ...call, index })))
  return { text: part.text, ...complete({ ...part, toolCalls: calls.calls }), raw: body }
}

/** What the chunks of a completion say beside its text. */
interface Ended extends Partial<ModelResponse> {
  readonly raw: readonly unknown[]
}

/** Reads the chunks of a chat completion: yields its text and returns the rest. */
export async function* parseChunks(
  chunks: AsyncIterable<unknown>,
  server: ApiServer,
): AsyncGenerator<ModelChunk, Ended, void> {
  const raw: unknown[] = []
  const calls = createToolCallCollector()
  let ending: Omit<Ending, 'toolCalls'> = { refusal: '' }
  for await (const chunk of chunks) {
    raw.push(chunk)
    const part = parsePart(chunk, server)
    calls.add(part.toolCalls)
    ending = {
      model: part.model ?? ending.model,
      usage: part.usage ?? ending.usage,
      tier: part.tier ?? ending.tier,
      finish: part.finish ?? ending.finish,
      refusal: ending.refusal + part.refusal,
    }
    if (part.text) yield { text: part.text }
  }
  if (!ending.finish) throw endedEarly(server)
  return { ...complete({ ...ending, toolCalls: calls.calls }), raw }
}

const WHAT = 'chat completion'

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

const message = v.object({
  content: v.nullish(v.union([v.string(), v.array(v.object({ text, refusal: text }))])),
  refusal: text,
  tool_calls: v.nullish(v.array(toolCall), []),
})

/** A whole completion, or a chunk of one. What only describes it may be missing or odd. */
const completion = v.object({
  model: text,
  choices: v.nullish(
    v.array(
      v.object({
        index: v.fallback(v.nullish(v.number()), null),
        message: v.nullish(message),
        delta: v.nullish(message),
        finish_reason: text,
      }),
    ),
    [],
  ),
  usage,
  service_tier: text,
})

type Message = v.InferOutput<typeof message>

/** What a completion, or a chunk of one, says of the first choice, which is the response. */
function parsePart(body: unknown, server: ApiServer) {
  const error = errorIn(body)
  if (error !== undefined) throw apiError({ body: error }, server)
  const part = parse(completion, body, WHAT, server)
  const { choices, model, usage: tokens, service_tier: tier } = part
  const choice = choices.find(({ index }) => !index) // with `n` above 1 they come mixed
  return {
    model,
    usage: tokens,
    tier,
    finish: choice?.finish_reason,
    message: choice?.message,
    ...parseMessage(choice?.delta ?? choice?.message),
  }
}

function parseMessage(given: Message | null | undefined) {
  const { content, refusal, tool_calls: toolCalls } = given ?? {}
  const parts = Array.isArray(content) ? content : [{ text: content, refusal: null }]
  return {
    text: parts.map((part) => part.text ?? '').join(''),
    refusal: [refusal, ...parts.map((part) => part.refusal)].join(''),
    toolCalls: toolCalls ?? [],
  }
}

interface Ending {
  readonly model?: string | null | undefined
  readonly usage?: Usage | null | undefined
  readonly tier?: string | null | undefined
  readonly finish?: string | null | undefined
  readonly refusal: string
  readonly toolCalls: readonly ToolCall[]
}

function complete({
  model,
  usage: tokens,
  tier,
  finish,
  refusal,
  toolCalls,
}: Ending): Partial<ModelResponse> {
  const finishReason = toFinishReason(finish, toolCalls)
  return {
    finishReason,
    blocked: toBlocked(finishReason, refusal),
    toolCalls,
    usage: tokens ?? null,
    // these have prices of their own, which are not published
    ...(otherTiers.has(tier ?? '') && { costUsd: null }),
    ...(model && { servedBy: model }),
  }
}

const otherTiers = new Set(['flex', 'priority', 'scale'])

function toFinishReason(
  finish: string | null | undefined,
  toolCalls: readonly ToolCall[],
): FinishReason {
  const reason = finishReasons.get(finish ?? '') ?? 'unknown'
  // a model that was made to call a tool ends with `stop`
  return reason === 'stop' && toolCalls.length > 0 ? 'tool_calls' : reason
}

const finishReasons = new Map<string, FinishReason>([
  ['stop', 'stop'],
  ['eos', 'stop'],
  ['length', 'length'],
  ['model_length', 'length'],
  ['content_filter', 'content_filter'],
  ['sensitive', 'content_filter'], // Z.ai
  ['tool_calls', 'tool_calls'],
  ['function_call', 'tool_calls'],
])

function toBlocked(finishReason: FinishReason, refusal: string): Blocked | null {
  if (refusal) return { reason: refusal, source: 'message.refusal' }
  if (finishReason !== 'content_filter') return null
  return { reason: 'content_filter', source: 'finish_reason' }
}
