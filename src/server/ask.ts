import type { Secret } from '../model/secret.ts'

export interface AskOptions {
  readonly key: Secret | null
  readonly signal?: AbortSignal | undefined
  /** Milliseconds for all of it. @default none */
  readonly limitMs?: number | undefined
  /** Makes it a POST. */
  readonly body?: object | undefined
}

/** What came of a question: a status, or why there is none. */
export interface Answer {
  readonly status: number | undefined
  /** As `ECONNREFUSED`; empty where there is a status. */
  readonly failure: string
  readonly text: string
  /** The text read as JSON; `undefined` where it is none. */
  readonly json: unknown
}

/** Asks a local server. Never rejects, and never says the key. */
export async function ask(
  url: string,
  { key, signal, limitMs, body }: AskOptions,
): Promise<Answer> {
  const limits = [signal, limitMs === undefined ? undefined : AbortSignal.timeout(limitMs)]
  try {
    const response = await fetch(url, {
      method: body ? 'POST' : 'GET',
      headers: {
        ...(key && { authorization: `Bearer ${key.reveal()}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      redirect: 'manual', // elsewhere is not ours
      signal: AbortSignal.any(limits.filter((one) => one !== undefined)),
    })
    const text = await response.text()
    return { status: response.status, failure: '', text, json: parse(text) }
  } catch (error) {
    return { status: undefined, failure: failureIn(error), text: '', json: undefined }
  }
}

/** What an answer says, in one line. */
export function saidIn({ text, json }: Answer): string {
  return (errorIn(json) ?? text).replaceAll(/\s+/g, ' ').trim()
}

/** What a server says in a JSON that is an error; `undefined` where it is none. */
export function errorIn(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null) return undefined
  const { error, object, message, detail } = json as Record<string, unknown>
  if (!error && object !== 'error' && !detail) return undefined
  const inner = typeof error === 'object' && error !== null && 'message' in error && error.message
  const said = [inner, error, message, detail].find((one) => typeof one === 'string')
  return said ?? JSON.stringify(json)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function failureIn(error: unknown): string {
  if (!(error instanceof Error)) return 'it was given up'
  if (error.name === 'TimeoutError') return 'no answer in time'
  const { code } = (error.cause ?? error) as NodeJS.ErrnoException
  return typeof code === 'string' ? code : error.message
}
