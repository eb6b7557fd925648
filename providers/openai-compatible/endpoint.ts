import { AssayError } from '../../src/model/error.ts'
import { Secret } from '../../src/model/secret.ts'

/** Paths of methods, which users take for a part of the base URL. */
const METHODS = ['/chat/completions', '/messages']

/**
 * Checks a base URL and takes the slashes off its end. `where` names it in errors; they never show the
 * value, which may hold a key.
 */
export function parseBaseURL(value: string, where: string): URL {
  const url = URL.parse(value.trim())
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new AssayError(`${where}: expected an http(s) URL, as in http://127.0.0.1:8080/v1.`, {
      kind: 'config',
    })
  }
  if (url.username || url.password) {
    throw new AssayError(`${where}: a URL cannot carry a password; give a key or a header.`, {
      kind: 'config',
    })
  }
  url.hash = ''
  url.pathname = url.pathname.replace(/\/+$/, '')
  const method = METHODS.find((path) => url.pathname.endsWith(path))
  if (method) {
    throw new AssayError(`${where}: the base URL ends before ${method}; leave that part out.`, {
      kind: 'config',
    })
  }
  return url
}

const telling = /auth|cookie|key|password|secret|sig|token/i

/**
 * What the URL, the headers and the body's own fields carry that must not be shown: all under a telling name,
 * and whatever looks like a key under any other, since gateways take one in the oddest places.
 */
export function secretsIn(
  baseURL: URL,
  headers: Readonly<Record<string, string>> = {},
  body: Readonly<Record<string, unknown>> = {},
): Secret[] {
  const segments = baseURL.pathname.split('/').map((segment) => ['', segment])
  const fields = [
    ...baseURL.searchParams,
    ...Object.entries(headers),
    ...Object.entries(body),
    ...segments,
  ]
  return fields
    .flatMap(([name = '', value]) => (typeof value === 'string' ? [{ name, value }] : []))
    .filter(({ name, value }) => telling.test(name) || isLikeKey(value))
    .flatMap(({ value }) => [value, value.slice(value.indexOf(' ') + 1)])
    .map((value) => new Secret(value.trim()))
}

/** Long, in one piece, and of letters and digits: no word, no version, no media type. */
function isLikeKey(value: string): boolean {
  return /^[\w+/=-]{16,}$/.test(value) && /\d/.test(value) && /[a-z]/i.test(value)
}
