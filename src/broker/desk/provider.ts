import type { KeyStrategy, Limits, PermitPool } from '../../model/permit.ts'
import { Key, keylessId } from './key.ts'
import type { KeyMemory } from './key-memory.ts'
import { Lane } from './lane.ts'
import { type LimitOptions, limitsOfModel, limitsOfProvider } from './limits.ts'
import { Model } from './model.ts'
import { Pool } from './pool.ts'
import type { Seat } from './seat.ts'
import type { Waiter } from './waiter.ts'

/** Requests in flight over all models of a provider for which no number is given. */
const MOST_ADAPTIVE = 100

export interface Turn {
  readonly pool: Pool
  readonly seat: Seat
  readonly waiter: Waiter
}

/** What is in flight to one provider, and who waits for it. */
export class Provider {
  inFlight = 0
  /** Those of them whose number adapts. */
  adaptiveInFlight = 0
  /** When something can be sent if nothing happens before. */
  wakeAt: number = Number.POSITIVE_INFINITY
  readonly name: string
  readonly limits: Limits
  readonly keys: Map<string, Key> = new Map()
  readonly models: Map<string, Model> = new Map()
  readonly #pools = new Map<string, Pool>()
  readonly #options: LimitOptions
  readonly #memory: KeyMemory

  constructor(name: string, options: LimitOptions, memory: KeyMemory) {
    this.name = name
    this.limits = limitsOfProvider(options, name)
    this.#options = options
    this.#memory = memory
  }

  get pools(): Iterable<Pool> {
    return this.#pools.values()
  }

  /** The pool by its content: one that came as JSON is another object each time. */
  pool(asked: PermitPool, now: number): Pool {
    const content = JSON.stringify([asked.model, asked.server, asked.keys, asked.limits])
    let pool = this.#pools.get(content)
    if (!pool) {
      pool = this.#createPool(asked, now)
      this.#pools.set(content, pool)
    }
    return pool
  }

  isAdaptive({ model }: Pool): boolean {
    return this.limits.concurrency === undefined && model.most === undefined
  }

  hasRoom(pool: Pool): boolean {
    const { model } = pool
    if (this.inFlight >= (this.limits.concurrency ?? Number.POSITIVE_INFINITY)) return false
    if (model.inFlight >= (model.most ?? Number.POSITIVE_INFINITY)) return false
    return !this.isAdaptive(pool) || this.adaptiveInFlight < MOST_ADAPTIVE
  }

  /** Of the first in each line, the one that has waited longest among those that can be sent now. */
  next(strategy: KeyStrategy, now: number): Turn | undefined {
    let next: { pool: Pool; waiter: Waiter } | undefined
    this.wakeAt = Number.POSITIVE_INFINITY
    for (const pool of this.#pools.values()) {
      const waiter = pool.line.first
      if (!waiter || (next && next.waiter.turn < waiter.turn) || !this.hasRoom(pool)) continue
      const readyAt = pool.readyAt(waiter.request.tokens, this.isAdaptive(pool), now)
      if (readyAt <= now) next = { pool, waiter }
      else this.wakeAt = Math.min(this.wakeAt, readyAt)
    }
    if (!next) return undefined
    const isAdaptive = this.isAdaptive(next.pool)
    const seat = next.pool.take(next.waiter.request, { strategy, isAdaptive, now })
    return seat && { ...next, seat }
  }

  #createPool(asked: PermitPool, now: number): Pool {
    const model = this.#model(asked)
    const ids = asked.keys.length > 0 ? asked.keys : [keylessId(asked)]
    const seats = ids.map((id, index) => {
      const isKeyless = asked.keys.length === 0
      const name = isKeyless ? this.name : `${this.name}#${index + 1}`
      const key = this.#key(id, name)
      const lane = this.#lane(key, id, asked, now)
      return { place: isKeyless ? -1 : index, name, key, lane }
    })
    const pool = new Pool(model, seats)
    pool.extendCooling(now) // what an earlier run knew
    return pool
  }

  #model(asked: PermitPool): Model {
    const id = `${asked.model} ${asked.server ?? ''}`
    let model = this.models.get(id)
    if (!model) this.models.set(id, (model = new Model(asked.model)))
    for (const limits of limitsOfModel(this.#options, asked)) model.tighten(limits)
    return model
  }

  #key(id: string, name: string): Key {
    let key = this.keys.get(id)
    if (!key) {
      key = new Key(name, this.limits)
      this.keys.set(id, key)
      this.#memory.recallKey(this.name, id, key)
    }
    return key
  }

  #lane(key: Key, id: string, { model, local }: PermitPool, now: number): Lane {
    let lane = key.lanes.get(model)
    if (!lane) {
      lane = new Lane(now, !local)
      key.lanes.set(model, lane)
      this.#memory.recallLane(this.name, id, model, lane)
    }
    return lane
  }
}
