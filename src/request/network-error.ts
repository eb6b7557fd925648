import { AssayError, type ErrorKind } from '../model/error.ts'

/** Returns what broke the connection as an AssayError; `undefined` where nothing of the network did. */
export function networkError(
  error: unknown,
  { provider, host }: { provider: string; host: string },
): AssayError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (typeof code !== 'string' || isProgrammingError(code)) continue
    if (untrusted.has(code)) return untrustedError({ provider, host, code, cause })
    const kind: ErrorKind = timeouts.has(code) ? 'timeout' : 'network'
    const message = `${provider}: the connection to ${host} failed (${code}).`
    return new AssayError(message, { kind, provider, cause })
  }
  return undefined
}

/** What Node says of a certificate that none of its authorities has signed. */
const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** It will be so the next time, too. */
function untrustedError(of: { provider: string; host: string; code: string; cause: Error }) {
  const { provider, host, code, cause } = of
  return new AssayError(
    `${provider}: the certificate of ${host} is of nobody that Node trusts (${code}): give the file of its ` +
      'authority as the option `ca`, or in NODE_EXTRA_CA_CERTS.',
    { kind: 'config', provider, cause },
  )
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
