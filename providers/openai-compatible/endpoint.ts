import { AssayError } from '../../src/model/error.ts'
import { Secret } from '../../src/model/secret.ts'

/** Where requests go, and with which keys. */
export interface Endpoint {
  readonly baseURL: URL
  /** In the order of their use; none for a server without keys. */
  readonly apiKeys: readonly Secret[]
}

const METHOD = '/chat/completions'

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
  if (url.pathname.endsWith(METHOD)) {
    throw new AssayError(`${where}: the base URL ends before ${METHOD}; leave that part out.`, {
      kind: 'config',
    })
  }
  return url
}

/** Trims the keys and drops empty ones and repetitions. `where` names them in errors. */
export function parseApiKeys(
  keys: readonly (string | Secret | undefined)[],
  where: string,
): Secret[] {
  const values = keys.map((key = '') => (typeof key === 'string' ? key : key.reveal()).trim())
  if (values.some((value) => /[^\x20-\x7e]/.test(value))) {
    throw new AssayError(`${where}: a key holds a line break or another character no key has.`, {
      kind: 'config',
    })
  }
  return [...new Set(values)].filter((value) => value !== '').map((value) => new Secret(value))
}

/** All that must not be shown: the keys, and what the URL and the headers carry under a telling name. */
export function secretsOf(
  { baseURL, apiKeys }: Endpoint,
  headers: Readonly<Record<string, string>>,
): Secret[] {
  const carried = [...baseURL.searchParams, ...Object.entries(headers)]
    .filter(([name]) => /auth|cookie|key|password|secret|sig|token/i.test(name))
    .flatMap(([, value]) => [value, value.slice(value.indexOf(' ') + 1)])
  return [...apiKeys, ...carried.map((value) => new Secret(value.trim()))]
}
