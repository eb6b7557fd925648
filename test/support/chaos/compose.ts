import { hash } from 'node:crypto'
import { anthropic } from './anthropic.ts'
import { bodyOf, toBytes } from './body.ts'
import type { Dialect, Problem } from './dialect.ts'
import type { Fault } from './fault.ts'
import type { ChaosRequest } from './ledger.ts'
import type { Budget } from './limiter.ts'
import { openai } from './openai.ts'
import { announce, type RetryAfter } from './retry-after.ts'

/** An answer as it goes over the wire. */
export interface Answer {
  /** 0 for no answer at all. */
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The body in the pieces in which it is sent. */
  readonly pieces: readonly Uint8Array[]
  /** Whether a client can use it, so that a vendor would bill it. */
  readonly isUsable: boolean
  /** How far it gets: only `end` and `cut` are whole HTTP responses. */
  readonly ending: 'end' | 'cut' | 'truncate' | 'stall' | 'reset' | 'hang' | 'hang-up'
  /** Milliseconds between bytes. */
  readonly drip?: number | undefined
  /** How long the client was told to stay away, in milliseconds. */
  readonly waitMs?: number | undefined
}

/** What a request gets: an error that stands in its way, else its fault, else a good response. */
export interface Verdict {
  readonly obstacle?: Pick<Problem, 'kind' | 'message'>
  readonly fault?: Fault | undefined
  readonly budget: Budget
}

export interface ComposeOptions {
  readonly seed: string
  readonly text: (row: string) => string
  readonly retryAfter: RetryAfter
  readonly models: readonly string[]
  /** Whether every response reports how the limit stands. */
  readonly rateHeaders: boolean
}

const dialects = { openai, anthropic } as const

export function compose(
  request: ChaosRequest,
  { obstacle, fault, budget }: Verdict,
  options: ComposeOptions,
): Answer {
  const { api, endpoint, json, stream, row, number } = request
  const dialect: Dialect = dialects[api]
  const id = hash('sha256', `${options.seed} ${number}`, 'hex').slice(0, 24)
  const model = typeof json['model'] === 'string' ? json['model'] : ''
  const known = { model, requestId: `req_${id}`, limit: budget.limit }
  const headers = {
    [dialect.idHeader]: known.requestId,
    ...(options.rateHeaders && dialect.rateHeaders(budget)),
  }

  const problem = obstacle ?? problemOf(fault)
  if (problem) {
    const { kind } = problem
    const own = fault && 'retryAfter' in fault ? fault.retryAfter : undefined
    const announced = announce(own ?? (kind === 'rate_limit' && options.retryAfter), budget)
    const { status, body } = dialect.failure({ ...known, ...problem, waitMs: announced.waitMs })
    return {
      ...whole(status, body, { ...headers, ...announced.headers }),
      waitMs: announced.waitMs,
    }
  }
  if (endpoint === 'models') return whole(200, dialect.models(options.models), headers)

  const ending = endings.get(fault?.type) ?? 'end'
  const pieces = bodyOf(request, {
    dialect,
    fault,
    id,
    text: options.text(row),
    problem: { kind: 'server', ...known },
  })
  const isChunked = stream || ending === 'cut'
  return {
    status: ending === 'hang' || ending === 'hang-up' ? 0 : 200,
    headers: {
      ...headers,
      ...(fault?.type === 'no-remaining' &&
        dialect.rateHeaders({ ...budget, remaining: 0, resetMs: (fault.seconds ?? 1) * 1000 })),
      'content-type': stream ? 'text/event-stream; charset=utf-8' : 'application/json',
      ...(!isChunked && { 'content-length': lengthOf(pieces) }),
    },
    pieces,
    isUsable: !unusable.has(fault?.type),
    ending,
    drip: fault?.type === 'drip' ? (fault.interval ?? 10) : undefined,
  }
}

function problemOf(fault: Fault | undefined): Pick<Problem, 'kind' | 'status'> | undefined {
  const kind = problems.get(fault?.type)
  return kind && { kind, status: fault && 'status' in fault ? fault.status : undefined }
}

const problems = new Map<Fault['type'] | undefined, Problem['kind']>([
  ['rate-limit', 'rate_limit'],
  ['quota', 'quota'],
  ['unauthorized', 'auth'],
  ['server-error', 'server'],
  ['overloaded', 'overloaded'],
  ['filtered-prompt', 'filtered_prompt'],
])

/** Those that come to their end all the same. */
const unusable = new Set<Fault['type'] | undefined>([
  'error-body',
  'error-event',
  'malformed',
  'cut',
])

const endings = new Map<Fault['type'] | undefined, Answer['ending']>([
  ['hang-up', 'hang-up'],
  ['reset', 'reset'],
  ['hang', 'hang'],
  ['stall', 'stall'],
  ['truncate', 'truncate'],
  ['cut', 'cut'],
])

function whole(status: number, body: object, headers: Answer['headers']): Answer {
  const pieces = [toBytes(JSON.stringify(body))]
  const content = { 'content-type': 'application/json', 'content-length': lengthOf(pieces) }
  return {
    status,
    headers: { ...headers, ...content },
    pieces,
    isUsable: status === 200,
    ending: 'end',
  }
}

function lengthOf(pieces: readonly Uint8Array[]): string {
  return String(pieces.reduce((sum, { length }) => sum + length, 0))
}
