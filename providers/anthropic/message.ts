import * as v from 'valibot'
import type { Generated } from '../../src/model/implementation.ts'
import type { FinishReason, ModelResponse } from '../../src/model/response.ts'
import type { ApiServer } from '../../src/request/api-error.ts'
import { parse } from '../shared/wire/parse.ts'
import { tokensSchema, toSpending } from './usage.ts'

type Schema<Output> = v.GenericSchema<unknown, Output>

/** A part of a message: text, a call of a tool, or one of the many others. */
export type Block =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'tool_use'
      readonly id: string
      readonly name: string
      readonly input: object
    }
  | { readonly type: 'other' }

/** Why a message ended. */
export interface Stop {
  readonly stop_reason: string | null
  readonly stop_details: {
    readonly category: string | null
    readonly explanation: string | null
  } | null
}

/** What only describes a message may be missing or odd. */
export const description: Schema<string | null> = v.fallback(v.nullable(v.string()), null)

export const blockSchema: Schema<Block> = v.union([
  v.object({ type: v.literal('text'), text: v.string() }),
  v.object({
    type: v.literal('tool_use'),
    id: v.string(),
    name: v.string(),
    input: v.record(v.string(), v.unknown()),
  }),
  v.object({
    type: v.pipe(
      v.string(),
      v.notValues(['text', 'tool_use']),
      v.transform(() => 'other' as const),
    ),
  }),
])

export const stopFields: { [name in keyof Stop]: Schema<Stop[name]> } = {
  stop_reason: description,
  stop_details: v.fallback(
    v.nullable(v.object({ category: description, explanation: description })),
    null,
  ),
}

const message = v.object({
  type: v.literal('message'),
  model: description,
  content: v.array(blockSchema),
  usage: tokensSchema,
  ...stopFields,
})

/** Reads a message. @throws AssayError for an error, or for what is no message */
export function parseMessage(body: unknown, server: ApiServer): Generated {
  const { content, model, usage, ...stop } = parse(message, body, 'message', server)
  return {
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    toolCalls: content
      .filter((block) => block.type === 'tool_use')
      .map(({ id, name, input }) => ({ id, name, arguments: JSON.stringify(input) })),
    ...toSpending(usage),
    ...(model && { servedBy: model }),
    ...toEnding(stop),
    raw: body,
  }
}

export function toEnding({
  stop_reason: reason,
  stop_details: details,
}: Stop): Pick<ModelResponse, 'finishReason' | 'blocked'> {
  const finishReason = finishReasons.get(reason ?? '') ?? 'unknown'
  if (finishReason !== 'content_filter') return { finishReason, blocked: null }
  const why = details?.explanation ?? details?.category ?? 'refusal'
  return { finishReason, blocked: { reason: why, source: 'stop_reason' } }
}

/** `pause_turn` is none of these: the server stopped in the middle of its own tools. */
const finishReasons = new Map<string, FinishReason>([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
])
