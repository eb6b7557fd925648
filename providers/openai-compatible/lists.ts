import * as v from 'valibot'
import type { Embedded } from '../../src/model/embedding.ts'
import type { ListedModel } from '../../src/provider/provider.ts'
import type { ApiServer } from '../../src/request/api-error.ts'
import { inOrder } from '../shared/wire/embeddings.ts'
import { parse } from '../shared/wire/parse.ts'

/** Reads the list of models; an empty list is an empty list. */
export function parseModels(body: unknown, server: ApiServer): ListedModel[] {
  return parse(models, body, 'list of models', server).map(({ id, owned_by: ownedBy }) => ({
    id,
    ...(ownedBy && { ownedBy }),
  }))
}

/** Reads one vector per text, in the order of the texts, and the tokens of the texts. */
export function parseEmbeddings(body: unknown, texts: number, server: ApiServer): Embedded {
  const { data, usage } = parse(embedded, body, 'list of embeddings', server)
  return {
    embeddings: inOrder(data, texts, server),
    usage: usage && { inputTokens: usage.prompt_tokens, outputTokens: 0 },
  }
}

const model = v.object({
  id: v.string(),
  owned_by: v.fallback(v.nullish(v.string()), null),
})

/** A server without a model sends `data: null`, and some send the bare list. */
const models = v.union([
  v.array(model),
  v.pipe(
    v.object({ data: v.nullable(v.array(model)) }),
    v.transform(({ data }) => data ?? []),
  ),
])

const embedded = v.object({
  data: v.array(v.object({ index: v.number(), embedding: v.array(v.number()) })),
  usage: v.fallback(v.nullish(v.object({ prompt_tokens: v.number() })), null),
})
