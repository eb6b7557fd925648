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

export interface LeasingSetup<M> {
  /** Calls `follow` with what it waits for, now and later, until the result is called. */
  follow(follow: (need: ServerNeed) => void): () => void
  /** Sets the model up; leases that are taken are released when that fails. */
  run(create: (lease: Lease) => Promise<M> | M, signal: AbortSignal): Promise<M>
  /** Waits for another's model, and for the same lease: this holder may hold what that one waits for. */
  join(other: LeasingSetup<M>, model: Promise<M>): Promise<M>
}

export function createLeasing<M>(leases: Leases): Leasing<M> {
  const held = new Map<M, readonly ServerLease[]>()

  function begin(holder: Holder = createHolder()): LeasingSetup<M> {
    let awaited: ServerNeed | undefined
    const followers = new Set<(need: ServerNeed) => void>()

    async function take(need: ServerNeed, signal: AbortSignal): Promise<ServerLease> {
      awaited = need
      for (const follow of followers) follow(need)
      try {
        return await outsideOfRow(() =>
          holder.take((besides) => leases.lease(need, { besides, signal })),
        )
      } finally {
        awaited = undefined
      }
    }

    return {
      follow(follow) {
        if (awaited) follow(awaited)
        followers.add(follow)
        return () => followers.delete(follow)
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
        const { leases: besides } = holder
        if (besides.length === 0) return outsideOfRow(() => model)
        const refusal = Promise.withResolvers<never>()
        const claims: Promise<ServerLease>[] = []
        const stop = other.follow((need) => {
          const claim = leases.lease(need, { besides })
          claims.push(claim)
          claim.catch(refusal.reject)
        })
        try {
          return await outsideOfRow(() => Promise.race([model, refusal.promise]))
        } finally {
          stop()
          for (const claim of claims) void claim.then((lease) => lease.release()).catch(() => {})
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

/** The start of a server, and the wait for room, are no fault of the row that is the first to need it. */
async function outsideOfRow<T>(wait: () => Promise<T>): Promise<T> {
  const resume = callScope.getStore()?.clock.pause()
  try {
    return await wait()
  } finally {
    resume?.(0)
  }
}
