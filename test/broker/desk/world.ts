import { seeded } from '../../support/seeded.ts'
import { createDesk, type DeskOptions, type PermitDesk } from '../../../src/broker/desk.ts'
import type { PermitPool } from '../../../src/model/permit.ts'
import { VirtualClock } from './virtual-clock.ts'

export interface ServerOptions {
  /** Requests per second that flow into the bucket, and how many it holds. */
  readonly rate: number
  readonly burst: number
  /** What a 429 says in its `Retry-After`; without it there is none. */
  readonly retryAfterMs?: number | undefined
  /** What a response takes. @default 100 */
  readonly latencyMs?: number
  /** What a 429 takes. @default 1 */
  readonly refusalMs?: number
  /** By what share both vary, up and down. @default 0 */
  readonly jitter?: number
}

/** A server with a token bucket. */
export class Server {
  rate: number
  requests = 0
  /** Requests that came though it was known that they must not. */
  violations = 0
  /** When each request was accepted, and when each was refused. */
  readonly accepted: number[] = []
  readonly refused: number[] = []
  readonly options: ServerOptions
  readonly #clock: VirtualClock
  readonly #random: () => number
  #tokens: number
  #filledAt = 0
  /** Until when it has asked to be left alone, and since when that is known. */
  #closedUntil = 0
  #knownAt = Number.POSITIVE_INFINITY

  constructor(options: ServerOptions, clock: VirtualClock, random: () => number) {
    this.options = options
    this.rate = options.rate
    this.#clock = clock
    this.#random = random
    this.#tokens = options.burst
  }

  /** @returns whether it has answered, after the time that takes */
  async request(): Promise<boolean> {
    const { burst, latencyMs = 100, refusalMs = 1 } = this.options
    const now = this.#clock.time
    this.requests++
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) * this.rate) / 1000)
    this.#filledAt = now
    if (now > this.#knownAt && now < this.#closedUntil) this.violations++
    const isAccepted = this.#tokens >= 1
    const ms = this.#vary(isAccepted ? latencyMs : refusalMs)
    if (isAccepted) {
      this.#tokens--
      this.accepted.push(now)
    } else {
      this.refused.push(now)
      this.#close(now, ms)
    }
    await this.#clock.sleep(ms)
    return isAccepted
  }

  /** Requests per second that it took in a span of time. */
  taken(from: number, to: number): number {
    return (this.accepted.filter((at) => at >= from && at < to).length * 1000) / (to - from)
  }

  #vary(ms: number): number {
    return ms * (1 + (this.options.jitter ?? 0) * (2 * this.#random() - 1))
  }

  #close(now: number, ms: number): void {
    const { retryAfterMs } = this.options
    if (retryAfterMs === undefined) return
    if (now >= this.#closedUntil) this.#knownAt = now + ms
    this.#closedUntil = Math.max(this.#closedUntil, now + retryAfterMs)
  }
}

export interface WorldOptions {
  /** One for each key. */
  readonly servers: readonly ServerOptions[]
  readonly rows: number
  readonly seed?: number
  readonly desk?: DeskOptions
  /** What happens to the servers while it runs. */
  readonly script?: (servers: readonly Server[], clock: VirtualClock) => Promise<void>
}

export interface World {
  readonly servers: readonly Server[]
  /** Rows that are done, and when the last one was. */
  readonly done: number
  readonly doneAt: number
  /** Requests beyond one for each row, as a share of the rows. */
  readonly extra: number
  readonly refused: number
  readonly violations: number
}

const LANES = 100

/** Sends a request for each row until it is answered, over 100 lanes as an eval's. */
export async function runWorld(options: WorldOptions): Promise<World> {
  const { rows, seed = 1, desk: deskOptions, script } = options
  const clock = new VirtualClock()
  const { now, setTimer } = clock
  const desk = createDesk({ now, setTimer, random: seeded(seed), ...deskOptions })
  const random = seeded(seed + 1000)
  const servers = options.servers.map((one) => new Server(one, clock, random))
  const pool = { provider: 'openai', model: 'gpt-5', keys: servers.map((_, n) => `id-${n}`) }
  let started = 0
  let done = 0
  let doneAt = 0

  async function lane(): Promise<void> {
    while (started++ < rows) {
      await runRow(desk, servers, pool)
      done++
      doneAt = clock.time
    }
  }

  const lanes = Promise.all(Array.from({ length: LANES }, lane))
  const all = Promise.all([script?.(servers, clock), lanes])
  await clock.pass()
  await all
  const sum = (count: (server: Server) => number) =>
    servers.reduce((total, server) => total + count(server), 0)
  return {
    servers,
    done,
    doneAt,
    extra: sum(({ requests }) => requests) / rows - 1,
    refused: sum(({ refused }) => refused.length),
    violations: sum(({ violations }) => violations),
  }
}

async function runRow(
  desk: PermitDesk,
  servers: readonly Server[],
  pool: PermitPool,
): Promise<void> {
  let avoid: number | undefined
  for (;;) {
    const permit = await desk.acquire({
      pool,
      tokens: 100,
      patienceMs: Number.POSITIVE_INFINITY,
      again: avoid !== undefined,
      avoid,
    })
    const server = servers[permit.key]!
    const isAnswered = await server.request()
    if (isAnswered) return permit.release({ failure: null })
    permit.release({ failure: 'rate_limit', retryAfterMs: server.options.retryAfterMs })
    avoid = permit.key
  }
}
