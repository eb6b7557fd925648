import * as v from 'valibot'
import { AssayError } from '../../src/model/error.ts'
import type { Generated } from '../../src/model/implementation.ts'
import type { ModelChunk } from '../../src/model/model.ts'
import type { FinishReason, ModelResponse, Usage } from '../../src/model/response.ts'
import type { ApiServer } from '../../src/request/api-error.ts'
import { isRecord } from '../../src/request/is-record.ts'

const count = v.fallback(v.nullish(v.number()), null)

const details = v.fallback(
  v.nullish(
    v.object({
      finish_reason: v.fallback(v.nullish(v.string()), null),
      generated_tokens: count,
      input_length: count,
    }),
  ),
  null,
)

const generation = v.object({ generated_text: v.string(), details })

/** What a server that does not stream answers with: all of it, as one token. */
const whole = v.pipe(
  generation,
  v.transform((given) => ({ ...given, token: { text: given.generated_text, special: null } })),
)

const event = v.object({
  token: v.object({ text: v.string(), special: v.fallback(v.nullish(v.boolean()), null) }),
  generated_text: v.nullish(v.string()),
  details,
})

type Part = v.InferOutput<typeof event>

/** Reads a whole response. */
export function parseGeneration(body: unknown, server: ApiServer): Generated {
  const { generated_text: text, details: end } = parse(generation, body, server)
  return { text, ...toEnding(end), raw: body }
}

/** Reads the events of a stream: yields the text of each token and returns the rest. */
export async function* parseEvents(
  events: AsyncIterable<unknown>,
  server: ApiServer,
): AsyncGenerator<ModelChunk, Partial<ModelResponse>, void> {
  const raw: unknown[] = []
  let ending: ReturnType<typeof toEnding> | undefined
  for await (const given of events) {
    raw.push(given)
    const isWhole = isRecord(given) && !('token' in given)
    const part = parse<Part>(isWhole ? whole : event, given, server)
    const { token, generated_text: all, details: end } = part
    if (token.text && !token.special) yield { text: token.text }
    // the last event alone has the whole text
    if (typeof all === 'string') ending = toEnding(end)
  }
  if (ending) return { ...ending, raw }
  throw new AssayError(`${server.provider}: the stream ended before the response was complete.`, {
    kind: 'network',
    provider: server.provider,
  })
}

function parse<Output>(
  schema: v.GenericSchema<unknown, Output>,
  body: unknown,
  { provider }: ApiServer,
): Output {
  const result = v.safeParse(schema, body)
  if (result.success) return result.output
  const problem = v.getDotPath(result.issues[0]) ?? 'body'
  throw new AssayError(
    `${provider}: the response is none of Text Generation Inference: \`${problem}\` is malformed.`,
    { kind: 'parse', provider },
  )
}

function toEnding(end: v.InferOutput<typeof details>): {
  readonly finishReason: FinishReason
  readonly usage: Usage | null
} {
  const { finish_reason: reason, input_length: input, generated_tokens: output } = end ?? {}
  const isWhole = typeof input === 'number' && typeof output === 'number'
  return {
    finishReason: finishReasons.get(reason ?? '') ?? 'unknown',
    usage: isWhole ? { inputTokens: input, outputTokens: output } : null,
  }
}

const finishReasons = new Map<string, FinishReason>([
  ['eos_token', 'stop'],
  ['stop_sequence', 'stop'],
  ['length', 'length'],
])
