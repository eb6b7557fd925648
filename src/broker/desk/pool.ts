import type { KeyStrategy, PermitRequest } from '../../model/permit.ts'
import { Cooling } from './cooling.ts'
import type { Model } from './model.ts'
import { chooseSeat, coolsUntil, isRetired, readyAt, type Seat } from './seat.ts'
import { WaitingLine } from './waiter.ts'

interface Taking {
  readonly strategy: KeyStrategy
  readonly isAdaptive: boolean
  readonly now: number
}

/** Requests of one model that share the same keys, and wait in one line. */
export class Pool {
  readonly model: Model
  readonly seats: readonly Seat[]
  readonly line: WaitingLine = new WaitingLine()
  /** The time during which all its keys were cooling. */
  readonly cooling: Cooling = new Cooling()
  /** When each request in flight was sent, the oldest first. */
  readonly sent: Set<{ readonly at: number }> = new Set()
  #last = -1

  constructor(model: Model, seats: readonly Seat[]) {
    this.model = model
    this.seats = seats
  }

  /** The seat whose cool-down ends first; none when all are retired. */
  get soonest(): Seat | undefined {
    let soonest: Seat | undefined
    for (const seat of this.seats) {
      if (isRetired(seat)) continue
      if (!soonest || coolsUntil(seat) < coolsUntil(soonest)) soonest = seat
    }
    return soonest
  }

  /** @returns whether all its keys cool for longer than was known */
  extendCooling(now: number): boolean {
    const { soonest } = this
    return soonest !== undefined && this.cooling.extend(coolsUntil(soonest), now)
  }

  /** Takes the seat for a request that can be sent now. */
  take({ tokens, avoid }: PermitRequest, { strategy, isAdaptive, now }: Taking): Seat | undefined {
    const seat = chooseSeat(this.seats, {
      strategy,
      last: this.#last,
      avoid,
      isReady: (one) => this.#hasRoom(one, isAdaptive) && readyAt(one, tokens, now) <= now,
    })
    if (seat) this.#last = this.seats.indexOf(seat)
    return seat
  }

  /** When a request could be sent if nothing but time stood in its way. */
  readyAt(tokens: number, isAdaptive: boolean, now: number): number {
    let at = Number.POSITIVE_INFINITY
    for (const seat of this.seats) {
      if (!this.#hasRoom(seat, isAdaptive)) continue
      at = Math.min(at, readyAt(seat, tokens, now))
    }
    return Math.max(at, this.model.meters.readyAt(tokens, now))
  }

  /** A key that nothing is known of is tried with one request, so that a dead one costs no more. */
  #hasRoom(seat: Seat, isAdaptive: boolean): boolean {
    const { key, lane } = seat
    const isOnTrial = !key.isKnown && key.inFlight > 0
    if (isOnTrial && this.seats.some((other) => other !== seat && !isRetired(other))) return false
    return !isAdaptive || lane.hasRoom
  }
}
