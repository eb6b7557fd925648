import { AssayError, type ErrorKind } from '../../src/model/error.ts'
import type { Secret } from '../../src/model/secret.ts'
import type { Middleware } from '../../src/request/pipe.ts'
import { redact } from '../../src/request/redact.ts'
import { retryAfterMs } from '../../src/request/retry-after.ts'
import { kindOfStatus } from '../../src/request/status-kind.ts'

/** The server as its errors name it, and what they must not show. */
export interface Server {
  readonly provider: string
  readonly host: string
  readonly secrets: readonly Secret[]
}

const MESSAGE_LENGTH = 2048

/** Rejects with an AssayError where the server answers with an error status. */
export function rejectErrors(server: Server): Middleware {
  return (next) => async (url, init) => {
    const response = await next(url, init)
    if (response.ok) return response
    const text = await response.text()
    throw apiError(parseJson(text) ?? text, server, response)
  }
}

/** The AssayError for an error body. `response` is given where the status itself tells of an error. */
export function apiError(body: unknown, server: Server, response?: Response): AssayError {
  const { message, code, type } = parseErrorBody(body)
  const status = response?.status ?? statusIn(code)
  const label = status ?? redact(String(code ?? type ?? 'no status'), server.secrets)
  const said = cut(redact(message || redirectionOf(response), server.secrets))
  return new AssayError(`${server.provider}: API error (${label})${said && `: ${said}`}`, {
    kind: kindOf([code, type], status),
    provider: server.provider,
    status,
    retryAfterMs: response && retryAfterMs(response.headers),
  })
}

/** What the body says in words for programs; those in `refining` say more than the status. */
const kinds = new Map<unknown, ErrorKind>([
  ['insufficient_quota', 'quota'],
  ['billing_hard_limit_reached', 'quota'],
  ['context_length_exceeded', 'context_window'],
  ['exceed_context_size_error', 'context_window'],
  ['content_filter', 'content_filter'],
  ['content_policy_violation', 'content_filter'],
  ['invalid_request_error', 'invalid_request'],
  ['authentication_error', 'auth'],
  ['invalid_api_key', 'auth'],
  ['permission_error', 'forbidden'],
  ['not_found_error', 'not_found'],
  ['model_not_found', 'not_found'],
  ['rate_limit_error', 'rate_limit'],
  ['rate_limit_exceeded', 'rate_limit'],
])
const refining = new Set<ErrorKind | undefined>(['quota', 'context_window', 'content_filter'])

function kindOf(words: readonly unknown[], status: number | undefined): ErrorKind {
  const said = words.map((word) => kinds.get(word))
  const refined = said.find((kind) => refining.has(kind))
  if (refined) return refined
  if (status !== undefined) return kindOfStatus(status)
  return said.find((kind) => kind !== undefined) ?? 'server'
}

interface ErrorBody {
  readonly message?: string | undefined
  readonly code?: string | number | undefined
  readonly type?: string | undefined
}

/** Finds the error in the shapes that servers give it: `{ error }`, `[{ error }]`, `{ detail }`, a text. */
function parseErrorBody(body: unknown): ErrorBody {
  if (typeof body === 'string') return { message: body.trim() }
  const [outer] = Array.isArray(body) ? body : [body]
  if (!isRecord(outer)) return {}
  if (typeof outer['error'] === 'string') return { ...parseFields(outer), message: outer['error'] }
  return parseFields(isRecord(outer['error']) ? outer['error'] : outer)
}

function parseFields({ message, detail, code, type }: Record<string, unknown>): ErrorBody {
  return {
    message: typeof message === 'string' ? message : parseDetail(detail),
    code: typeof code === 'string' || typeof code === 'number' ? code : undefined,
    type: typeof type === 'string' ? type : undefined,
  }
}

/** FastAPI's list of problems. Each repeats its part of the request, the prompt, which is left out. */
function parseDetail(detail: unknown): string | undefined {
  if (typeof detail === 'string') return detail
  if (!Array.isArray(detail)) return undefined
  return detail.map((problem) => (isRecord(problem) ? String(problem['msg']) : '')).join('; ')
}

/** Some servers send their error with status 200 and the real status as its code. */
function statusIn(code: string | number | undefined): number | undefined {
  const status = Number(code)
  return Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined
}

function redirectionOf(response?: Response): string {
  const location = response?.headers.get('location')
  const target = location && URL.parse(location, response?.url)
  if (!target) return ''
  return `the server redirects to ${target.origin}${target.pathname}; change the base URL to match.`
}

function cut(text: string): string {
  return text.length > MESSAGE_LENGTH ? `${text.slice(0, MESSAGE_LENGTH)}…` : text
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
