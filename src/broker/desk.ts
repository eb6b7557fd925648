import { AssayError, cancelledBy } from '../model/error.ts'
import type { KeyStrategy, Desk, Permit, PermitRequest } from '../model/permit.ts'
import { type Alarm, createAlarm, type SetTimer } from './desk/alarm.ts'
import { createSteadyClock, type SteadyClock } from './desk/clock.ts'
import { createKeyMemory, type KeyMemory, type KeyState } from './desk/key-memory.ts'
import { checkLimitOptions, type LimitOptions } from './desk/limits.ts'
import { refusal } from './desk/no-key.ts'
import { Provider, type Turn } from './desk/provider.ts'
import { Sending } from './desk/sending.ts'
import type { Waiter } from './desk/waiter.ts'
import { countInFlight, type InFlight, listWaits, type Wait } from './desk/waits.ts'

export interface DeskOptions extends LimitOptions {
  /** Which of a provider's keys to take. @default 'least-used' */
  readonly keyStrategy?: KeyStrategy | undefined
  /** What an earlier run knew of the keys. */
  readonly keyState?: KeyState | undefined
  /** Told once what a person should know. */
  readonly notice?: ((line: string) => void) | undefined
  /** Milliseconds of the epoch. @default a clock that nobody puts forward or back */
  readonly now?: (() => number) | undefined
  readonly random?: (() => number) | undefined
  readonly setTimer?: SetTimer | undefined
}

export interface PermitDesk extends Desk {
  /** What waits for what, and what is in flight, by model. */
  waits(): readonly Wait[]
  inFlight(): InFlight
  /** What the next run should know of the keys. */
  keyState(): KeyState
  /** Rejects all that waits and all that comes. */
  close(): void
}

/** Hands out permits so that the limits of servers are used up and not run against. */
export function createDesk(options: DeskOptions = {}): PermitDesk {
  checkLimitOptions(options)
  return new LocalDesk(options)
}

class LocalDesk implements PermitDesk {
  readonly #options: DeskOptions
  readonly #strategy: KeyStrategy
  readonly #random: () => number
  readonly #clock: SteadyClock
  readonly #alarm: Alarm
  readonly #memory: KeyMemory
  readonly #providers = new Map<string, Provider>()
  #turns = 0
  #waiting = 0
  #isClosed = false

  constructor(options: DeskOptions) {
    const { keyStrategy = 'least-used', random = Math.random, now = steadyTime } = options
    this.#options = options
    this.#strategy = keyStrategy
    this.#random = random
    this.#clock = createSteadyClock(now)
    this.#alarm = createAlarm(options.setTimer ?? setRealTimer, () => this.#ring())
    this.#memory = createKeyMemory(options.keyState, this.#clock)
  }

  async acquire(request: PermitRequest): Promise<Permit> {
    const { pool, signal } = request
    if (this.#isClosed) throw closed(pool.provider)
    if (signal?.aborted) throw cancelledBy(signal, pool.provider)
    return this.#wait(this.#provider(pool.provider), request)
  }

  waits(): readonly Wait[] {
    return listWaits(this.#providers.values(), this.#clock.now())
  }

  inFlight(): InFlight {
    return countInFlight(this.#providers.values())
  }

  keyState(): KeyState {
    return this.#memory.write(this.#providers.values())
  }

  close(): void {
    this.#isClosed = true
    for (const { name, pools } of this.#providers.values()) {
      for (const pool of pools) for (const waiter of pool.line) waiter.refuse(closed(name))
    }
    this.#setAlarm(this.#clock.now())
  }

  #provider(name: string): Provider {
    let provider = this.#providers.get(name)
    if (!provider) {
      provider = new Provider(name, this.#options, this.#memory)
      this.#providers.set(name, provider)
      const number = this.#options.concurrency?.[name]
      if (number !== undefined) {
        this.#options.notice?.(`Using provider-specific concurrency: ${number} for ${name}`)
      }
    }
    return provider
  }

  #wait(provider: Provider, request: PermitRequest): Promise<Permit> {
    const { promise, resolve, reject } = Promise.withResolvers<Permit>()
    const now = this.#clock.now()
    const pool = provider.pool(request.pool, now)
    const turn = ++this.#turns - (request.again ? Number.MAX_SAFE_INTEGER : 0)
    const cooledBefore = pool.cooling.total(now)
    const leave = () => {
      stop()
      this.#waiting--
      request.signal?.removeEventListener('abort', cancel)
    }
    const grant = (permit: Permit) => {
      leave()
      resolve(permit)
    }
    const refuse = (error: AssayError) => {
      leave()
      reject(error)
    }
    const cancel = () => {
      refuse(cancelledBy(request.signal, provider.name))
      this.#serve(provider, this.#clock.now())
    }
    const waiter: Waiter = { request, since: now, turn, cooledBefore, grant, refuse }
    const stop = pool.line.join(waiter)
    this.#waiting++
    request.signal?.addEventListener('abort', cancel, { once: true })
    const error = refusal(provider.name, { pool, waiter, now })
    if (error) refuse(error)
    else this.#serve(provider, now)
    return promise
  }

  /** Sends all that can be sent now, and sets the alarm for what cannot. */
  #serve(provider: Provider, now: number): void {
    for (;;) {
      const turn = provider.next(this.#strategy, now)
      if (!turn) break
      turn.waiter.grant(this.#send(provider, turn, now))
    }
    this.#setAlarm(now)
  }

  #send(provider: Provider, turn: Turn, now: number): Permit {
    const { pool, seat, waiter } = turn
    const cooledMs = pool.cooling.total(now) - waiter.cooledBefore
    const sending = new Sending(provider, turn, now)
    return {
      key: seat.place,
      queuedMs: now - waiter.since - cooledMs,
      cooledMs,
      release: (outcome) => {
        const end = this.#clock.now()
        const wasRetired = seat.key.isRetired
        if (!sending.end(outcome, { now: end, random: this.#random })) return
        if (seat.key.isRetired && !wasRetired && pool.soonest) {
          this.#options.notice?.(`${seat.name} was refused (401); the run goes on without it.`)
        }
        if (outcome.failure !== null) this.#turnAway(provider, end)
        this.#serve(provider, end)
      },
    }
  }

  /** Those for whom no key can be had in time learn it now, not when their time is up. */
  #turnAway(provider: Provider, now: number): void {
    for (const pool of provider.pools) {
      if (!pool.extendCooling(now) && pool.soonest) continue
      for (const waiter of pool.line) {
        const error = refusal(provider.name, { pool, waiter, now })
        if (error) waiter.refuse(error)
      }
    }
  }

  #ring(): void {
    const now = this.#clock.now()
    for (const provider of this.#providers.values()) {
      if (provider.wakeAt <= now) this.#serve(provider, now)
    }
    this.#setAlarm(now)
  }

  #setAlarm(now: number): void {
    let at = Number.POSITIVE_INFINITY
    for (const { wakeAt } of this.#providers.values()) at = Math.min(at, wakeAt)
    this.#alarm.set(this.#waiting > 0 ? at : undefined, now)
  }
}

function steadyTime(): number {
  return performance.timeOrigin + performance.now()
}

function setRealTimer(callback: () => void, ms: number): () => void {
  const timer = setTimeout(callback, ms)
  return () => clearTimeout(timer)
}

function closed(provider: string): AssayError {
  return new AssayError(`${provider}: the run is over.`, { kind: 'cancelled', provider })
}
