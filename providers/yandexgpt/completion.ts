import * as v from 'valibot'
import { AssayError } from '../../src/model/error.ts'
import type { Generated } from '../../src/model/implementation.ts'
import type { ToolCall } from '../../src/model/message.ts'
import type { ModelChunk } from '../../src/model/model.ts'
import type { Blocked, FinishReason, ModelResponse } from '../../src/model/response.ts'
import type { ApiServer } from '../../src/request/api-error.ts'
import { cutShort, endedEarly } from '../shared/wire/ended-early.ts'
import { parse } from '../shared/wire/parse.ts'
import { usage } from './usage.ts'

/** Reads a completion, also within an operation. @throws AssayError for what is none, or not all of it */
export function parseCompletion(body: unknown, id: string, server: ApiServer): Generated {
  const { text, status, ...part } = parsePart(body, id, server)
  if (status === PARTIAL) throw cutShort(server)
  return { ...part, text: text ?? '', ...endingOf(status), raw: body }
}

/** Reads the messages of a stream, of which each repeats the text so far: yields what was added. */
export async function* parseChunks(
  chunks: AsyncIterable<unknown>,
  id: string,
  server: ApiServer,
): AsyncGenerator<ModelChunk, Partial<ModelResponse>, void> {
  const raw: unknown[] = []
  let sent = ''
  let last: Part | undefined
  for await (const chunk of chunks) {
    raw.push(chunk)
    last = parsePart(chunk, id, server)
    const { text, status } = last
    if (text?.startsWith(sent)) {
      if (text !== sent) yield { text: text.slice(sent.length) }
      sent = text
    } else if (text !== null && !endingOf(status).blocked) {
      const { provider } = server
      const message = `${provider}: the stream has taken back text that it had sent.`
      throw new AssayError(message, { kind: 'parse', provider })
    }
  }
  if (!last || last.status === PARTIAL) throw endedEarly(server)
  const { text: _text, status, ...part } = last
  return { ...part, ...endingOf(status), raw }
}

const PARTIAL = 'ALTERNATIVE_STATUS_PARTIAL'
const FILTERED = 'ALTERNATIVE_STATUS_CONTENT_FILTER'

const text = v.fallback(v.nullish(v.string(), null), null)

const toolCall = v.object({
  functionCall: v.object({
    name: v.string(),
    arguments: v.nullish(v.record(v.string(), v.unknown()), {}),
  }),
})

/** What only describes a completion may be missing or odd. */
const completion = v.object({
  alternatives: v.pipe(
    v.array(
      v.object({
        message: v.nullish(
          v.object({
            text: v.nullish(v.string(), null),
            toolCallList: v.nullish(v.object({ toolCalls: v.nullish(v.array(toolCall), []) })),
          }),
        ),
        status: text,
      }),
    ),
    v.nonEmpty(),
  ),
  usage,
  modelVersion: text,
})

/** The gateway puts a completion into a `result`, and an operation into its `response`. */
const envelope = v.pipe(
  v.looseObject({ result: v.optional(v.unknown()), response: v.optional(v.unknown()) }),
  v.transform((body) => body.result ?? body.response ?? body),
)

interface Part extends Pick<ModelResponse, 'toolCalls' | 'usage' | 'servedBy'> {
  /** `null` for a message that is no text. */
  readonly text: string | null
  readonly status: string | null
}

function parsePart(body: unknown, id: string, server: ApiServer): Part {
  const part = parse(v.pipe(envelope, completion), body, 'completion', server)
  const { alternatives, usage: tokens, modelVersion } = part
  const { message, status } = alternatives[0]!
  return {
    text: message?.text ?? null,
    status,
    toolCalls: message?.toolCallList?.toolCalls.map(toToolCall) ?? [],
    usage: tokens,
    servedBy: modelVersion ? `${id}/${modelVersion}` : id,
  }
}

/** Calls have no ids here, and our results need one. */
function toToolCall(
  { functionCall: { name, arguments: values } }: v.InferOutput<typeof toolCall>,
  index: number,
): ToolCall {
  return { id: `call_${index + 1}`, name, arguments: JSON.stringify(values) }
}

function endingOf(status: string | null): {
  finishReason: FinishReason
  blocked: Blocked | null
} {
  return {
    finishReason: finishReasons.get(status ?? '') ?? 'unknown',
    blocked: status === FILTERED ? { reason: FILTERED, source: 'status' } : null,
  }
}

const finishReasons = new Map<string, FinishReason>([
  ['ALTERNATIVE_STATUS_FINAL', 'stop'],
  ['ALTERNATIVE_STATUS_TRUNCATED_FINAL', 'length'],
  [FILTERED, 'content_filter'],
  ['ALTERNATIVE_STATUS_TOOL_CALLS', 'tool_calls'],
])
