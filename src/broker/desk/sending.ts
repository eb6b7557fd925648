import type { PermitOutcome } from '../../model/permit.ts'
import type { Ticket } from './lane.ts'
import { learn } from './outcome.ts'
import type { Provider, Turn } from './provider.ts'
import type { Entry } from './sliding-window.ts'

/** A request in flight, which all who count requests count as long as it is not over. */
export class Sending {
  readonly at: number
  readonly #provider: Provider
  readonly #turn: Turn
  readonly #isAdaptive: boolean
  readonly #ticket: Ticket
  /** Its tokens in the limits of its model and its key. */
  readonly #reserved: readonly (Entry | undefined)[]

  constructor(provider: Provider, turn: Turn, now: number) {
    this.at = now
    this.#provider = provider
    this.#turn = turn
    this.#isAdaptive = provider.isAdaptive(turn.pool)
    turn.pool.sent.add(this)
    this.#count(1)
    this.#ticket = turn.seat.lane.send(now)
    this.#reserved = this.#meters.map((meters) => meters.take(turn.waiter.request.tokens, now))
  }

  /** @returns whether it was not over before */
  end(outcome: PermitOutcome, { now, random }: { now: number; random: () => number }): boolean {
    const { pool, seat } = this.#turn
    const { tokens } = outcome
    if (!pool.sent.delete(this)) return false
    if (tokens !== undefined) {
      this.#meters.forEach((meters, index) => meters.correct(this.#reserved[index], tokens, now))
    }
    learn({ pool, seat, ticket: this.#ticket }, outcome, { now, random })
    this.#count(-1)
    return true
  }

  get #meters() {
    return [this.#turn.pool.model.meters, this.#turn.seat.key.meters]
  }

  #count(by: 1 | -1): void {
    const { pool, seat } = this.#turn
    for (const one of [this.#provider, pool.model, seat.key, seat.lane]) one.inFlight += by
    if (this.#isAdaptive) this.#provider.adaptiveInFlight += by
  }
}
