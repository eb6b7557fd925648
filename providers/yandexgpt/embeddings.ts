import * as v from 'valibot'
import type { Embedded } from '../../src/model/embedding.ts'
import type { Client } from '../shared/remote/client.ts'
import { usageOf } from '../shared/wire/embeddings.ts'
import { parse } from '../shared/wire/parse.ts'
import { count } from './usage.ts'

const PATH = '/foundationModels/v1/textEmbedding'
const CONCURRENCY = 10

/**
 * Embeds texts, with one request for each, since the API takes no more.
 *
 * @see https://yandex.cloud/en/docs/ai-studio/embeddings/api-ref/Embeddings/textEmbedding
 */
export async function embed(
  client: Client,
  modelUri: string,
  texts: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Embedded> {
  const vectors: Vector[] = []
  const left = texts.entries()
  const stop = new AbortController()
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal

  async function work(): Promise<void> {
    for (const [index, text] of left) {
      const body = await client.post(PATH, { modelUri, text }, { signal: either })
      vectors[index] = parse(vector, body, 'embedding', client.server)
    }
  }

  try {
    await Promise.all(Array.from({ length: CONCURRENCY }, work))
  } finally {
    stop.abort() // what is under way when one text fails would be for nobody
  }
  return {
    embeddings: vectors.map(({ embedding }) => embedding),
    usage: usageOf(vectors.map(({ numTokens }) => numTokens)),
  }
}

type Vector = v.InferOutput<typeof vector>

const vector = v.object({
  embedding: v.array(v.number()),
  numTokens: v.fallback(v.nullish(count), null),
})
