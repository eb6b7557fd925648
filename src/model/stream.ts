import { AssayError } from './error.ts'
import type { Generated, ModelImplementation } from './implementation.ts'
import type { GenerateOptions, Message, ModelChunk, ModelStream } from './model.ts'
import type { ModelResponse } from './response.ts'

interface StreamParts {
  readonly implementation: ModelImplementation
  readonly messages: readonly Message[]
  readonly options: GenerateOptions
  /** Counts the call; what it returns turns the parts of the response into the whole. */
  readonly start: (signal: AbortSignal | undefined) => {
    complete(generated: Generated): ModelResponse
    fail(error: unknown): unknown
  }
}

/** A stream that can be read once; a model without streaming gives one chunk. */
export function createStream(parts: StreamParts): ModelStream {
  const response = Promise.withResolvers<ModelResponse>()
  response.promise.catch(() => {}) // who reads the chunks alone sees the error there

  let isRead = false

  async function* chunks(): AsyncGenerator<ModelChunk, void, void> {
    if (isRead) throw new AssayError('A stream can be read once.', { kind: 'config' })
    isRead = true
    const { signal } = parts.options
    const call = parts.start(signal)
    const started = performance.now()
    const source = open(parts)
    let text = ''
    let firstTokenMs: number | null = null
    try {
      signal?.throwIfAborted()
      for (;;) {
        const step = await source.next()
        if (step.done) {
          response.resolve(call.complete({ firstTokenMs, ...step.value, text }))
          return
        }
        firstTokenMs ??= performance.now() - started
        text += step.value.text
        yield step.value
      }
    } catch (error) {
      const failure = call.fail(error)
      response.reject(failure)
      throw failure
    } finally {
      await source.return?.({})
      const message = 'The stream was left before its end.'
      response.reject(new AssayError(message, { kind: 'cancelled' }))
    }
  }

  return { [Symbol.asyncIterator]: chunks, response: response.promise }
}

function open(parts: StreamParts): AsyncGenerator<ModelChunk, Partial<ModelResponse>, void> {
  const { implementation, messages, options } = parts
  if (implementation.stream) return implementation.stream(messages, options)
  return (async function* () {
    const generated = await implementation.generate(messages, options)
    yield { text: generated.text }
    return { ...generated, firstTokenMs: null }
  })()
}
