import { AsyncLocalStorage } from 'node:async_hooks'
import { AssayError, toAssayError } from '../../model/error.ts'
import type { GenerateOptions, ModelChunk, ModelStream } from '../../model/model.ts'
import { inProcess } from '../../model/in-process.ts'
import type { ModelResponse } from '../../model/response.ts'

/** A model that stands before others. */
export interface Front {
  readonly provider: string
  readonly name: string
}

/** Those before which a call stands that is made from here on. */
const fronts: AsyncLocalStorage<readonly Front[]> = inProcess(
  'fronts/1',
  () => new AsyncLocalStorage<readonly Front[]>(),
)

/** Runs what asks the models behind a front. @throws AssayError `config` where the front is behind itself */
export function behind<T>(front: Front, task: () => T): T {
  const chain = fronts.getStore() ?? []
  if (!chain.includes(front)) return fronts.run([...chain, front], task)
  const path = [...chain.slice(chain.indexOf(front)), front].map(
    ({ provider, name }) => `${provider}/${name}`,
  )
  throw new AssayError(`A model cannot be behind itself: ${path.join(' → ')}.`, { kind: 'config' })
}

/** Who is asked by a call: the model behind, or of models behind models the last of them. */
export interface AskedModel {
  readonly servedBy: string
  /** What the model behind is called with. */
  readonly options: GenerateOptions
}

/** Tells the caller who is asked. */
export function askedIn(options: GenerateOptions, name: string): AskedModel {
  let servedBy = name
  options.onAsked?.(name)
  return {
    get servedBy() {
      return servedBy
    },
    options: {
      ...options,
      onAsked(inner) {
        servedBy = inner
        options.onAsked?.(inner)
      },
    },
  }
}

/** The chunks of a stream behind a front, and then its response. */
export async function* streamBehind(
  front: Front,
  stream: ModelStream,
): AsyncGenerator<ModelChunk, ModelResponse, void> {
  const chunks = stream[Symbol.asyncIterator]()
  try {
    for (;;) {
      const step = await behind(front, () => chunks.next())
      if (step.done) break
      yield step.value
    }
  } finally {
    await chunks.return?.()
  }
  return stream.response
}

/** The response of a model as that of the front before it. */
export function responseOf(
  response: ModelResponse,
  { provider, name }: Front,
  servedBy: string,
): ModelResponse {
  return { ...response, provider, model: name, servedBy }
}

/** The error of a model, with who it is of. */
export function failureOf(thrown: unknown, servedBy: string, sent?: number): AssayError {
  const error = toAssayError(thrown, 'internal')
  const { message, kind, provider, status, retryAfterMs, cause } = error
  const attempts = sent ?? error.attempts
  const rest = { kind, provider, status, retryAfterMs, attempts, cause, servedBy }
  const own = new AssayError(message, rest)
  if (error.stack !== undefined) own.stack = error.stack // it leads to where it went wrong
  return own
}
