import * as v from 'valibot'
import { AssayError } from '../../src/model/error.ts'
import type { Generated } from '../../src/model/implementation.ts'
import type { ToolCall } from '../../src/model/message.ts'
import type { ModelChunk } from '../../src/model/model.ts'
import type { FinishReason, ModelResponse, Usage } from '../../src/model/response.ts'
import type { ApiServer } from '../../src/request/api-error.ts'
import { cutShort } from '../shared/wire/ended-early.ts'
import { parse } from '../shared/wire/parse.ts'

/** Reads a response that came whole. @throws AssayError for an error, or for what is no response */
export function parseResponse(body: unknown, server: ApiServer): Generated {
  const { message, ...ending } = parse(whole, body, 'chat response', server)
  return { text: message.content, ...complete(ending, message.tool_calls, server), raw: body }
}

/** Reads the lines of a response: yields its text and returns the rest. What the model thinks is no text. */
export async function* parseChunks(
  chunks: AsyncIterable<unknown>,
  server: ApiServer,
): AsyncGenerator<ModelChunk, Partial<ModelResponse>, void> {
  const raw: unknown[] = []
  const calls: Call[] = []
  let ending: Ending | undefined
  for await (const given of chunks) {
    raw.push(given)
    const { message, ...rest } = parse(chunk, given, 'chat response', server)
    calls.push(...(message?.tool_calls ?? []))
    ending = rest
    if (message?.content) yield { text: message.content }
  }
  return { ...complete(ending, calls, server), raw }
}

const description = v.fallback(v.nullish(v.string()), null)
const count = v.fallback(v.nullish(v.number()), null)

const call = v.object({
  id: description,
  function: v.object({
    name: v.string(),
    arguments: v.nullish(v.record(v.string(), v.unknown()), {}),
  }),
})

const message = v.object({
  content: v.nullish(v.string(), ''),
  tool_calls: v.nullish(v.array(call), []),
})

const ending = {
  model: description,
  done: v.boolean(),
  done_reason: description,
  prompt_eval_count: count,
  eval_count: count,
}

const whole = v.object({ message, ...ending })
const chunk = v.object({ message: v.nullish(message), ...ending })

type Call = v.InferOutput<typeof call>
type Ending = Omit<v.InferOutput<typeof whole>, 'message'>

function complete(
  last: Ending | undefined,
  calls: readonly Call[],
  server: ApiServer,
): Partial<ModelResponse> {
  if (!last?.done) throw cutShort(server)
  const { done_reason: reason, model } = last
  if (reason === 'load' || reason === 'unload') {
    const problem = `the model was ${reason}ed and not asked (\`done_reason\`): give it a user's message.`
    const { provider } = server
    throw new AssayError(`${provider}: ${problem}`, { kind: 'invalid_request', provider })
  }
  return {
    finishReason: toFinishReason(reason, calls),
    toolCalls: calls.map(toToolCall),
    usage: toUsage(last),
    ...(model && { servedBy: model }),
  }
}

/** A model that calls a tool ends with `stop`; versions before 0.1.35 gave no reason. */
function toFinishReason(reason: string | null | undefined, calls: readonly Call[]): FinishReason {
  if (reason === 'length') return 'length'
  if (reason !== 'stop') return 'unknown'
  return calls.length > 0 ? 'tool_calls' : 'stop'
}

/** Earlier versions give no ids: results are to find their calls all the same, and be the same each time. */
function toToolCall({ id, function: { name, arguments: given } }: Call, index: number): ToolCall {
  return { id: id || `call_${index}`, name, arguments: JSON.stringify(given) }
}

/** A count of 0 is left out. Earlier versions left out that of a prompt they had kept: then there is none. */
function toUsage({ prompt_eval_count: input, eval_count: output }: Ending): Usage | null {
  return typeof input === 'number' ? { inputTokens: input, outputTokens: output ?? 0 } : null
}
