import { AssayError, type ErrorKind } from '../../model/error.ts'
import type { Model } from '../../model/model.ts'
import { failureOf, type Front } from '../behind.ts'
import { resultOfKind } from '../health/result.ts'
import type { CheckResult } from '../health/state.ts'
import type { Member } from '../member.ts'
import { type Breaker, createBreaker, type Pass } from './breaker.ts'
import type { Order } from './order.ts'
import { waitUntil } from './wait.ts'

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
  /** Milliseconds, never going back. @default performance.now */
  readonly now?: (() => number) | undefined
}

/** Asks one member; a member that fails gives way to the next, as long as nothing of the answer was handed on. */
export interface Asking {
  /** Calls of members that have not ended. */
  readonly inFlight: number
  /** @throws AssayError of the last member, or of the pool where several were asked */
  ask<T>(call: (model: Model) => Promise<Answer<T>>, signal?: AbortSignal): Promise<Asked<T>>
}

export interface Answer<T> {
  readonly value: T
  /** What it says of the member; `later` where that goes on, as a stream does, until `Asked.leave` is called. */
  readonly result: CheckResult | 'later'
}

export interface Asked<T> {
  readonly value: T
  readonly member: Member
  /** What went by on members that failed, in milliseconds. */
  readonly waitedMs: number
  /** Requests of members that failed. */
  readonly attempts: number
  /** Says what a member that goes on has come to. */
  leave(result: CheckResult): void
}

/** Whether another model may do better, after an error of this kind. */
const movesOn: Readonly<Record<ErrorKind, boolean>> = {
  rate_limit: true,
  quota: true,
  auth: true,
  forbidden: true,
  not_found: true,
  context_window: true,
  timeout: true,
  network: true,
  server: true,
  parse: true,
  setup: true,
  // the fault is the request's, or nobody's
  invalid_request: false,
  content_filter: false,
  cancelled: false,
  config: false,
  internal: false,
}

interface Place {
  readonly member: Member
  readonly breaker: Breaker
  readonly weight: number
  asked: number
}

export function createAsking(options: PoolOptions): Asking {
  const { members, order, weights = {}, now = () => performance.now() } = options
  const places: readonly Place[] = members.map((member) => ({
    member,
    breaker: createBreaker({ ...options.breaker, now }),
    weight: weights[member.name] ?? 1,
    asked: 0,
  }))
  /** Those who wait until a member may be asked. */
  const waiting = new Set<() => void>()

  function next(
    tried: ReadonlySet<Place>,
  ): { readonly place: Place; readonly pass: Pass } | undefined {
    const free = places.filter((one) => !tried.has(one) && mayEnter(one.breaker, now))
    if (free.length === 0) return undefined
    const loads = free.map((place) => ({ place, inFlight: place.breaker.inFlight, ...place }))
    const { place } = order(loads) as (typeof loads)[number]
    place.asked++
    return { place, pass: place.breaker.enter()! }
  }

  function leave({ pass }: { readonly pass: Pass }, result: CheckResult): void {
    pass.leave(result)
    for (const wake of waiting) wake()
  }

  async function firstFree(tried: ReadonlySet<Place>, signal: AbortSignal | undefined) {
    const end = now() + (options.maxWaitMs ?? 600_000)
    for (;;) {
      const found = next(tried)
      if (found) return found
      const times = places.map(({ breaker }) => breaker.admitsAt() ?? end)
      if (now() >= end) throw closed(options, places, now())
      await waitUntil(Math.min(end, ...times) - now(), waiting, signal)
    }
  }

  return {
    get inFlight() {
      return places.reduce((sum, { breaker }) => sum + breaker.inFlight, 0)
    },
    async ask(call, signal) {
      const started = now()
      const tried = new Set<Place>()
      const errors: AssayError[] = []
      for (;;) {
        // what has failed is said at once; only where nobody could be asked there is something to wait for
        const found = tried.size > 0 ? next(tried) : await firstFree(tried, signal)
        if (!found) throw allFailed(options, errors)
        const { member } = found.place
        const waitedMs = now() - started
        try {
          const { value, result } = await call(await member.setup())
          if (result !== 'later') leave(found, result)
          return {
            value,
            member,
            waitedMs: tried.size > 0 ? waitedMs : 0,
            attempts: attemptsOf(errors),
            leave: (end) => leave(found, end),
          }
        } catch (thrown) {
          const error = failureOf(thrown, member.name)
          leave(found, resultOfKind[error.kind])
          if (!movesOn[error.kind]) throw error
          errors.push(error)
          tried.add(found.place)
        }
      }
    },
  }
}

function mayEnter(breaker: Breaker, now: () => number): boolean {
  const at = breaker.admitsAt()
  return at !== null && at <= now()
}

function attemptsOf(errors: readonly AssayError[]): number {
  return errors.reduce((sum, { attempts = 1 }) => sum + attempts, 0)
}

function allFailed({ provider, name }: PoolOptions, errors: readonly AssayError[]): AssayError {
  const last = errors.at(-1)!
  if (errors.length === 1) return last
  const all = errors.map(({ servedBy, message }) => `${servedBy}: ${message}`).join(' ')
  const { kind, servedBy } = last
  return new AssayError(`${provider}/${name}: none of its models has answered. ${all}`, {
    kind,
    provider,
    servedBy,
    attempts: attemptsOf(errors),
    cause: new AggregateError(errors),
  })
}

function closed(
  { provider, name }: PoolOptions,
  places: readonly Place[],
  now: number,
): AssayError {
  const all = places.map(({ member, breaker }) => {
    const at = breaker.admitsAt()
    const when = at === null ? 'is being tried' : `is tried in ${Math.ceil((at - now) / 1000)} s`
    return `${member.name} ${when} (${member.health.status().issues.join('; ')})`
  })
  return new AssayError(
    `${provider}/${name}: no model may be asked, since they failed again and again: ${all.join(', ')}.`,
    { kind: 'server', provider, attempts: 0 },
  )
}
