import type { ServerLease } from '../model/lease.ts'
import type { Holder, ModelHandle } from './provider.ts'

/** A holder; what `within` holds counts for it too, as what its test holds does for a row. */
export function createHolder(within?: Holder): Holder {
  const held = new Map<ModelHandle<unknown>, readonly ServerLease[]>()
  return {
    get leases() {
      for (const handle of held.keys()) if (!isLive(handle)) held.delete(handle)
      return [...(within?.leases ?? []), ...[...held.values()].flat()]
    },
    add(handle, leases) {
      if (leases.length > 0) held.set(handle, leases)
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
