import { createDesk, type DeskOptions, type PermitDesk } from '../../../src/broker/desk.ts'
import type { PermitPool } from '../../../src/model/permit.ts'
import { VirtualClock } from './virtual-clock.ts'

export interface ServerOptions {
  /** Requests per second that flow into the bucket, and how many it holds. */
  readonly rate: number
  readonly burst: number
  /** What a 429 says in its `Retry-After`; without it there is none. */
  readonly retryAfterMs?: number
  readonly latencyMs?: number
  readonly refusalMs?: number
}

/** A server with a token bucket for each key. */
export class Server {
  rate: number
  readonly retryAfterMs: number | undefined
  readonly #options: ServerOptions
  readonly #clock: VirtualClock
  #tokens: number
  #filledAt: number
  /** Until when it has asked not to be asked, and since when that is known. */
  #closedUntil = 0
  #knownAt = Number.POSITIVE_INFINITY
  requests = 0
  refused = 0
  /** Requests that came though it was known that they must not. */
  violations = 0
  readonly accepted: number[] = []
  readonly refusals: number[] = []

  constructor(options: ServerOptions, clock: VirtualClock) {
    this.#options = options
    this.retryAfterMs = options.retryAfterMs
    this.#clock = clock
    this.rate = options.rate
    this.#tokens = options.burst
    this.#filledAt = clock.time
  }

  /** @returns whether it has answered, after the time that takes */
  async request(): Promise<boolean> {
    const { latencyMs = 100, refusalMs = 1 } = this.#options
    const now = this.#clock.time
    this.requests++
    this.#fill(now)
    if (now > this.#knownAt && now < this.#closedUntil) this.violations++
    if (this.#tokens < 1) {
      this.#refuse(now, refusalMs)
      await this.#clock.sleep(refusalMs)
      return false
    }
    this.#tokens--
    this.accepted.push(now)
    await this.#clock.sleep(latencyMs)
    return true
  }

  #fill(now: number): void {
    const filled = this.#tokens + ((now - this.#filledAt) * this.rate) / 1000
    this.#tokens = Math.min(this.#options.burst, filled)
    this.#filledAt = now
  }

  #refuse(now: number, refusalMs: number): void {
    const { retryAfterMs } = this
    this.refused++
    this.refusals.push(now)
    if (retryAfterMs === undefined) return
    if (now >= this.#closedUntil) this.#knownAt = now + refusalMs
    this.#closedUntil = Math.max(this.#closedUntil, now + retryAfterMs)
  }

  /** Requests per second that it took in a span of time. */
  taken(from: number, to: number): number {
    return (this.accepted.filter((at) => at >= from && at < to).length * 1000) / (to - from)
  }
}

export interface WorldOptions {
  readonly servers: readonly ServerOptions[]
  readonly rows: number
  readonly lanes?: number
  readonly seed?: number
  readonly desk?: DeskOptions
  /** What happens while it runs. */
  readonly script?: (world: World) => Promise<void>
}

export interface World {
  readonly clock: VirtualClock
  readonly desk: PermitDesk
  /** One for each key. */
  readonly servers: readonly Server[]
  /** Rows that are done, and when the last was. */
  done: number
  doneAt: number
  /** Requests beyond one for each row, as a share. */
  readonly extra: number
  readonly refused: number
  readonly violations: number
}

/** Sends a request for each row until it is answered, over lanes as an eval's. */
export async function runWorld(options: WorldOptions): Promise<World> {
  const { rows, lanes = 100, seed = 1, script } = options
  const clock = new VirtualClock()
  const { now, setTimer } = clock
  const desk = createDesk({ now, setTimer, random: seeded(seed), ...options.desk })
  const servers = options.servers.map((one) => new Server(one, clock))
  const keys = servers.map((_, index) => `id-${index}`)
  const sum = (what: 'requests' | 'refused' | 'violations') =>
    servers.reduce((total, server) => total + server[what], 0)
  const world = {
    clock,
    desk,
    servers,
    done: 0,
    doneAt: 0,
    get extra() {
      return sum('requests') / rows - 1
    },
    get refused() {
      return sum('refused')
    },
    get violations() {
      return sum('violations')
    },
  }
  let started = 0
  async function lane(): Promise<void> {
    while (started++ < rows) {
      await runRow(world, { provider: 'openai', model: 'gpt-5', keys })
      world.done++
      world.doneAt = clock.time
    }
  }
  const all = Promise.all([script?.(world), Promise.all(Array.from({ length: lanes }, lane))])
  await clock.pass()
  await all
  return world
}

async function runRow({ desk, servers }: World, pool: PermitPool): Promise<void> {
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
    permit.release({ failure: 'rate_limit', retryAfterMs: server.retryAfterMs })
    avoid = permit.key
  }
}

/** Numbers from 0 to 1 that are the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
