import type { ModelChunk } from './model.ts'

/**
 * Turns a function that reports text through a callback into an iterator of chunks, which returns what the
 * function resolves with.
 */
export async function* streamOfCallback<T>(
  run: (onText: (text: string) => void) => Promise<T>,
): AsyncGenerator<ModelChunk, T, void> {
  const pending: string[] = []
  let wake = Promise.withResolvers<void>()
  let ended = false
  const result = run((text) => {
    if (text !== '') pending.push(text)
    wake.resolve()
  }).finally(() => {
    ended = true
    wake.resolve()
  })
  result.catch(() => {}) // awaited below, once the chunks before the failure were read
  while (!ended || pending.length > 0) {
    const text = pending.shift()
    if (text !== undefined) {
      yield { text }
      continue
    }
    await wake.promise
    wake = Promise.withResolvers()
  }
  return result
}
