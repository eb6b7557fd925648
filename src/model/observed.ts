import { batch, streamBatch } from './batch.ts'
import { responseOf } from './embedding.ts'
import type { GenerateOptions, Model, ModelStream } from './model.ts'
import type { ModelResponse } from './response.ts'

/** Is told how one call of a model ended. */
export interface CallObserver {
  /** What the call is made with. @default what it is given */
  optionsOf?(options: GenerateOptions): GenerateOptions
  settle(response: Partial<ModelResponse>): void
  fail(error: unknown): void
}

/** Called when a call is asked for; of a stream that is before it is read. */
export type Observe = (input: unknown) => CallObserver

/** The same model, with somebody who is told of each call. */
export function observed(model: Model, observe: Observe): Model {
  const own: Model = {
    info: model.info,
    get metrics() {
      return model.metrics
    },
    generate(input, options = {}) {
      const observer = observe(input)
      return told(observer, () => model.generate(input, toOptions(observer, options)), same)
    },
    stream(input, options = {}) {
      const observer = observe(input)
      return toldStream(model.stream(input, toOptions(observer, options)), observer)
    },
    batch: (inputs, options) => batch(own, inputs, options),
    streamBatch: (inputs, options) => streamBatch(own, inputs, options),
    health: () => model.health(),
  }
  if (model.embed) {
    own.embed = (texts, options = {}) => {
      const observer = observe(texts)
      return told(
        observer,
        () => model.embed!(texts, toOptions(observer, options)),
        (embeddings) => withoutText(responseOf(embeddings)),
      )
    }
  }
  return own
}

const same = (response: ModelResponse): ModelResponse => response

function toOptions({ optionsOf }: CallObserver, options: GenerateOptions): GenerateOptions {
  return optionsOf ? optionsOf(options) : options
}

/** Vectors are no text. */
function withoutText(response: ModelResponse | undefined): Partial<ModelResponse> {
  const { text, ...rest }: Partial<ModelResponse> = response ?? {}
  return rest
}

async function told<T>(
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
function toldStream(stream: ModelStream, { settle, fail }: CallObserver): ModelStream {
  let isTold = false
  const tell = () => {
    const { response } = stream
    if (!isTold) response.then(settle, fail)
    isTold = true
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
