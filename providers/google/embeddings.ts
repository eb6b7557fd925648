import * as v from 'valibot'
import type { Embedded } from '../../src/model/embedding.ts'
import { addUsage, type Usage } from '../../src/model/response.ts'
import type { ApiServer } from '../../src/request/api-error.ts'
import type { Client } from '../shared/remote/client.ts'
import { requireOnePerText } from '../shared/wire/embeddings.ts'
import { parse } from '../shared/wire/parse.ts'
import { tokensSchema } from './usage.ts'

/** Texts that one request may have; with more the API refuses all of them. */
const MOST = 100

/** A model as it is asked for vectors. */
export interface EmbeddingModel {
  readonly client: Client
  /** As in 'models/gemini-embedding-2'. */
  readonly path: string
  /** Its method for many texts. */
  readonly url: string
}

/** Gets one vector per text, in their order. https://ai.google.dev/api/embeddings */
export async function embed(
  { client, path, url }: EmbeddingModel,
  texts: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Embedded> {
  const embeddings: number[][] = []
  const usages: (Usage | null)[] = []
  for (let start = 0; start < texts.length; start += MOST) {
    const some = texts.slice(start, start + MOST)
    const requests = some.map((text) => ({ model: path, content: { parts: [{ text }] } }))
    const list = await client.post(url, { requests }, { signal })
    const part = parseEmbeddings(list, some.length, client.server)
    embeddings.push(...part.embeddings)
    usages.push(part.usage)
  }
  return { embeddings, usage: usages.includes(null) ? null : addUsage(usages) }
}

const embedded = v.object({
  embeddings: v.array(v.object({ values: v.array(v.number()) })),
  usageMetadata: tokensSchema,
})

function parseEmbeddings(body: unknown, texts: number, server: ApiServer) {
  const parsed = parse(embedded, body, 'list of embeddings', server)
  const { embeddings, usageMetadata: tokens } = parsed
  requireOnePerText(embeddings, texts, server)
  const { promptTokenCount: inputTokens = null } = tokens ?? {}
  return {
    embeddings: embeddings.map(({ values }) => values),
    usage: inputTokens === null ? null : { inputTokens, outputTokens: 0 },
  }
}
