import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { compose, type Verdict } from './chaos/compose.ts'
import { deliver, pause } from './chaos/deliver.ts'
import { type Draft, openEntry } from './chaos/entry.ts'
import { drawFaults, type Fault, type FaultChance, type FaultScript } from './chaos/fault.ts'
import { type Incoming, readIncoming } from './chaos/incoming.ts'
import { type ChaosReport, type ChaosRequest, createWindows, reportOf } from './chaos/ledger.ts'
import { createLimiter, type Limit, UNLIMITED } from './chaos/limiter.ts'
import type { RetryAfter } from './chaos/retry-after.ts'

export type { ChaosReport, ChaosRequest, Fault, FaultChance, FaultScript, Limit, RetryAfter }

/** All times are in milliseconds. */
export interface ChaosOptions {
  /** The same seed does the same to the same rows. @default 'chaos' */
  readonly seed?: string
  /** Time before every answer to a request that the limit let through. @default 0 */
  readonly latency?: number
  /** Time after every event of a stream. @default 0 */
  readonly eventInterval?: number
  /** What is let through; the rest gets 429. @default everything */
  readonly limit?: Limit
  /** Limits of single keys, in place of `limit`. */
  readonly limits?: Readonly<Record<string, Limit>>
  /** What a 429 says about when to come back. @default false, nothing */
  readonly retryAfter?: RetryAfter
  /** Whether every response has the vendor's headers of how the limit stands. @default false */
  readonly rateHeaders?: boolean
  /** Keys that get 401. */
  readonly deadKeys?: readonly string[]
  /** Keys without credit. */
  readonly emptyKeys?: readonly string[]
  /** What goes wrong with requests that the limit let through. @default nothing */
  readonly faults?: FaultScript | readonly FaultChance[]
  /** The text of the response to a row. @default `ok` and the last 20 characters of the row */
  readonly text?: (row: string) => string
  /** Names in the list of models. @default ['some-model'] */
  readonly models?: readonly string[]
  /** Time after a 429 in which further requests count as under way already. @default 50 */
  readonly tolerance?: number
}

export interface ChaosServer extends AsyncDisposable {
  /** `http://127.0.0.1:port`, without `/v1`. */
  readonly url: string
  /** In the order in which they came. */
  readonly requests: readonly ChaosRequest[]
  report(): ChaosReport
  /** Changes the limit of all keys without one of their own, or of one key. */
  setLimit(limit: Limit, key?: string): void
  /** Resolves when that many requests have come, with the last of them. */
  arrived(number: number): Promise<ChaosRequest>
}

/**
 * Starts a server on the loopback address that speaks OpenAI's chat completions, embeddings and models, and
 * Anthropic's messages, and that fails as told. It keeps account of every request.
 */
export async function startChaosServer(options: ChaosOptions = {}): Promise<ChaosServer> {
  const {
    seed = 'chaos',
    latency = 0,
    eventInterval = 0,
    limit = {},
    limits = {},
    retryAfter = false,
    rateHeaders = false,
    deadKeys = [],
    emptyKeys = [],
    faults = [],
    text = (row) => `ok ${row.slice(-20)}`,
    models = ['some-model'],
    tolerance = 50,
  } = options
  const limiter = createLimiter(limit, limits)
  const windows = createWindows(tolerance)
  const faultOf = typeof faults === 'function' ? faults : drawFaults(faults, seed)
  const requests: Draft[] = []
  const attempts = new Map<string, number>()
  const settings = { seed, text, retryAfter, models, rateHeaders }
  const arrivals = new EventEmitter().setMaxListeners(0)
  let isDisposed = false

  function obstacleOf({ endpoint, key, problem: message }: Incoming): Verdict['obstacle'] {
    if (deadKeys.includes(key)) return { kind: 'auth' }
    if (message) return { kind: endpoint === 'unknown' ? 'not_found' : 'invalid', message }
    return emptyKeys.includes(key) ? { kind: 'quota' } : undefined
  }

  /** What stands in the way of a request, or else goes wrong with it. */
  function judge(request: Draft, incoming: Incoming, response: ServerResponse): Verdict {
    const obstacle = obstacleOf(incoming)
    if (obstacle) return { obstacle, budget: UNLIMITED }
    let budget = UNLIMITED
    if (request.endpoint !== 'models') {
      const admission = limiter.admit(request.key)
      budget = admission.budget
      if (!admission.admitted) return { obstacle: { kind: 'rate_limit' }, budget }
      response.once('close', admission.release)
    }
    request.attempt = (attempts.get(request.row) ?? 0) + 1
    attempts.set(request.row, request.attempt)
    const found = faultOf(request)
    request.fault = typeof found === 'string' ? { type: found } : found
    return { fault: request.fault, budget }
  }

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrivedAt = performance.now()
    const incoming = await readIncoming(message)
    if (!incoming || response.destroyed) return // the client left before all of it was there
    const { problem: _, ...facts } = incoming
    const place = { number: requests.length + 1, arrivedAt, early: windows.check(facts.key) }
    const entry = openEntry({ ...facts, ...place }, response, () => isDisposed)
    const { request } = entry
    requests.push(request)
    const verdict = judge(request, incoming, response)
    arrivals.emit('request')
    if (!verdict.obstacle) await pause(response, latency + delayOf(verdict.fault))
    if (response.destroyed) return
    const answer = compose(request, verdict, settings)
    const { status, waitMs } = answer
    if (status === 429 && waitMs !== undefined) windows.open(request.key, waitMs)
    entry.answers(answer)
    await deliver(response, answer, { eventInterval, onBreak: entry.breaks })
  }

  // a connection that the server closes while a client takes it up again would be a fault nobody asked for
  const server = createServer({ keepAliveTimeout: 0 }, (message, response) => {
    void serve(message, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    report: () => reportOf(requests),
    setLimit: limiter.setLimit,
    async arrived(number) {
      while (requests.length < number) await once(arrivals, 'request')
      return requests[number - 1]!
    },
    async [Symbol.asyncDispose]() {
      isDisposed = true
      const ended = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await ended
    },
  }
}

function delayOf(fault: Fault | undefined): number {
  return fault?.type === 'slow' ? (fault.ms ?? 1000) : 0
}
