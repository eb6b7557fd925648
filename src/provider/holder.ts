import type { ServerLease } from '../model/lease.ts'
import type { Holder, ModelHandle } from './provider.ts'

/** A holder; what `within` holds counts for it too, as what its test holds does for a row. */
export function createHolder(within?: Pick<Holder, 'leases'>): Holder {
  const held = new Map<ModelHandle<unknown>, readonly ServerLease[]>()
  const granted = new Set<ServerLease>()
  let turn: Promise<unknown> = Promise.resolve()

  return {
    get own() {
      for (const handle of held.keys()) if (!isLive(handle)) held.delete(handle)
      return [...granted, ...[...held.values()].flat()]
    },
    get leases() {
      return [...(within?.leases ?? []), ...this.own]
    },
    add(handle, leases) {
      for (const lease of leases) granted.delete(lease)
      if (leases.length > 0) held.set(handle, leases)
    },
    async take(ask) {
      const before = turn
      const { promise, resolve } = Promise.withResolvers<void>()
      turn = promise
      await before
      try {
        const lease = await ask(this.leases)
        granted.add(lease)
        return lease
      } finally {
        resolve()
      }
    },
    drop(lease) {
      granted.delete(lease)
    },
  }
}

function isLive(handle: ModelHandle<unknown>): boolean {
  try {
    void handle.model
    return true
  } catch {
    return false // it was torn down
  }
}
