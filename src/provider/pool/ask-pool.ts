import { type AssayError, cancelledBy } from '../../model/error.ts'
import type { GenerateOptions, Model } from '../../model/model.ts'
import { untilAborted } from '../../model/until-aborted.ts'
import { askedIn, failureOf, type Front } from '../members/behind.ts'
import type { Timers } from '../health/limit.ts'
import { resultOfKind } from '../health/result.ts'
import type { CheckResult } from '../health/state.ts'
import type { Member } from '../members/member.ts'
import { type Breaker, createBreaker, type Pass } from './breaker.ts'
import { allFailed, closed, movesOn } from './failures.ts'
import type { Order } from './order.ts'
import { waitTimers, waitUntil } from './wait.ts'

export interface BreakerSettings {
  /** Failures in a row after which a model is not asked for a while. @default 5 */
  readonly failures?: number | undefined
  /** For how long, in milliseconds; then one call at a time finds out whether it is back. @default 60_000 */
  readonly recoveryMs?: number | undefined
  /** Calls of those that must succeed in a row until it is asked as before. @default 2 */
  readonly successes?: number | undefined
}

export interface PoolOptions extends Front {
  readonly members: readonly Member[]
  readonly order: Order
  /** By the name of the member. @default 1 */
  readonly weights?: Readonly<Record<string, number>> | undefined
  readonly breaker?: BreakerSettings | undefined
  /** Milliseconds that a call waits while no model may be asked. @default 600_000 */
  readonly maxWaitMs?: number | undefined
  /** @default the machine's */
  readonly timers?: Timers | undefined
}

/** Asks one member; a member that fails gives way to the next, as long as nothing of the answer was handed on. */
export interface Asking {
  /** Calls of members that have not ended. */
  readonly inFlight: number
  /** @throws AssayError of the last member, or of the pool where several were asked */
  ask<T>(call: Call<T>, options?: GenerateOptions): Promise<Asked<T>>
}

type Call<T> = (model: Model, options: GenerateOptions) => Promise<Answer<T>>

export interface Answer<T> {
  readonly value: T
  /** What it says of the member; `later` where that goes on, as a stream does, until `Asked.leave` is called. */
  readonly result: CheckResult | 'later'
}

export interface Asked<T> {
  readonly value: T
  readonly member: Member
  /** Who is behind the member, or it itself. */
  readonly servedBy: string
  /** What went by until a member could be asked, and on members that failed, in milliseconds. */
  readonly waitedMs: number
  /** Requests of members that failed. */
  readonly attempts: number
  /** Says what a member that goes on has come to. */
  leave(result: CheckResult): void
}

/** A member, and how it is asked. */
export interface Place {
  readonly member: Member
  readonly breaker: Breaker
  readonly weight: number
  asked: number
}

/** A member that may be asked, and the leave for it. */
interface Found {
  readonly place: Place
  readonly pass: Pass
}

/** How a member failed, and how many requests that took. */
interface Failed {
  readonly error: AssayError
  /** Whether the caller waits no longer. */
  readonly isOver: boolean
  readonly attempts: number
}

const nobody: ReadonlySet<Place> = new Set()

export function createAsking(options: PoolOptions): Asking {
  const { provider, members, order, weights = {}, timers = waitTimers } = options
  const { now, setTimer } = timers
  const places: readonly Place[] = members.map((member) => ({
    member,
    breaker: createBreaker({ ...options.breaker, now }),
    weight: weights[member.name] ?? 1,
    asked: 0,
  }))
  /** Those who wait until a member may be asked. */
  const waiting = new Set<() => void>()

  function nextOf(tried: ReadonlySet<Place>): Found | undefined {
    const free = places.filter((one) => !tried.has(one) && mayEnter(one.breaker, now))
    if (free.length === 0) return undefined
    const loads = free.map((place) => ({ place, inFlight: place.breaker.inFlight, ...place }))
    const { place } = order(loads) as (typeof loads)[number]
    place.asked++
    return { place, pass: place.breaker.enter()! }
  }

  function leave(pass: Pass, result: CheckResult): void {
    pass.leave(result)
    for (const wake of waiting) wake()
  }

  async function firstFree(signal: AbortSignal | undefined): Promise<Found> {
    const end = now() + (options.maxWaitMs ?? 600_000)
    for (;;) {
      const found = nextOf(nobody)
      if (found) return found
      const times = places.map(({ breaker }) => breaker.admitsAt() ?? end)
      if (now() >= end) throw closed(options, places, now())
      await waitUntil(Math.min(end, ...times) - now(), waiting, { setTimer, signal })
    }
  }

  /** Asks one member. What it fails with is an error of its own, with what is known of the call. */
  async function askOne<T>(
    { place: { member }, pass }: Found,
    call: Call<T>,
    given: GenerateOptions,
  ): Promise<Pick<Asked<T>, 'value' | 'member' | 'servedBy' | 'leave'> | Failed> {
    const { signal } = given
    const asked = askedIn(given, member.name)
    let isReady = false
    try {
      const model = await untilAborted(member.setup(), signal, provider)
      isReady = true
      const { value, result } = await call(model, asked.options)
      if (result !== 'later') leave(pass, result)
      return { value, member, servedBy: asked.servedBy, leave: (end) => leave(pass, end) }
    } catch (thrown) {
      const error = failureOf(thrown, asked.servedBy)
      const isOver = signal?.aborted === true
      // who does not wait for a set-up says nothing of it
      leave(pass, isOver && !isReady ? 'unknown' : resultOfKind[error.kind])
      return { error, isOver, attempts: error.attempts ?? (isReady ? 1 : 0) }
    }
  }

  return {
    get inFlight() {
      return places.reduce((sum, { breaker }) => sum + breaker.inFlight, 0)
    },
    async ask(call, given = {}) {
      const { signal } = given
      const started = now()
      const tried = new Set<Place>()
      const errors: AssayError[] = []
      let attempts = 0
      for (;;) {
        if (signal?.aborted) throw cancelledBy(signal, provider)
        const next = nextOf(tried)
        // what has failed is said at once; only where nobody could be asked there is something to wait for
        if (!next && tried.size > 0) throw allFailed(options, errors, attempts)
        const found = next ?? (await firstFree(signal))
        const waitedMs = next && tried.size === 0 ? 0 : now() - started
        const asked = await askOne(found, call, given)
        if (!('error' in asked)) return { ...asked, waitedMs, attempts }
        const { error, isOver } = asked
        attempts += asked.attempts
        if (isOver) throw failureOf(error, error.servedBy!, attempts)
        errors.push(error)
        tried.add(found.place)
        // who was asked before is said too
        if (!movesOn[error.kind]) throw allFailed(options, errors, attempts)
      }
    },
  }
}

function mayEnter(breaker: Breaker, now: () => number): boolean {
  const at = breaker.admitsAt()
  return at !== null && at <= now()
}
