import * as v from 'valibot'
import type { Embedded } from '../../src/model/embedding.ts'
import { AssayError } from '../../src/model/error.ts'
import type { ListedModel } from '../../src/provider/provider.ts'
import { apiError, type ApiServer } from '../../src/request/api-error.ts'

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
  const vectors = data.toSorted((a, b) => a.index - b.index).map(({ embedding }) => embedding)
  if (vectors.length === texts) {
    return {
      embeddings: vectors,
      usage: usage && { inputTokens: usage.prompt_tokens, outputTokens: 0 },
    }
  }
  throw new AssayError(`${server.provider}: got ${vectors.length} embeddings for ${texts} texts.`, {
    kind: 'parse',
    provider: server.provider,
  })
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

const failure = v.object({ error: v.union([v.string(), v.looseObject({})]) })

function parse<Output>(
  schema: v.GenericSchema<unknown, Output>,
  body: unknown,
  what: string,
  server: ApiServer,
): Output {
  const result = v.safeParse(schema, body)
  if (result.success) return result.output
  if (v.is(failure, body)) throw apiError({ body }, server)
  throw new AssayError(`${server.provider}: the response is no ${what}.`, {
    kind: 'parse',
    provider: server.provider,
  })
}
