import * as v from 'valibot'
import type { Embedded } from '../../src/model/embedding.ts'
import type { ListedModel } from '../../src/provider/provider.ts'
import type { ApiServer } from '../../src/request/api-error.ts'
import { requireOnePerText } from '../shared/wire/embeddings.ts'
import { parse } from '../shared/wire/parse.ts'

const tags = v.object({ models: v.nullable(v.array(v.object({ name: v.string() }))) })

/** Reads the list of the models that were pulled; an empty list is an empty list. */
export function parseModels(body: unknown, server: ApiServer): ListedModel[] {
  const { models } = parse(tags, body, 'list of models', server)
  return (models ?? []).map(({ name }) => ({ id: name }))
}

const embedded = v.object({
  embeddings: v.array(v.array(v.number())),
  prompt_eval_count: v.fallback(v.nullish(v.number()), null),
})

/** Reads one vector per text, in the order of the texts, and the tokens of the texts. */
export function parseEmbeddings(body: unknown, texts: number, server: ApiServer): Embedded {
  const parsed = parse(embedded, body, 'list of embeddings', server)
  const { embeddings, prompt_eval_count: tokens } = parsed
  requireOnePerText(embeddings, texts, server)
  const usage = typeof tokens === 'number' ? { inputTokens: tokens, outputTokens: 0 } : null
  return { embeddings, usage }
}
