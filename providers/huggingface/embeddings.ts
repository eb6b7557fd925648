import * as v from 'valibot'
import { AssayError } from '../../src/model/error.ts'
import type { ModelImplementation } from '../../src/model/implementation.ts'
import type { Client } from '../shared/remote/client.ts'

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
    const list = v.safeParse(vectors, await client.post(path, { inputs: texts }, { signal }))
    const { provider } = client.server
    if (!list.success) {
      const message = `${provider}: the response is no list of embeddings, one for each text.`
      throw new AssayError(message, { kind: 'parse', provider })
    }
    if (list.output.length === texts.length) return list.output
    const message = `${provider}: got ${list.output.length} embeddings for ${texts.length} texts.`
    throw new AssayError(message, { kind: 'parse', provider })
  }
}
