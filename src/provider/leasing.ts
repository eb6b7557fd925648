import type { Leases, ServerLease, ServerNeed } from '../model/lease.ts'
import type { Holder } from './provider.ts'

/** Takes a lease of a local server, which ends with the model that is set up. */
export type Lease = (need: ServerNeed) => Promise<ServerLease>

export interface LeaseTaker {
  readonly holder: Holder | undefined
  readonly signal: AbortSignal
}

/** The leases behind a provider's models. */
export interface Leasing<M> {
  /** Sets a model up; leases that it takes are released when that fails. */
  setup(taker: LeaseTaker, create: (lease: Lease) => Promise<M>): Promise<M>
  of(model: M): readonly ServerLease[]
  release(model: M): void
}

export function createLeasing<M>(leases: Leases): Leasing<M> {
  const held = new Map<M, readonly ServerLease[]>()

  return {
    async setup({ holder, signal }, create) {
      const taken: ServerLease[] = []
      try {
        const model = await create(async (need) => {
          const besides = [...(holder?.leases ?? []), ...taken]
          const lease = await leases.lease(need, { besides, signal })
          taken.push(lease)
          return lease
        })
        if (taken.length > 0) held.set(model, taken)
        return model
      } catch (error) {
        for (const lease of taken) lease.release()
        throw error
      }
    },
    of: (model) => held.get(model) ?? [],
    release(model) {
      for (const lease of held.get(model) ?? []) lease.release()
      held.delete(model)
    },
  }
}
