import type { ModelChunk } from './model.ts'

/**
 * Turns a function that reports text through a callback into an iterator of chunks, which returns what the
 * function resolves with.
 */
export async function* streamOfCallback<T>(
  run: (onText: (text: string) => void) => Promise<T>,
): AsyncGenerator<ModelChunk, T, void> {
  const pending: string[] = []
  const state = { ended: false, wake: Promise.withResolvers<void>() }
  const result = run((text) => {
    if (text !== '') pending.push(text)
    state.wake.resolve()
  }).finally(() => {
    state.ended = true
    state.wake.resolve()
  })
  result.catch(() => {}) // awaited below, once the chunks before the failure were read
  while (!state.ended || pending.length > 0) {
    const text = pending.shift()
    if (text === undefined) {
      await state.wake.promise
      state.wake = Promise.withResolvers()
    } else {
      yield { text }
    }
  }
  return result
}
