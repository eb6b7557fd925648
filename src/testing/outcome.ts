import { inspect } from 'node:util'
import { AssayError } from '../model/error.ts'
import type { GenerateOptions, Model, ModelStream } from '../model/model.ts'
import type { ModelResponse } from '../model/response.ts'

/** What a test asks where it does not matter. */
export const PROMPT = 'This is question-0.'

class TooSlow extends Error {}

/** Waits for `call`, but not longer than `ms`. @throws Error that names `what` was slower */
export async function inTime<T>(what: string, ms: number, call: Promise<T>): Promise<T> {
  const expired = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    expired.reject(new TooSlow(`${what} has not settled after ${ms} ms.`))
  }, ms)
  try {
    return await Promise.race([call, expired.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Nobody minds if it fails before somebody waits for it. */
export function started<T>(call: Promise<T>): Promise<T> {
  call.catch(() => {})
  return call
}

/** The result of a call. @throws Error that names what rejected, and with what */
export async function resultOf<T>(what: string, call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    if (error instanceof TooSlow) throw error
    const given = AssayError.is(error) ? `AssayError (${error.kind}): ${error.message}` : error
    throw new Error(`${what} was not to reject, but does with ${shown(given)}`, { cause: error })
  }
}

/** The error of a call. @throws Error that tells of a response in its place, or of another error */
export async function failureOf(what: string, call: Promise<unknown>): Promise<AssayError> {
  const value = await call.catch((error: unknown) => {
    if (AssayError.is(error)) return error
    if (error instanceof TooSlow) throw error
    throw new Error(`${what} was to reject with an AssayError, but does with ${shown(error)}`, {
      cause: error,
    })
  })
  if (AssayError.is(value)) return value
  throw new Error(`${what} was to reject with an AssayError, but gives ${shown(value)}`)
}

/** What was read of a stream, chunk by chunk, also of one that broke off. */
export interface Reading {
  readonly texts: readonly string[]
  /** Settles as the reading does. */
  readonly response: Promise<ModelResponse>
}

/** Reads a stream to its end. Its chunks and its response must end in the same way. */
export function read(stream: ModelStream): Reading {
  const texts: string[] = []
  const chunks = (async () => {
    for await (const { text } of stream) texts.push(text)
  })()
  const response = (async () => {
    try {
      await chunks
    } catch (error) {
      await failureOf('`response` of a stream that broke off', stream.response)
      throw error
    }
    return resultOf('`response` of a stream that was read to its end', stream.response)
  })()
  return { texts, response: started(response) }
}

/** The same call in the three ways that a model has. */
export const ways: Readonly<
  Record<string, (model: Model, options?: GenerateOptions) => Promise<ModelResponse>>
> = {
  'generate()': (model, options) => model.generate(PROMPT, options),
  'stream()': (model, options) => read(model.stream(PROMPT, options)).response,
  'batch()': async (model, options) => {
    const [one] = await model.batch([PROMPT], options)
    if (one?.status === 'fulfilled') return one.value
    throw one ? one.reason : new Error('batch() has given no result for one input.')
  },
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Error) return String(value)
  const { text } = (value ?? {}) as Partial<ModelResponse>
  return text === undefined ? inspect(value) : `the text ${inspect(text)}`
}
