import * as v from 'valibot'
import type { Embedded } from '../../src/model/embedding.ts'
import { AssayError } from '../../src/model/error.ts'
import type { ApiServer } from '../../src/request/api-error.ts'
import { parse } from './parse.ts'

const embeddings = v.object({
  data: v.array(
    v.object({
      index: v.number(),
      embedding: v.array(v.number()),
      usage: v.fallback(v.nullish(v.object({ prompt_tokens: v.number() })), null),
    }),
  ),
})

/** Reads one vector per text, in the order of the texts; each says what its own text has cost. */
export function parseEmbeddings(body: unknown, texts: number, server: ApiServer): Embedded {
  const { data } = parse(embeddings, body, 'list of embeddings', server)
  if (data.length !== texts) {
    const { provider } = server
    const message = `${provider}: got ${data.length} embeddings for ${texts} texts.`
    throw new AssayError(message, { kind: 'parse', provider })
  }
  const counts = data.flatMap(({ usage }) => usage?.prompt_tokens ?? [])
  const inputTokens = counts.reduce((sum, tokens) => sum + tokens, 0)
  return {
    embeddings: data.toSorted((a, b) => a.index - b.index).map(({ embedding }) => embedding),
    usage: counts.length === texts ? { inputTokens, outputTokens: 0 } : null,
  }
}
