import * as v from 'valibot'
import type { Embedded } from '../../src/model/embedding.ts'
import { AssayError } from '../../src/model/error.ts'
import type { ListedModel } from '../../src/provider/provider.ts'
import type { ApiServer } from '../../src/request/api-error.ts'
import type { Client } from '../shared/remote/client.ts'
import { tokensSchema } from './usage.ts'

const page = v.object({
  models: v.array(v.object({ name: v.string() })),
  nextPageToken: v.optional(v.string(), ''),
})

/** Reads the list of models, over all its pages. https://ai.google.dev/api/models */
export async function listModels(client: Client): Promise<ListedModel[]> {
  const { provider } = client.server
  const models: ListedModel[] = []
  let token = ''
  for (;;) {
    const query = token && `&pageToken=${encodeURIComponent(token)}`
    const result = v.safeParse(page, await client.get(`/models?pageSize=1000${query}`))
    const { models: listed, nextPageToken: next } = result.success ? result.output : {}
    if (!listed || (next && next === token)) throw notOne('list of models', provider)
    models.push(...listed.map(({ name }) => ({ id: name.replace(/^models\//, '') })))
    if (!next) return models
    token = next
  }
}

const embedded = v.object({
  embeddings: v.array(v.object({ values: v.array(v.number()) })),
  usageMetadata: tokensSchema,
})

/** Reads one vector per text, in their order. https://ai.google.dev/api/embeddings */
export function parseEmbeddings(body: unknown, texts: number, { provider }: ApiServer): Embedded {
  const result = v.safeParse(embedded, body)
  if (!result.success) throw notOne('list of embeddings', provider)
  const { embeddings, usageMetadata: tokens } = result.output
  if (embeddings.length !== texts) {
    const message = `${provider}: got ${embeddings.length} embeddings for ${texts} texts.`
    throw new AssayError(message, { kind: 'parse', provider })
  }
  const { promptTokenCount: inputTokens = null } = tokens ?? {}
  return {
    embeddings: embeddings.map(({ values }) => values),
    usage: inputTokens === null ? null : { inputTokens, outputTokens: 0 },
  }
}

function notOne(what: string, provider: string): AssayError {
  return new AssayError(`${provider}: the response is no ${what}.`, { kind: 'parse', provider })
}
