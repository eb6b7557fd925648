import { AssayError } from '../model/error.ts'
import type { Middleware } from './pipe.ts'

/**
 * Brings a request to a form that can be sent as often as it takes: a URL, headers, and a body that is not
 * used up. What it refuses it does not show, since a key may be in it.
 */
export function outgoing(provider: string): Middleware {
  return (next) => async (input, given) => {
    const init = given ?? {}
    const { body } = init
    if (!(input instanceof Request) && isPlain(body)) {
      return next(parseUrl(input, provider), { ...init, headers: parseHeaders(init, provider) })
    }
    const request = toRequest(input, init, provider)
    const { method, headers, signal, redirect } = request
    const bytes = new Uint8Array(await request.arrayBuffer())
    const sent = { ...init, method, headers, signal, redirect }
    return next(request.url, bytes.length > 0 ? { ...sent, body: bytes } : sent)
  }
}

function isPlain(body: unknown): boolean {
  return (
    body === undefined || body === null || typeof body === 'string' || body instanceof Uint8Array
  )
}

function parseUrl(url: string | URL, provider: string): string {
  const parsed = URL.parse(String(url))
  if (parsed && !parsed.username && !parsed.password) return parsed.href
  const message = `${provider}: expected the request's URL to be absolute and without a password.`
  throw new AssayError(message, { kind: 'config', provider })
}

function parseHeaders({ headers }: RequestInit, provider: string): Headers {
  try {
    return new Headers(headers)
  } catch {
    throw malformedHeader(provider)
  }
}

/** What no header may carry, be it in a name, a value or a key. */
export function malformedHeader(provider: string): AssayError {
  const message = `${provider}: a header, or a key, holds a character that HTTP does not allow.`
  return new AssayError(message, { kind: 'config', provider })
}

function toRequest(input: string | URL | Request, init: RequestInit, provider: string): Request {
  const url = input instanceof Request ? input : parseUrl(input, provider)
  const headers = init.headers ? { headers: parseHeaders(init, provider) } : {}
  try {
    const stream = init.body instanceof ReadableStream && { duplex: 'half' as const }
    return new Request(url, { ...init, ...headers, ...stream })
  } catch {
    const message = `${provider}: the request cannot be sent as it is; see its method and its body.`
    throw new AssayError(message, { kind: 'config', provider })
  }
}
