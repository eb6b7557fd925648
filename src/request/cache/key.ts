import { createHash } from 'node:crypto'
import { canonicalJson } from '../../model/canonical-json.ts'
import type { Endpoint } from '../endpoint.ts'

/** Counts up when keys are made in another way: what was kept before is then not found. */
const VERSION = 1

/** Headers that say who asks and by what means, not what is asked. */
const ignoredHeaders = new Set([
  'accept-encoding',
  'api-key',
  'authorization',
  'content-length',
  'idempotency-key',
  'traceparent',
  'tracestate',
  'user-agent',
  'x-api-key',
  'x-goog-api-key',
])

export interface KeyedRequest {
  readonly endpoint: Pick<Endpoint, 'provider' | 'model'>
  readonly url: string | URL
  readonly init: RequestInit
  /** Which repeat of its row it is for: repeats are to differ. */
  readonly trial: number
}

/** A hash of all that decides on the response; `undefined` for a body that cannot be read twice. */
export function requestKey({ endpoint, url, init, trial }: KeyedRequest): string | undefined {
  const body = bodyOf(init)
  if (!body) return undefined
  const { origin, pathname, search } = new URL(url)
  const whole = {
    v: VERSION,
    provider: endpoint.provider,
    model: endpoint.model ?? '',
    method: init.method ?? 'GET',
    url: `${origin}${pathname}${search}`,
    headers: headersOf(init),
    body,
    trial,
  }
  return sha256(canonicalJson(whole))
}

function headersOf(init: RequestInit): [string, string][] {
  return [...new Headers(init.headers)].filter(
    ([name]) => !ignoredHeaders.has(name) && !name.startsWith('x-stainless-'),
  )
}

type Body = { json: unknown } | { text: string } | { sha256: string }

function bodyOf({ body }: RequestInit): Body | undefined {
  if (body === undefined || body === null) return { text: '' }
  if (typeof body === 'string') return ofText(body)
  if (body instanceof URLSearchParams) return ofText(body.toString())
  if (body instanceof ArrayBuffer) return ofBytes(new Uint8Array(body))
  if (!ArrayBuffer.isView(body)) return undefined
  return ofBytes(new Uint8Array(body.buffer, body.byteOffset, body.byteLength))
}

function ofBytes(bytes: Uint8Array): Body {
  try {
    return ofText(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return { sha256: sha256(bytes) }
  }
}

function ofText(text: string): Body {
  try {
    const json: unknown = JSON.parse(text)
    // what parsing would lose, as the digits of a large number, tells two requests apart
    return JSON.stringify(json) === text ? { json } : { text }
  } catch {
    return { text }
  }
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
