import type { AssayError } from '../../model/error.ts'
import type { Permit, PermitRequest } from '../../model/permit.ts'
import { Queue } from './queue.ts'

/** A request that waits for its permit. */
export interface Waiter {
  readonly request: PermitRequest
  readonly since: number
  /** Its turn among all of the provider: the lower, the earlier. */
  readonly turn: number
  /** How long its pool had cooled in all when it came. */
  readonly cooledBefore: number
  readonly grant: (permit: Permit) => void
  readonly refuse: (error: AssayError) => void
}

/** The waiters of one pool, those that were sent before ahead of the others. */
export class WaitingLine {
  readonly #again = new Queue<Waiter>()
  readonly #fresh = new Queue<Waiter>()

  get first(): Waiter | undefined {
    return this.#again.first ?? this.#fresh.first
  }

  get size(): number {
    return this.#again.size + this.#fresh.size
  }

  /** @returns how to leave */
  join(waiter: Waiter): () => void {
    const queue = waiter.request.again ? this.#again : this.#fresh
    const place = queue.join(waiter)
    return () => queue.leave(place)
  }

  *[Symbol.iterator](): Generator<Waiter> {
    yield* this.#again
    yield* this.#fresh
  }
}
