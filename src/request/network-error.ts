import { AssayError, type ErrorKind } from '../model/error.ts'

/** Returns what broke the connection as an AssayError; `undefined` where nothing of the network did. */
export function networkError(
  error: unknown,
  { provider, host }: { provider: string; host: string },
): AssayError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (typeof code !== 'string' || isProgrammingError(code)) continue
    const kind: ErrorKind = timeouts.has(code) ? 'timeout' : 'network'
    const message = `${provider}: the connection to ${host} failed (${code}).`
    return new AssayError(message, { kind, provider, cause })
  }
  return undefined
}

const timeouts = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
])

/** Node's own codes, as ERR_INVALID_ARG_TYPE, but for those of TLS. */
function isProgrammingError(code: string): boolean {
  return code.startsWith('ERR_') && !/^ERR_(?:TLS|SSL)_/.test(code)
}
