import * as v from 'valibot'
import { AssayError } from '../../src/model/error.ts'
import type { Generated } from '../../src/model/implementation.ts'
import type { ToolCall } from '../../src/model/message.ts'
import type { ModelChunk } from '../../src/model/model.ts'
import type { FinishReason, ModelResponse, Usage } from '../../src/model/response.ts'
import type { ApiServer } from '../../src/request/api-error.ts'
import { endedEarly } from '../shared/wire/ended-early.ts'
import { malformed } from '../shared/wire/parse.ts'
import { parseGigachat } from './parse.ts'

/** Reads a completion. @throws AssayError for an error, or for what is no completion */
export function parseCompletion(body: unknown, server: ApiServer): Generated {
  const { text, ...ending } = parsePart(body, server)
  if (text === undefined) throw malformed(WHAT, server, 'it holds no message')
  return { text, ...complete(ending, server), raw: body }
}

/** Reads the chunks of a completion: yields its text and returns the rest. */
export async function* parseChunks(
  chunks: AsyncIterable<unknown>,
  server: ApiServer,
): AsyncGenerator<ModelChunk, Partial<ModelResponse>, void> {
  const raw: unknown[] = []
  let ending: Ending = {}
  for await (const chunk of chunks) {
    raw.push(chunk)
    const { text, model, finish, usage, call } = parsePart(chunk, server)
    ending = {
      model: model ?? ending.model,
      finish: finish ?? ending.finish,
      usage: usage ?? ending.usage,
      call: call ?? ending.call,
    }
    if (text) yield { text }
  }
  if (!ending.finish) throw endedEarly(server)
  return { ...complete(ending, server), raw }
}

const WHAT = 'chat completion'

/** What only describes a response may be missing or odd. */
const word = v.fallback(v.nullish(v.string()), null)

const message = v.object({
  role: word,
  content: v.pipe(
    v.nullish(v.string()),
    v.transform((text) => text ?? ''),
  ),
  function_call: v.nullish(
    v.object({ name: v.string(), arguments: v.nullish(v.record(v.string(), v.unknown()), {}) }),
  ),
  functions_state_id: word,
})

const count = v.fallback(v.nullish(v.number()), null)

/** A whole completion, or a chunk of one. */
const completion = v.object({
  model: word,
  choices: v.array(
    v.object({
      index: count,
      message: v.nullish(message),
      delta: v.nullish(message),
      finish_reason: word,
    }),
  ),
  usage: v.fallback(
    v.nullish(
      v.object({
        prompt_tokens: v.number(),
        completion_tokens: v.number(),
        precached_prompt_tokens: count,
      }),
    ),
    null,
  ),
})

type Completion = v.InferOutput<typeof completion>

interface Ending {
  readonly model?: string | null | undefined
  readonly finish?: string | null | undefined
  readonly usage?: Completion['usage']
  readonly call?: ToolCall | undefined
}

/** What a completion, or a chunk of one, says of the first choice, which is the response. */
function parsePart(
  body: unknown,
  server: ApiServer,
): Ending & { readonly text?: string | undefined } {
  const { choices, model, usage } = parseGigachat(completion, body, WHAT, server)
  const choice = choices.find(({ index }) => !index)
  const said = choice?.delta ?? choice?.message ?? undefined
  // a function of the server's own tells in this role how long it will take
  const isProgress = said?.role === 'function_in_progress'
  return {
    text: isProgress ? '' : said?.content,
    call: said && toToolCall(said),
    finish: choice?.finish_reason,
    model,
    usage,
  }
}

/** The API knows calls by the name of the function, and by the state that it has then. */
function toToolCall({
  function_call: call,
  functions_state_id: state,
}: v.InferOutput<typeof message>): ToolCall | undefined {
  if (!call) return undefined
  const { name, arguments: given } = call
  const json = JSON.stringify(given)
  return state
    ? { id: state, name, arguments: json, signature: state }
    : { id: name, name, arguments: json }
}

function complete(
  { model, finish, usage, call }: Ending,
  { provider }: ApiServer,
): Partial<ModelResponse> {
  if (finish === 'error') {
    throw new AssayError(
      `${provider}: the model called a function with arguments that are not valid.`,
      { kind: 'server', provider },
    )
  }
  const finishReason = finishReasons.get(finish ?? '') ?? 'unknown'
  return {
    finishReason,
    blocked:
      finishReason === 'content_filter' ? { reason: finish!, source: 'finish_reason' } : null,
    toolCalls: call ? [call] : [],
    usage: usage ? toUsage(usage) : null,
    ...(model && { servedBy: model }),
  }
}

const finishReasons = new Map<string, FinishReason>([
  ['stop', 'stop'],
  ['length', 'length'],
  ['function_call', 'tool_calls'],
  ['blacklist', 'content_filter'],
])

/** Tokens of the prompt that were cached are not among the others. */
function toUsage({
  prompt_tokens: others,
  completion_tokens: outputTokens,
  precached_prompt_tokens: cached,
}: NonNullable<Completion['usage']>): Usage {
  const inputTokens = others + (cached ?? 0)
  return { inputTokens, outputTokens, ...(cached != null && { cachedInputTokens: cached }) }
}
