/**
 * Whether a field of a URL, of the headers or of a body may hold what must not be shown: all under a telling name, and
 * whatever looks like a key under any other, since gateways take one in the oddest places.
 */
export function mayBeSecret(name: string, value: string): boolean {
  return isTelling(name) || isLikeKey(value)
}

const LONGEST = 24

/**
 * A text that somebody gave, in quotes, for a message about it. One that is long, or has in it what looks like a key,
 * is `a text`: people put keys into the wrong place.
 */
export function quoted(text: string): string {
  return isShowable(text) ? `"${text}"` : 'a text'
}

/** Whether a text that somebody gave may stand in a message. */
export function isShowable(text: string): boolean {
  return text.length <= LONGEST && !text.split(/[^\w+/=-]+/).some(isLikeKey)
}

const words =
  /^(?:\w*auth\d*|authori[sz]\w*|authenticat\w*|\w*keys?|\w*token|sig|signature)$|cookie|credential|password|secret/

/**
 * Whether a name tells of a secret: `api_key`, `X-Auth-Token`, `sessionToken`. A name is read word by word, since
 * `author` and `design` tell of none; nor does `max_tokens`, which is a number.
 */
export function isTelling(name: string): boolean {
  const parts = name
    .replaceAll(/([a-z\d])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
  return parts.some((word) => words.test(word)) && !parts.includes('max')
}

/** Long, in one piece, and of letters and digits: no word, no version, no media type. */
function isLikeKey(value: string): boolean {
  return /^[\w+/=-]{16,}$/.test(value) && /\d/.test(value) && /[a-z]/i.test(value)
}
