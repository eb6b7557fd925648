import { type Call, currentCall } from '../model/call.ts'
import { AssayError } from '../model/error.ts'
import { apiError, type ApiServer, errorInBody, errorInEvent } from './api-error.ts'
import { type AttemptLimits, startLimits } from './attempt-limits.ts'
import { endOf, exchangeOf } from './exchange.ts'
import { networkError } from './network-error.ts'
import type { Middleware, RequestOptions } from './pipe.ts'
import { redact } from './redact.ts'
import { bodyText, readFirstEvent, relay, withBody } from './receive.ts'

export interface AttemptOptions {
  readonly server: ApiServer
  /** Limits in milliseconds, 0 for none: see RequestSettings. */
  readonly timeout: number
  readonly firstTokenTimeout: number
  readonly stallTimeout: number
}

/**
 * Sends one request and reads its response to the end, whoever takes it: a server is not held up by a slow
 * reader, and what came broken can be sent again. A stream is handed on with its first event. All that it
 * rejects with is an AssayError.
 */
export function attempt({
  server,
  timeout,
  firstTokenTimeout,
  stallTimeout,
}: AttemptOptions): Middleware {
  return (next) =>
    async (url, init = {}) => {
      const limits = startLimits(server.provider, init.signal)
      const toFailure = (error: unknown) => limits.failure() ?? failureOf(error, server, url)
      limits.within(timeout, 'no complete response', 'timeout')
      const endWait = currentCall.getStore()?.streaming
        ? limits.within(firstTokenTimeout, 'no first chunk', 'firstTokenTimeout')
        : () => {}
      count(init)
      try {
        const response = await next(url, { ...init, signal: limits.signal })
        if (!response.ok) throw await errorOf(response, server)
        if (isStream(response)) return await openStream(response)
        endWait() // a whole response has no first chunk
        return await readWhole(response)
      } catch (error) {
        limits.stop()
        throw toFailure(error)
      }

      async function readWhole(response: Response): Promise<Response> {
        const bytes = await response.arrayBuffer()
        limits.stop()
        noteEnd(currentCall.getStore())
        const text = bodyText(bytes)
        const body = text.includes('"error"') ? parseJson(text) : undefined
        if (errorInBody(body)) throw apiError({ body, headers: response.headers }, server)
        return withBody(response, bytes)
      }

      async function openStream(response: Response): Promise<Response> {
        const reader = response.body!.getReader()
        const { chunks, text } = await readFirstEvent(reader, isLines(response))
        if (chunks.length === 0) throw endedEarly(server)
        const body = errorInEvent(text)
        if (body !== undefined) throw apiError({ body, headers: response.headers }, server)
        limits.stop()
        const relayed = relay(response, chunks, {
          read: () => readWithin(limits, stallTimeout, reader),
          cancel: () => limits.cancel(),
          toFailure,
        })
        const call = currentCall.getStore()
        endOf(relayed).then(
          () => noteEnd(call),
          () => {},
        )
        return relayed
      }
    }
}

function count(init: RequestOptions): void {
  const call = currentCall.getStore()
  if (call) call.attempts++
  const exchange = exchangeOf(init)
  exchange.attempts++
  exchange.sentAt = performance.now()
}

function noteEnd(call: Call | undefined): void {
  if (call) call.endedAt = performance.now()
}

async function readWithin(
  limits: AttemptLimits,
  stallTimeout: number,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<Uint8Array | undefined> {
  limits.within(stallTimeout, 'no further chunk', 'stallTimeout')
  try {
    return (await reader.read()).value
  } finally {
    limits.stop()
  }
}

function endedEarly({ provider }: ApiServer): AssayError {
  const message = `${provider}: the server ended the stream before it began.`
  return new AssayError(message, { kind: 'network', provider })
}

async function errorOf(response: Response, server: ApiServer): Promise<AssayError> {
  const { status, headers, url } = response
  const text = await response.text()
  return apiError({ status, headers, url, body: parseJson(text) ?? text }, server)
}

function failureOf(
  error: unknown,
  { provider, secrets }: ApiServer,
  url: string | URL | Request,
): AssayError {
  if (AssayError.is(error)) return error
  const { host } = new URL(url instanceof Request ? url.url : url)
  const known = networkError(error, { provider, host })
  if (known) return known
  // not as the cause: what was thrown may show a key
  const message = `${provider}: the request failed: ${redact(reasonOf(error), secrets)}`
  return new AssayError(message, { kind: 'internal', provider })
}

/** `fetch` says what happened in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

function isStream({ headers, body }: Response): boolean {
  return body !== null && /\b(?:event-stream|ndjson)\b/.test(headers.get('content-type') ?? '')
}

/** Whether each line of a stream is an event; else it ends at an empty one. */
function isLines({ headers }: Response): boolean {
  return /\bndjson\b/.test(headers.get('content-type') ?? '')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
