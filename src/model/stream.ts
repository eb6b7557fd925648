import { AssayError } from './error.ts'
import type { Generated, ModelImplementation } from './implementation.ts'
import type { Message } from './message.ts'
import type { GenerateOptions, ModelChunk, ModelStream } from './model.ts'
import type { ModelResponse } from './response.ts'

interface StreamParts {
  readonly implementation: ModelImplementation
  /** @throws AssayError for a conversation that is none */
  readonly messages: () => readonly Message[]
  readonly options: GenerateOptions
  /** Counts the call; what it returns turns the parts of the response into the whole. */
  readonly start: (
    options: GenerateOptions,
    streaming: boolean,
  ) => {
    /** Runs a step of it, so that its requests know the call. */
    run<T>(task: () => T): T
    waitedMs(): number
    complete(generated: Generated): ModelResponse
    fail(error: unknown): unknown
  }
}

/**
 * A stream that can be read once; a model without streaming gives one chunk. The call begins with the first
 * chunk that is asked for, or when the response is: then the chunks are kept for who reads them later.
 */
export function createStream(parts: StreamParts): ModelStream {
  const source = createSource(parts)
  let isRead = false

  async function* chunks(): AsyncGenerator<ModelChunk, void, void> {
    if (isRead) throw new AssayError('A stream can be read once.', { kind: 'config' })
    isRead = true
    try {
      for (;;) {
        const chunk = source.kept.shift()
        if (chunk) yield chunk
        else if (!(await source.advance())) return
      }
    } finally {
      await source.leave()
    }
  }

  return {
    [Symbol.asyncIterator]: chunks,
    get response() {
      source.drain()
      return source.response
    },
  }
}

interface Source {
  /** Chunks that were read and not yet handed on. */
  readonly kept: ModelChunk[]
  readonly response: Promise<ModelResponse>
  /** Reads one more chunk; `false` at the end. @throws AssayError what ended the call */
  advance(): Promise<boolean>
  /** Reads on to the end, whoever takes the chunks. */
  drain(): void
  leave(): Promise<void>
}

function createSource(parts: StreamParts): Source {
  const response = Promise.withResolvers<ModelResponse>()
  response.promise.catch(() => {}) // who reads the chunks alone sees the error there
  const kept: ModelChunk[] = []
  const chunks = read(parts, response)
  let last: Promise<boolean> = Promise.resolve(true)
  let draining: Promise<void> | undefined

  function advance(): Promise<boolean> {
    last = last.then(async (more) => {
      if (!more) return false
      const step = await chunks.next()
      if (!step.done) kept.push(step.value)
      return !step.done
    })
    return last
  }

  return {
    kept,
    response: response.promise,
    advance,
    drain() {
      draining ??= (async () => {
        while (await advance());
      })().catch(() => {}) // the response carries the error
    },
    async leave() {
      await chunks.return()
    },
  }
}

/** The call itself, which settles the response. */
async function* read(
  parts: StreamParts,
  response: PromiseWithResolvers<ModelResponse>,
): AsyncGenerator<ModelChunk, void, void> {
  const { implementation, options } = parts
  const { signal } = options
  const call = parts.start(options, implementation.stream !== undefined)
  const started = performance.now()
  const source = open(parts)
  let text = ''
  let firstTokenMs: number | null = null
  let isLeft = true
  try {
    signal?.throwIfAborted()
    for (;;) {
      const step = await call.run(() => source.next())
      if (step.done) {
        response.resolve(call.complete({ firstTokenMs, ...step.value, text }))
        isLeft = false
        return
      }
      firstTokenMs ??= performance.now() - started - call.waitedMs()
      text += step.value.text
      yield step.value
    }
  } catch (error) {
    isLeft = false
    const failure = call.fail(error)
    response.reject(failure)
    throw failure
  } finally {
    try {
      await source.return?.({})
    } finally {
      if (isLeft) response.reject(call.fail(leftEarly()))
    }
  }
}

function leftEarly(): AssayError {
  return new AssayError('The stream was left before its end.', { kind: 'cancelled' })
}

/** Begins with its first chunk, so that whatever is wrong before that ends the call too. */
async function* open({
  implementation,
  messages,
  options,
}: StreamParts): AsyncGenerator<ModelChunk, Partial<ModelResponse>, void> {
  if (implementation.stream) return yield* implementation.stream(messages(), options)
  const generated = await implementation.generate(messages(), options)
  yield { text: generated.text }
  return { ...generated, firstTokenMs: null }
}
