import { AssayError } from '../../../src/model/error.ts'
import type { Usage } from '../../../src/model/response.ts'
import type { ApiServer } from '../../../src/request/api-error.ts'

/** @throws AssayError where a server gave other vectors than one per text */
export function requireOnePerText(
  embeddings: readonly unknown[],
  texts: number,
  { provider }: ApiServer,
): void {
  if (embeddings.length === texts) return
  const message = `${provider}: got ${embeddings.length} embeddings for ${texts} texts.`
  throw new AssayError(message, { kind: 'parse', provider })
}

/** A vector of a list in the form of OpenAI's, which need not be in the order of the texts. */
interface IndexedEmbedding {
  readonly index: number
  readonly embedding: number[]
}

/** One vector per text, in the order of the texts. @throws AssayError where there are more or fewer */
export function inOrder(
  list: readonly IndexedEmbedding[],
  texts: number,
  server: ApiServer,
): number[][] {
  requireOnePerText(list, texts, server)
  return list.toSorted((a, b) => a.index - b.index).map(({ embedding }) => embedding)
}

/** The usage of texts that were counted one by one; `null` where a count is missing. */
export function usageOf(counts: readonly (number | null | undefined)[]): Usage | null {
  let inputTokens = 0
  for (const count of counts) {
    if (count === null || count === undefined) return null
    inputTokens += count
  }
  return { inputTokens, outputTokens: 0 }
}
