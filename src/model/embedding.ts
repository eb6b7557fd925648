import { inProcess } from './in-process.ts'
import type { ModelResponse, Usage } from './response.ts'

/** Vectors with what the server says of their cost. */
export interface Embedded {
  readonly embeddings: number[][]
  readonly usage?: Usage | null | undefined
}

const responses = inProcess('embeddings/1', () => new WeakMap<number[][], ModelResponse>())

/** Remembers the response that vectors came with: callers get the vectors alone. */
export function withResponse(embeddings: number[][], response: ModelResponse): number[][] {
  responses.set(embeddings, response)
  return embeddings
}

/** The response that vectors came with, without a text. */
export function responseOf(embeddings: number[][]): ModelResponse | undefined {
  return responses.get(embeddings)
}
