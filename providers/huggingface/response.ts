import * as v from 'valibot'
import type { Generated } from '../../src/model/implementation.ts'
import type { ModelChunk } from '../../src/model/model.ts'
import type { FinishReason, ModelResponse, Usage } from '../../src/model/response.ts'
import type { ApiServer } from '../../src/request/api-error.ts'
import { isRecord } from '../../src/request/is-record.ts'
import { endedEarly } from '../shared/wire/ended-early.ts'
import { parse } from '../shared/wire/parse.ts'

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

const WHAT = 'generation of Text Generation Inference'

/** Reads a whole response. */
export function parseGeneration(body: unknown, server: ApiServer): Generated {
  const { generated_text: text, details: end } = parse(generation, body, WHAT, server)
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
    const part = parse<Part>(isWhole ? whole : event, given, WHAT, server)
    const { token, generated_text: all, details: end } = part
    if (token.text && !token.special) yield { text: token.text }
    // the last event alone has the whole text
    if (typeof all === 'string') ending = toEnding(end)
  }
  if (!ending) throw endedEarly(server)
  return { ...ending, raw }
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
