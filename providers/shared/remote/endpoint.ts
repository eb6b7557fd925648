import { AssayError } from '../../../src/model/error.ts'
import { mayBeSecret } from '../../../src/model/may-be-secret.ts'
import { Secret } from '../../../src/model/secret.ts'

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

/** What the URL, the headers and the body's own fields carry that must not be shown. */
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
    .filter(({ name, value }) => mayBeSecret(name, value))
    .flatMap(({ value }) => [value, value.slice(value.indexOf(' ') + 1)])
    .map((value) => new Secret(value.trim()))
}
