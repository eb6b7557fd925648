import { AssayError, type ErrorKind } from '../model/error.ts'
import type { Secret } from '../model/secret.ts'
import { redact } from './redact.ts'
import { errorDetails, explicitWaitMs, retryAfterMs } from './retry-after.ts'
import { kindOf } from './status-kind.ts'
import { isRecord } from './is-record.ts'

/** The server as its errors name it, and what they must not show. */
export interface ApiServer {
  readonly provider: string
  readonly secrets: readonly Secret[]
  /** What the words of this server mean, beside those that are common. */
  readonly errorKinds?: ReadonlyMap<string, ErrorKind> | undefined
}

/** What a server answered. A status below 300 says nothing of the error: the body tells of it. */
export interface ErrorAnswer {
  readonly status?: number | undefined
  readonly headers?: Headers | undefined
  /** Parsed JSON, or a text. */
  readonly body: unknown
  /** The URL that the answer came from, which its redirection is relative to. */
  readonly url?: string | undefined
}

const MESSAGE_LENGTH = 2048

/** The AssayError for what a server answered. Its kind never depends on the wording of a message. */
export function apiError(
  { status: given, headers = new Headers(), body, url }: ErrorAnswer,
  { provider, secrets, errorKinds }: ApiServer,
  now: number = Date.now(),
): AssayError {
  const layers = layersOf(body)
  const words = wordsIn(layers)
  const status = given !== undefined && given >= 300 ? given : statusIn(layers)
  const kind = kindOfDetails(layers) ?? kindOf(words, status, errorKinds)
  const waitOf = kind === 'rate_limit' || kind === 'quota' ? retryAfterMs : explicitWaitMs
  const text = messageIn(layers) ?? plainText(body) ?? redirection(headers, url) ?? ''
  const label = status ?? cut(redact(words[0] ?? 'no status', secrets))
  const said = cut(redact(text, secrets))
  const detailed = layers.findLast(({ details, metadata }) => details ?? metadata)
  return new AssayError(`${provider}: API error (${label})${said && `: ${said}`}`, {
    kind,
    provider,
    status,
    retryAfterMs: waitOf(headers, now, detailed),
  })
}

/** Whether a body that came with success is an error all the same. */
export function errorInBody(body: unknown): boolean {
  const [outer] = Array.isArray(body) ? (body as unknown[]) : [body]
  if (!isRecord(outer)) return false
  const { error } = outer
  const isError = error === true || (Boolean(error) && ['string', 'object'].includes(typeof error))
  return isError || outer['type'] === 'error' || outer['object'] === 'error'
}

/**
 * The body of the error that the first event of a stream carries, be it an event or a line of JSON;
 * `undefined` where it carries none.
 */
export function errorInEvent(text: string): unknown {
  const first = text.split(/\r?\n\r?\n/).find((part) => /^(?:data:|error:|\s*[[{])/m.test(part))
  if (first === undefined) return undefined
  const fields = [...first.matchAll(/^(event|data|error): ?([^\r\n]*)/gm)]
  const data = fields.filter(([, name]) => name !== 'event').map(([, , value]) => value)
  const payload = data.length > 0 ? data.join('\n') : first
  const body = parseJson(payload) ?? parseJson(payload.trim().split('\n')[0]) ?? payload
  const isNamed = fields.some(([, name, value]) => (name === 'event' ? value : name) === 'error')
  return isNamed || errorInBody(body) ? body : undefined
}

type Fields = Record<string, unknown>

/** The objects that tell of an error, from the outermost in: gateways put one into another, also as text. */
function layersOf(body: unknown): Fields[] {
  const value = parseJson(body) ?? body
  const [outer] = Array.isArray(value) ? (value as unknown[]) : [value]
  if (!isRecord(outer)) return []
  const { error, errors, message, detail } = outer
  const within = [error, errors, message, Array.isArray(detail) ? undefined : detail]
  const inner = within.map(layersOf).find((layers) => layers.length > 0)
  return [outer, ...(inner ?? [])]
}

/** The words for programs, the innermost first: the outer ones repeat it in their own terms. */
function wordsIn(layers: readonly Fields[]): string[] {
  return layers
    .toReversed()
    .flatMap((layer) => [
      layer['code'],
      layer['error_type'],
      layer['type'],
      layer['status'],
      layer['param'],
      // beside a message, it is no text
      typeof layer['message'] === 'string' ? layer['error'] : undefined,
      ...valuesOf(layer['metadata'], 'error_type', 'limit_source'),
      ...valuesOf(layer['details'], 'error_code'),
      ...valuesOf(layer['innererror'], 'code'),
      ...errorDetails(layer).map(({ reason }) => reason),
    ])
    .filter((word) => typeof word === 'string' || typeof word === 'number')
    .map(String)
}

/** Some servers send their error with status 200 and the real status in the body. */
function statusIn(layers: readonly Fields[]): number | undefined {
  return layers
    .toReversed()
    .flatMap((layer) => valuesOf(layer, 'code', 'status', 'statusCode', 'status_code', 'httpCode'))
    .map(Number)
    .find((status) => Number.isInteger(status) && status >= 400 && status < 600)
}

/** What an error is by the shape of its details. */
function kindOfDetails(layers: readonly Fields[]): ErrorKind | undefined {
  if (layers.flatMap(errorDetails).some(namesDailyQuota)) return 'quota'
  const flagged = layers.flatMap(({ metadata }) => valuesOf(metadata, 'reasons', 'patterns'))
  return flagged.some(Array.isArray) ? 'content_filter' : undefined
}

/** Google says RESOURCE_EXHAUSTED of a minute's quota and of a day's alike. */
function namesDailyQuota({ violations, metadata }: Fields): boolean {
  const quotas = Array.isArray(violations)
    ? violations.flatMap((violation: unknown) => valuesOf(violation, 'quotaId'))
    : valuesOf(metadata, 'quota_limit')
  return quotas.some((id) => String(id).includes('PerDay'))
}

/** The text of the innermost object that has one. */
function messageIn(layers: readonly Fields[]): string | undefined {
  for (const { message, error, detail, title, metadata } of layers.toReversed()) {
    const text = [message, error, problems(detail), title].find(isText)
    if (text) return [text, upstreamText(metadata)].filter(isText).join(': ')
  }
  return undefined
}

/** FastAPI's list of problems. Each repeats its part of the request, the prompt, which is left out. */
function problems(detail: unknown): unknown {
  if (!Array.isArray(detail)) return detail
  return detail.flatMap((problem: unknown) => valuesOf(problem, 'msg')).join('; ')
}

/** What the server behind OpenRouter said, whose own message is always the same. */
function upstreamText(metadata: unknown): string | undefined {
  const [raw] = valuesOf(metadata, 'raw')
  return messageIn(layersOf(raw)) ?? plainText(raw)
}

/** A text, or the title of a web page, which proxies send. */
function plainText(body: unknown): string | undefined {
  if (typeof body !== 'string' || parseJson(body) !== undefined) return undefined
  return (/<title[^>]*>([^<]*)</i.exec(body)?.[1] ?? body).trim() || undefined
}

function redirection(headers: Headers, url: string | undefined): string | undefined {
  const location = headers.get('location')
  const target = location ? URL.parse(location, url) : null
  if (!target) return undefined
  return `the server redirects to ${target.origin}${target.pathname}; change the base URL to match.`
}

function cut(text: string): string {
  return text.length > MESSAGE_LENGTH ? `${text.slice(0, MESSAGE_LENGTH)}…` : text
}

/** What a text holds as JSON, be it an object or a list; `undefined` for all else. */
function parseJson(text: unknown): unknown {
  if (typeof text !== 'string' || !/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function valuesOf(value: unknown, ...names: readonly string[]): unknown[] {
  if (!isRecord(value)) return []
  return names.map((name) => value[name]).filter((field) => field !== undefined)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
