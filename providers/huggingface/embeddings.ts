import * as v from 'valibot'
import type { ModelImplementation } from '../../src/model/implementation.ts'
import type { Client } from '../shared/remote/client.ts'
import { requireOnePerText } from '../shared/wire/embeddings.ts'
import { parse } from '../shared/wire/parse.ts'

const vectors = v.array(v.array(v.number()))

/**
 * Gets vectors by the feature extraction of Hugging Face's own servers, which the router reaches below
 * `/hf-inference`. It does not tell its usage.
 *
 * @see https://huggingface.co/docs/inference-providers/tasks/feature-extraction
 */
export function embedBy(client: Client, id: string): NonNullable<ModelImplementation['embed']> {
  const path = `/hf-inference/models/${id}/pipeline/feature-extraction`
  return async (texts, { signal } = {}) => {
    if (texts.length === 0) return []
    const { server } = client
    const body = await client.post(path, { inputs: texts }, { signal })
    const embeddings = parse(vectors, body, 'list of embeddings', server)
    requireOnePerText(embeddings, texts.length, server)
    return embeddings
  }
}
