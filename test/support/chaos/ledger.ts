import type { IncomingHttpHeaders } from 'node:http'
import type { Fault } from './fault.ts'

/** A request as it came and what became of it. Times are those of this process's `performance.now()`. */
export interface ChaosRequest {
  /** Place among all requests, from 1. */
  readonly number: number
  readonly api: 'openai' | 'anthropic'
  readonly endpoint: 'generate' | 'embed' | 'models' | 'unknown'
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly json: Readonly<Record<string, unknown>>
  /** What the Authorization or `x-api-key` header carries; '' without one. */
  readonly key: string
  /** The header `x-chaos-row`, else the text of the last user message; '' where there is none. */
  readonly row: string
  /** Place among the requests of its row that the limit let through, from 1; 0 for one that it did not. */
  readonly attempt: number
  readonly stream: boolean
  readonly arrivedAt: number
  /** When the response was sent, or the connection closed before that. */
  readonly closedAt: number | undefined
  /** 0 until an answer is sent. */
  readonly status: number
  readonly fault: Fault | undefined
  readonly outcome: Outcome
  /** Whether it came while its key had been told to wait: within the tolerance after that was said, or later. */
  readonly early: 'no' | 'tolerated' | 'violation'
  readonly closed: Promise<void>
}

/**
 * `delivered`: a complete response that a client can use, and a vendor bills, went out over an open connection;
 * `answered`: something else did, as an error; `broken`: the server broke it off; `aborted`: the client did.
 */
export type Outcome = 'open' | 'delivered' | 'answered' | 'broken' | 'aborted'

export interface Counts {
  readonly requests: number
  readonly delivered: number
  /** Answers with 429. */
  readonly rateLimited: number
  /** Requests to a key that had been told to wait, sent later than the tolerance allows. */
  readonly violations: number
  /** The same within the tolerance: they were under way when it was said. */
  readonly tolerated: number
  /** Connections that the client closed before it had the whole answer. */
  readonly aborted: number
  readonly maxInFlight: number
}

export interface ChaosReport extends Counts {
  readonly byKey: ReadonlyMap<string, Counts>
  readonly byStatus: ReadonlyMap<number, number>
  readonly byFault: ReadonlyMap<Fault['type'], number>
  readonly requestsByRow: ReadonlyMap<string, number>
  /** Complete responses of each row; 0 for one that had none. */
  readonly deliveredByRow: ReadonlyMap<string, number>
  /** From the first request to the end of the last response, in milliseconds. */
  readonly wallMs: number
}

/** The windows in which a key was told to stay away. */
export interface Windows {
  /** Says that a 429 told a key to wait. */
  open(key: string, waitMs: number): void
  /** What a request that arrives now is. */
  check(key: string): ChaosRequest['early']
}

/** A client's timer may ring this much before the time that it was told. */
const TIMER_MS = 2

export function createWindows(
  toleranceMs: number,
  now: () => number = () => performance.now(),
): Windows {
  const windows = new Map<string, { openedAt: number; endsAt: number }>()
  return {
    open(key, waitMs) {
      const window = windows.get(key)
      const at = now()
      // one that is prolonged was opened when it was first said: else each violation would excuse the next
      const openedAt = window && at < window.endsAt ? window.openedAt : at
      windows.set(key, { openedAt, endsAt: Math.max(window?.endsAt ?? 0, at + waitMs - TIMER_MS) })
    },
    check(key) {
      const window = windows.get(key)
      const at = now()
      if (!window || at >= window.endsAt) return 'no'
      return at - window.openedAt > toleranceMs ? 'violation' : 'tolerated'
    },
  }
}

/** Adds up requests for generations and embeddings; questions for the list of models cost nothing. */
export function reportOf(all: readonly ChaosRequest[]): ChaosReport {
  const requests = all.filter(({ endpoint }) => endpoint !== 'models')
  const delivered = requests.filter(({ outcome }) => outcome === 'delivered')
  const rows = new Set(requests.map(({ row }) => row))
  const faults = requests.flatMap(({ fault }) => fault ?? [])
  const ends = requests.map(({ closedAt, arrivedAt }) => closedAt ?? arrivedAt)
  const first = Math.min(...requests.slice(0, 100).map(({ arrivedAt }) => arrivedAt))
  return {
    ...count(requests),
    byKey: new Map(
      [...Map.groupBy(requests, ({ key }) => key)].map(([key, its]) => [key, count(its)]),
    ),
    byStatus: countBy(requests, ({ status }) => status),
    byFault: countBy(faults, ({ type }) => type),
    requestsByRow: countBy(requests, ({ row }) => row),
    deliveredByRow: new Map([
      ...[...rows].map((row) => [row, 0] as const),
      ...countBy(delivered, ({ row }) => row),
    ]),
    wallMs: requests.length === 0 ? 0 : ends.reduce((a, b) => Math.max(a, b)) - first,
  }
}

function count(requests: readonly ChaosRequest[]): Counts {
  const having = (holds: (request: ChaosRequest) => boolean) => requests.filter(holds).length
  return {
    requests: requests.length,
    delivered: having(({ outcome }) => outcome === 'delivered'),
    rateLimited: having(({ status }) => status === 429),
    violations: having(({ early }) => early === 'violation'),
    tolerated: having(({ early }) => early === 'tolerated'),
    aborted: having(({ outcome }) => outcome === 'aborted'),
    maxInFlight: maxInFlight(requests),
  }
}

function maxInFlight(requests: readonly ChaosRequest[]): number {
  const steps = requests
    .flatMap(({ arrivedAt, closedAt = Number.POSITIVE_INFINITY }) => [
      { at: arrivedAt, by: 1 },
      { at: closedAt, by: -1 },
    ])
    .toSorted((a, b) => a.at - b.at || a.by - b.by)
  let most = 0
  let current = 0
  for (const { by } of steps) most = Math.max(most, (current += by))
  return most
}

function countBy<Item, Key>(
  items: readonly Item[],
  keyOf: (item: Item) => Key,
): ReadonlyMap<Key, number> {
  return new Map([...Map.groupBy(items, keyOf)].map(([key, its]) => [key, its.length]))
}
