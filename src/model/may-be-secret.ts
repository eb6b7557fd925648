const telling = /auth|cookie|key|password|secret|sig|token/i

/**
 * Whether a field of a URL, of the headers or of a body may hold what must not be shown: all under a telling name, and
 * whatever looks like a key under any other, since gateways take one in the oddest places.
 */
export function mayBeSecret(name: string, value: string): boolean {
  return telling.test(name) || isLikeKey(value)
}

/** Long, in one piece, and of letters and digits: no word, no version, no media type. */
function isLikeKey(value: string): boolean {
  return /^[\w+/=-]{16,}$/.test(value) && /\d/.test(value) && /[a-z]/i.test(value)
}
