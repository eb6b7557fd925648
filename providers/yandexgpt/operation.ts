import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { AssayError, cancelledBy, type ErrorKind } from '../../src/model/error.ts'
import { beside } from '../../src/request/beside.ts'
import type { Fetch, Middleware, RequestOptions } from '../../src/request/pipe.ts'

/**
 * Asks for an operation that a request has begun until it is done, with the same key and within the request's
 * deadline. An operation that has failed is begun again where that helps, and one that cannot be asked for is not:
 * it runs on, and is paid.
 *
 * @see https://yandex.cloud/en/docs/ai-studio/text-generation/api-ref/Operation/get
 */
export function awaitOperation(provider: string, interval: number): Middleware {
  return (next) => {
    const poll = beside(next)
    return async (url, init = {}) => {
      let response = await next(url, init)
      let operation = await read(response)
      let failure: AssayError | undefined
      while (operation && !operation.done) {
        try {
          await pause(Math.max(interval, failure?.retryAfterMs ?? 0), init)
          response = await poll(operationURL(url, operation.id), pollOf(init))
          operation = await read(response)
          failure = undefined
        } catch (error) {
          if (init.signal?.aborted) throw cutOff(init, failure)
          failure = toPassing(error)
        }
      }
      return response
    }
  }

  /** What ended it from outside, and what was wrong before. */
  function cutOff({ signal }: RequestOptions, failure: AssayError | undefined): AssayError {
    const { message, kind } = cancelledBy(signal, provider)
    const before = failure ? ` Before that: ${failure.message}` : ''
    return new AssayError(message + before, { kind, provider })
  }
}

async function pause(ms: number, { signal }: RequestOptions): Promise<void> {
  await sleep(ms, undefined, { ...(signal && { signal }) })
}

/** What the codes of gRPC mean: the error of an operation has no other. */
export const errorKinds: ReadonlyMap<string, ErrorKind> = new Map([
  ['3', 'invalid_request'],
  ['5', 'not_found'],
  ['7', 'forbidden'],
  ['8', 'rate_limit'],
  ['9', 'invalid_request'],
  ['11', 'invalid_request'],
  ['16', 'auth'],
])

const schema = v.object({ id: v.string(), done: v.nullish(v.boolean(), false) })

/** The operation that a response is, where it is one. It is read on as it came. */
async function read(response: Response): Promise<v.InferOutput<typeof schema> | undefined> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  const { success, output } = v.safeParse(schema, body)
  return success ? output : undefined
}

/** Where an operation is asked for: the cloud has a host for all of them. */
function operationURL(begun: Parameters<Fetch>[0], id: string): URL {
  const operation = new URL(begun instanceof Request ? begun.url : begun)
  operation.hostname = operation.hostname.replace(
    /^llm\.api\.cloud\.yandex\.net$/,
    'operation.api.cloud.yandex.net',
  )
  operation.pathname = operation.pathname.replace(
    /\/foundationModels\/v1\/\w+$/,
    `/operations/${encodeURIComponent(id)}`,
  )
  return operation
}

function pollOf(init: RequestOptions): RequestOptions {
  const headers = new Headers(init.headers)
  headers.delete('content-type')
  return { ...init, method: 'GET', headers, body: null }
}

/**
 * The failure of a poll that may work a moment later.
 *
 * @throws AssayError for all else: what the operation has failed with, whose error has no status, as it came; what
 * the key is to blame for as a wrong request, since with the next key the operation would begin, and be paid, again
 */
function toPassing(error: unknown): AssayError {
  if (!AssayError.is(error)) throw error
  const { kind, status, provider, message } = error
  if (kind === 'network' || kind === 'timeout') return error
  if (status === undefined) throw error
  if (kind === 'server' || kind === 'rate_limit') return error
  if (!keyFaults.has(kind)) throw error
  throw new AssayError(message, { kind: 'invalid_request', provider, status })
}

const keyFaults = new Set<ErrorKind>(['auth', 'forbidden', 'quota'])
