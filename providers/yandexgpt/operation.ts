import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { AssayError, cancelledBy, type ErrorKind } from '../../src/model/error.ts'
import type { Fetch, Middleware, RequestOptions } from '../../src/request/pipe.ts'

/**
 * Asks for an operation that a request has begun until it is done, with the same key and within the request's
 * deadline. An operation that has failed is begun again where that helps, and one that cannot be asked for is not:
 * it runs on, and is paid.
 *
 * @see https://yandex.cloud/en/docs/ai-studio/text-generation/api-ref/Operation/get
 */
export function awaitOperation(provider: string, interval: number): Middleware {
  return (next) =>
    async (url, init = {}) => {
      let response = await next(url, init)
      let operation = await read(response)
      const sentAt = init.exchange?.sentAt
      let failure: AssayError | undefined
      while (operation && !operation.done) {
        try {
          await pause(Math.max(interval, failure?.retryAfterMs ?? 0), init)
          response = await next(operationURL(url, operation.id), pollOf(init))
          operation = await read(response)
          failure = undefined
        } catch (error) {
          if (init.signal?.aborted) throw cutOff(init, failure)
          if (!isOfPoll(error)) throw error
          failure = error
        }
      }
      // all of it was the time of one response, and none of it the wait for another
      if (init.exchange && sentAt !== undefined) init.exchange.sentAt = sentAt
      return response
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

/** Whether a poll has failed that may work a moment later, and not the operation, whose error has no status. */
function isOfPoll(error: unknown): error is AssayError {
  if (!AssayError.is(error)) return false
  const { kind, status } = error
  if (kind === 'network' || kind === 'timeout') return true
  return status !== undefined && (kind === 'server' || kind === 'rate_limit')
}
