import { batch, streamBatch } from './batch.ts'
import { responseOf } from './embedding.ts'
import type { Model, ModelStream } from './model.ts'
import type { ModelResponse } from './response.ts'

/** Is told how one call of a model ended. */
export interface CallObserver {
  settle(response: Partial<ModelResponse>): void
  fail(error: unknown): void
}

export interface Observation {
  /** Called when a call is asked for; of a stream that is before it is read. */
  open(input: unknown): CallObserver
  /** What calls are made with. @default what they are given */
  optionsOf?<Options extends { signal?: AbortSignal }>(options: Options): Options
}

/** The same model, with somebody who is told of each call. */
export function observed(model: Model, { open, optionsOf = (given) => given }: Observation): Model {
  const own: Model = {
    info: model.info,
    get metrics() {
      return model.metrics
    },
    generate: (input, options = {}) =>
      observe(
        open(input),
        () => model.generate(input, optionsOf(options)),
        (response) => response,
      ),
    stream: (input, options = {}) =>
      observeStream(model.stream(input, optionsOf(options)), open(input)),
    batch: (inputs, options) => batch(own, inputs, options),
    streamBatch: (inputs, options) => streamBatch(own, inputs, options),
    health: () => model.health(),
  }
  if (model.embed) {
    own.embed = (texts, options = {}) =>
      observe(
        open(texts),
        () => model.embed!(texts, optionsOf(options)),
        (embeddings) => withoutText(responseOf(embeddings)),
      )
  }
  return own
}

/** Vectors are no text. */
function withoutText(response: ModelResponse | undefined): Partial<ModelResponse> {
  const { text, ...rest }: Partial<ModelResponse> = response ?? {}
  return rest
}

async function observe<T>(
  observer: CallObserver,
  call: () => Promise<T>,
  describe: (result: T) => Partial<ModelResponse>,
): Promise<T> {
  try {
    const result = await call()
    observer.settle(describe(result))
    return result
  } catch (error) {
    observer.fail(error)
    throw error
  }
}

/** Tells of a stream when it is read or its response is asked for, and not before: that would begin the call. */
function observeStream(stream: ModelStream, { settle, fail }: CallObserver): ModelStream {
  let told = false
  const tell = () => {
    const { response } = stream
    if (!told) response.then(settle, fail)
    told = true
    return response
  }
  return {
    async *[Symbol.asyncIterator]() {
      try {
        yield* stream
      } finally {
        await tell().catch(() => {})
      }
    },
    get response() {
      return tell()
    },
  }
}
