/** What is kept of a response. */
export interface Entry {
  readonly status: number
  readonly contentType: string | null
  /** The complete body; of a stream, all of its events. */
  readonly body: string
}

export interface KeptEntry extends Entry {
  /** Unix time in milliseconds. */
  readonly keptAt: number
}

const VERSION = 1

/** Returns what is to be kept of a response; `undefined` for one that is none to keep. */
export function toEntry(
  { ok, status, headers }: Pick<Response, 'ok' | 'status' | 'headers'>,
  bytes: Uint8Array,
): Entry | undefined {
  if (!ok || bytes.length === 0) return undefined
  try {
    const body = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return { status, contentType: headers.get('content-type'), body }
  } catch {
    return undefined // no text: it would not come back as it was
  }
}

export function toResponse({ status, contentType, body }: Entry): Response {
  // of a string, Response would make up a content type
  const bytes = new TextEncoder().encode(body)
  return new Response(bytes, {
    status,
    headers: contentType === null ? {} : { 'content-type': contentType },
  })
}

export function formatEntry(entry: KeptEntry): string {
  return JSON.stringify({ version: VERSION, ...entry })
}

/** Returns `undefined` for a text that is no entry of this version. */
export function parseEntry(text: string): KeptEntry | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isEntry(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isEntry(value: unknown): value is KeptEntry {
  if (typeof value !== 'object' || value === null) return false
  const { version, status, contentType, body, keptAt } = value as Record<string, unknown>
  return (
    version === VERSION &&
    Number.isInteger(status) &&
    Number(status) >= 200 &&
    Number(status) < 300 &&
    (contentType === null || typeof contentType === 'string') &&
    typeof body === 'string' &&
    Number.isFinite(keptAt)
  )
}
