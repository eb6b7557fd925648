import { callScope } from '../model/call.ts'
import type { Leases, ServerLease, ServerNeed } from '../model/lease.ts'
import { createHolder } from './holder.ts'
import type { Holder } from './provider.ts'

/** Takes a lease of a local server, which ends with the model that is set up. */
export type Lease = (need: ServerNeed) => Promise<ServerLease>

/** What a set-up does with leases. */
export interface Leasing<M> {
  /** Begins a set-up for this holder. */
  begin(holder: Holder | undefined): LeasingSetup<M>
  of(model: M): readonly ServerLease[]
  release(model: M): void
}

type Follow = (awaited: ServerNeed | undefined) => void

export interface LeasingSetup<M> {
  /** Tells what it waits for, now and later, or that it has it; until the result is called. */
  follow(tell: Follow): () => void
  /** Sets the model up; leases that are taken are released when that fails. */
  run(create: (lease: Lease) => Promise<M> | M, signal: AbortSignal): Promise<M>
  /** Waits for another's model, and for the same lease: this holder may hold what that one waits for. */
  join(other: LeasingSetup<M>, model: Promise<M>): Promise<M>
}

export function createLeasing<M>(leases: Leases): Leasing<M> {
  const held = new Map<M, readonly ServerLease[]>()

  function begin(holder: Holder = createHolder()): LeasingSetup<M> {
    let awaited: ServerNeed | undefined
    const followers = new Set<Follow>()

    function wait(need: ServerNeed | undefined): void {
      awaited = need
      for (const tell of followers) tell(need)
    }

    async function take(need: ServerNeed, signal: AbortSignal): Promise<ServerLease> {
      wait(need)
      const resume = pauserOfRow()()
      try {
        return await holder.take((besides) => leases.lease(need, { besides, signal }))
      } finally {
        resume()
        wait(undefined)
      }
    }

    return {
      follow(tell) {
        if (awaited) tell(awaited)
        followers.add(tell)
        return () => followers.delete(tell)
      },
      async run(create, signal) {
        const taken: ServerLease[] = []
        try {
          const model = await create(async (need) => {
            const lease = await take(need, signal)
            taken.push(lease)
            return lease
          })
          if (taken.length > 0) held.set(model, taken)
          return model
        } catch (error) {
          for (const lease of taken) {
            holder.drop(lease)
            lease.release()
          }
          throw error
        }
      },
      async join(other, model) {
        const pause = pauserOfRow() // here: the other tells from its own row
        const done = new AbortController()
        const refusal = Promise.withResolvers<never>()
        let resume: (() => void) | undefined
        const stop = other.follow((need) => {
          resume?.()
          resume = need && pause()
          const { leases: besides } = holder
          if (!need || besides.length === 0) return
          const claim = leases.lease(need, { besides, signal: done.signal })
          claim.then((lease) => lease.release(), refusal.reject)
        })
        try {
          return await Promise.race([model, refusal.promise])
        } finally {
          stop()
          resume?.()
          done.abort()
        }
      },
    }
  }

  return {
    begin,
    of: (model) => held.get(model) ?? [],
    release(model) {
      for (const lease of held.get(model) ?? []) lease.release()
      held.delete(model)
    },
  }
}

/** Stops the row's clock: the start of a server, and the wait for room, are no fault of who is first to need it. */
function pauserOfRow(): () => () => void {
  const clock = callScope.getStore()?.clock
  return () => {
    const resume = clock?.pause()
    return () => resume?.(0)
  }
}
