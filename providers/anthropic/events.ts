import * as v from 'valibot'
import type { ToolCall } from '../../src/model/message.ts'
import type { ModelChunk } from '../../src/model/model.ts'
import type { ModelResponse } from '../../src/model/response.ts'
import type { ApiServer } from '../../src/request/api-error.ts'
import { endedEarly } from '../shared/wire/ended-early.ts'
import { parse } from '../shared/wire/parse.ts'
import { blockSchema, description, parseMessage, stopFields, toEnding } from './message.ts'
import { mergeTokens, type Tokens, tokensSchema, toSpending } from './usage.ts'

const named = v.object({ type: v.string() })

/** The events that say something of the response; there are others, and will be more. */
const known = new Set([
  'message_start',
  'content_block_start',
  'content_block_delta',
  'message_delta',
  'message_stop',
])

const event = v.object({
  index: v.optional(v.number(), 0),
  message: v.optional(v.object({ model: description, usage: tokensSchema })),
  content_block: v.optional(blockSchema),
  delta: v.optional(
    v.object({
      text: v.optional(v.string(), ''),
      partial_json: v.optional(v.string(), ''),
      ...stopFields,
    }),
  ),
  usage: tokensSchema,
})

const whole = v.object({ type: v.literal('message') })

/** Reads the events of a message: yields its text and returns the rest. */
export async function* parseEvents(
  events: AsyncIterable<unknown>,
  server: ApiServer,
): AsyncGenerator<ModelChunk, Partial<ModelResponse>, void> {
  const raw: unknown[] = []
  const calls = new Map<number, CallInPieces>()
  let model: string | null = null
  let tokens: Tokens | null = null
  let ending: Ending = { finishReason: 'unknown', blocked: null }
  let isComplete = false
  for await (const given of events) {
    if (v.is(whole, given)) return yield* wholeMessage(given, server)
    raw.push(given)
    const { type } = parse(named, given, 'message', server)
    if (!known.has(type)) continue
    const said = parse(event, given, 'message', server)
    const { index, message, content_block: block, delta, usage } = said
    model = message?.model ?? model
    tokens = mergeTokens(mergeTokens(tokens, message?.usage ?? null), usage)
    if (block?.type === 'tool_use') calls.set(index, { ...block, json: '' })
    const call = calls.get(index)
    if (call && delta) call.json += delta.partial_json
    if (delta?.stop_reason) ending = toEnding(delta)
    const text = (block?.type === 'text' ? block.text : '') + (delta?.text ?? '')
    if (text) yield { text }
    isComplete ||= type === 'message_stop'
  }
  if (!isComplete) throw endedEarly(server)
  const toolCalls = [...calls.values()].map(toToolCall)
  return { toolCalls, ...toSpending(tokens), ...(model && { servedBy: model }), ...ending, raw }
}

type Ending = Pick<ModelResponse, 'finishReason' | 'blocked'>

interface CallInPieces {
  readonly id: string
  readonly name: string
  /** What the model had written when the call began: nothing, as a rule. */
  readonly input: object
  json: string
}

function toToolCall({ id, name, input, json }: CallInPieces): ToolCall {
  return { id, name, arguments: json || JSON.stringify(input) }
}

/** What a server sends that does not stream. */
async function* wholeMessage(
  body: unknown,
  server: ApiServer,
): AsyncGenerator<ModelChunk, Partial<ModelResponse>, void> {
  const { text, ...rest } = parseMessage(body, server)
  if (text) yield { text }
  return rest
}
