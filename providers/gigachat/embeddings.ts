import * as v from 'valibot'
import type { Embedded } from '../../src/model/embedding.ts'
import type { ApiServer } from '../../src/request/api-error.ts'
import { inOrder, usageOf } from '../shared/wire/embeddings.ts'
import { parseGigachat } from './parse.ts'

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
  const { data } = parseGigachat(embeddings, body, 'list of embeddings', server)
  return {
    embeddings: inOrder(data, texts, server),
    usage: usageOf(data.map(({ usage }) => usage?.prompt_tokens)),
  }
}
