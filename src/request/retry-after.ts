import { isRecord } from './is-record.ts'

const LONGEST = 86_400_000
const EPOCH_SECONDS = 1e9
const EPOCH_MILLISECONDS = 1e11

/**
 * The wait that a response asks for, in whole milliseconds and at most a day: by itself, or through limits
 * that its headers show to be exhausted. `body` is its parsed JSON.
 */
export function retryAfterMs(
  headers: Headers,
  now: number = Date.now(),
  body?: unknown,
): number | undefined {
  const wait = explicitWaitMs(headers, now, body) ?? resetWait(headers, now)
  return wait ?? resetWait(relayedHeaders(body), now)
}

/** The wait that a response asks for by itself, in whole milliseconds, whatever its limits. */
export function explicitWaitMs(
  headers: Headers,
  now: number = Date.now(),
  body?: unknown,
): number | undefined {
  const milliseconds = headers.get('retry-after-ms')?.trim() ?? ''
  if (isNumber(milliseconds)) return clamp(Number(milliseconds))
  return parseWait(headers.get('retry-after'), now) ?? detailedWait(body, now)
}

/** The details of an error of Google's, each with its `@type`. */
export function errorDetails(body: unknown): Record<string, unknown>[] {
  const { details } = errorIn(body)
  return Array.isArray(details) ? details.filter(isRecord) : []
}

/** Reads seconds, a duration as `6m0s`, a point in time in seconds or milliseconds, or a date. */
function parseWait(value: unknown, now: number): number | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  const wait = isNumber(text)
    ? waitUntil(Number(text), now)
    : (parseDuration(text) ?? parseDate(text, now))
  return wait === undefined ? undefined : clamp(wait)
}

/** A number of seconds that reaches back to 1970 is a point in time. */
function waitUntil(value: number, now: number): number {
  if (value >= EPOCH_MILLISECONDS) return value - now
  return value >= EPOCH_SECONDS ? value * 1000 - now : value * 1000
}

const units: Record<string, number> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
}

/** A duration as Go prints it: `156h14m36.7s`, `290ms`, also `-1s`. */
function parseDuration(text: string): number | undefined {
  if (!/^-?(?:\d+(?:\.\d+)?(?:ms|us|µs|ns|d|h|m|s))+$/.test(text)) return undefined
  let sum = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)([a-zµ]+)/g)) {
    sum += Number(amount) * units[unit!]!
  }
  return text.startsWith('-') ? -sum : sum
}

function parseDate(text: string, now: number): number | undefined {
  if (!text.includes(':')) return undefined
  // the oldest form of HTTP's dates names no zone, and means this one
  const date = Date.parse(/GMT|UTC|Z$|[+-]\d\d:?\d\d$/i.test(text) ? text : `${text} GMT`)
  return Number.isNaN(date) ? undefined : date - now
}

/**
 * The longest wait for a limit that is used up. Where no header says what remains of a limit, its reset alone
 * says that it is.
 */
function resetWait(headers: Headers, now: number): number | undefined {
  const exhausted: number[] = []
  const unclear: number[] = []
  for (const [name, value] of headers) {
    if (!/^(?:x-|anthropic-)?rate-?limit.*\breset\b/.test(name)) continue
    const wait = parseWait(value, now)
    const remaining = headers.get(name.replace('reset', 'remaining'))
    if (wait === undefined) continue
    if (remaining === null) unclear.push(wait)
    else if (Number.parseFloat(remaining) <= 0) exhausted.push(wait)
  }
  const waits = exhausted.length > 0 ? exhausted : unclear
  return waits.length > 0 ? Math.max(...waits) : undefined
}

/** Google's RetryInfo, and the reset of the quota, whichever is later. */
function detailedWait(body: unknown, now: number): number | undefined {
  const waits = errorDetails(body)
    .flatMap(({ retryDelay, metadata }) => [
      retryDelay,
      isRecord(metadata) ? metadata['quotaResetDelay'] : undefined,
    ])
    .flatMap((value) => parseWait(value, now) ?? [])
  return waits.length > 0 ? Math.max(...waits) : undefined
}

/** The headers of limits that OpenRouter hands on in the body. */
function relayedHeaders(body: unknown): Headers {
  const { metadata } = errorIn(body)
  const given = isRecord(metadata) && isRecord(metadata['headers']) ? metadata['headers'] : {}
  const relayed = new Headers()
  for (const [name, value] of Object.entries(given)) {
    if (/^[\w-]+$/.test(name) && /^[ -~]+$/.test(String(value))) relayed.set(name, String(value))
  }
  return relayed
}

function errorIn(body: unknown): Record<string, unknown> {
  const [outer] = Array.isArray(body) ? (body as unknown[]) : [body]
  if (!isRecord(outer)) return {}
  return isRecord(outer['error']) ? outer['error'] : outer
}

function isNumber(text: string): boolean {
  return /^[+-]?\d+(?:\.\d*)?$/.test(text)
}

function clamp(wait: number): number {
  return Math.round(Math.min(Math.max(0, wait), LONGEST))
}
