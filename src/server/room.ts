import { AssayError } from '../model/error.ts'
import type { ServerLease, ServerNeed } from '../model/lease.ts'

/** A server as far as room is concerned. */
export interface Tenant {
  readonly need: Pick<ServerNeed, 'provider' | 'model' | 'gpus' | 'gpuShare' | 'port'>
  /** Of those who hold it or wait for it. */
  readonly leases: ReadonlySet<ServerLease>
  /** Stops it; it leaves the room when it is gone. */
  evict(): Promise<void>
}

/** The places on which servers run: GPUs, or the machine for those that name none, and ports that are asked for. */
export interface Room {
  /**
   * Resolves when there is room. An idle server is evicted for it, the least recently used first; one that is
   * held never is.
   * @throws AssayError when nobody wants it any more
   */
  enter(tenant: Tenant): Promise<void>
  leave(tenant: Tenant): void
  /** Refuses all that wait: nobody will leave any more. */
  close(): void
  /** Called when a lease of it was released. */
  released(tenant: Tenant): void
  /**
   * Notes that somebody waits for `tenant` and holds `besides` meanwhile; the result takes the note away.
   * @throws AssayError when that wait could never end
   */
  claim(tenant: Tenant, besides: readonly ServerLease[]): () => void
}

interface Claim {
  readonly tenant: Tenant
  readonly besides: readonly ServerLease[]
}

interface Waiting {
  readonly tenant: Tenant
  readonly admit: () => void
  readonly refuse: (error: AssayError) => void
}

export interface RoomOptions {
  /** Servers on one place. @default no limit but the memory that they want of a GPU */
  readonly maxServers?: number | undefined
}

export function createRoom({ maxServers = Number.POSITIVE_INFINITY }: RoomOptions = {}): Room {
  /** Those within, the least recently used first. */
  const within = new Set<Tenant>()
  const leaving = new Set<Tenant>()
  const claims = new Set<Claim>()
  let queue: readonly Waiting[] = []

  /** The place where there is no room for it beside these. */
  function crowded(tenant: Tenant, others: readonly Tenant[]): Place | undefined {
    return placesOf(tenant).find(({ name, most = maxServers, isShared }) => {
      const there = others.filter((one) => isOn(one, name))
      const wanted = there.reduce((sum, { need }) => sum + need.gpuShare, tenant.need.gpuShare)
      return there.length >= most || (isShared && there.length > 0 && wanted > 1)
    })
  }

  function fits(tenant: Tenant, others: readonly Tenant[]): boolean {
    return crowded(tenant, others) === undefined
  }

  function serve(): void {
    const left: Waiting[] = []
    for (const waiting of queue) {
      const { tenant, admit, refuse } = waiting
      const isBehind = left.some((other) => meet(other.tenant, tenant)) && !isHolding(tenant)
      if (tenant.leases.size === 0) refuse(unwanted(tenant))
      else if (!isBehind && fits(tenant, [...within])) {
        within.add(tenant)
        admit()
      } else {
        left.push(waiting)
        if (!isBehind) makeRoom(tenant)
      }
    }
    queue = left
  }

  /** Whether one of those who wait for it holds another server: it does not queue up behind who waits for that. */
  function isHolding(tenant: Tenant): boolean {
    return [...claims].some((claim) => claim.tenant === tenant && heldBy([claim]).length > 0)
  }

  /** Evicts idle servers until those that stay leave room; each that has gone calls `serve` again. */
  function makeRoom(tenant: Tenant): void {
    const held = [...within].filter(({ leases }) => leases.size > 0)
    if (!fits(tenant, held)) return // the idle ones alone would go for nothing
    const staying = [...within].filter((one) => !leaving.has(one))
    if (fits(tenant, staying)) return
    const idle = staying.find((one) => one.leases.size === 0 && meet(one, tenant))
    if (!idle) return
    leaving.add(idle)
    void idle.evict()
    makeRoom(tenant)
  }

  /** The servers that stay as long as these claims wait. */
  function heldBy(waiting: readonly Claim[]): Tenant[] {
    const leases = waiting.flatMap(({ besides }) => besides)
    return [...within].filter((one) => leases.some((lease) => one.leases.has(lease)))
  }

  /** The claims for which there is no room even when all others have had their turn. */
  function stuck(waiting: readonly Claim[]): readonly Claim[] {
    const there = heldBy(waiting)
    const left = waiting.filter(({ tenant }) => !within.has(tenant) && !fits(tenant, there))
    return left.length === waiting.length ? left : stuck(left)
  }

  return {
    enter(tenant) {
      const entry = Promise.withResolvers<void>()
      queue = [...queue, { tenant, admit: entry.resolve, refuse: entry.reject }]
      serve()
      return entry.promise
    },
    leave(tenant) {
      within.delete(tenant)
      leaving.delete(tenant)
      serve()
    },
    close() {
      for (const { tenant, refuse } of queue) refuse(unwanted(tenant))
      queue = []
    },
    released(tenant) {
      if (within.delete(tenant)) within.add(tenant) // now it is the one used last
      serve()
    },
    claim(tenant, besides) {
      const claim = { tenant, besides }
      if (stuck([...claims, claim]).includes(claim)) {
        const held = heldBy([...claims, claim])
        throw deadlock(tenant, { held, place: crowded(tenant, held)!, maxServers })
      }
      claims.add(claim)
      serve() // who holds something goes first from now on
      return () => claims.delete(claim)
    },
  }
}

interface Place {
  readonly name: string
  /** Servers on it. @default the pool's limit */
  readonly most?: number
  /** Whether servers share its memory. */
  readonly isShared: boolean
}

function placesOf({ need: { gpus, port } }: Tenant): readonly Place[] {
  const names = gpus.length > 0 ? gpus.map((id) => `GPU ${id}`) : ['this machine']
  const shared = names.map((name) => ({ name, isShared: true }))
  if (typeof port !== 'number') return shared
  return [...shared, { name: `port ${port}`, most: 1, isShared: false }]
}

function isOn(tenant: Tenant, place: string): boolean {
  return placesOf(tenant).some(({ name }) => name === place)
}

function meet(one: Tenant, other: Tenant): boolean {
  return placesOf(one).some(({ name }) => isOn(other, name))
}

function nameOf({ need: { provider, model } }: Tenant): string {
  return `${provider}/${model}`
}

function unwanted(tenant: Tenant): AssayError {
  const message = `${nameOf(tenant)}: nobody waits for it any more.`
  return new AssayError(message, { kind: 'cancelled', provider: tenant.need.provider })
}

interface Deadlock {
  readonly held: readonly Tenant[]
  readonly place: Place
  readonly maxServers: number
}

function deadlock(tenant: Tenant, { held, place, maxServers }: Deadlock): AssayError {
  const others = held.filter((one) => isOn(one, place.name))
  const message =
    `${nameOf(tenant)} would wait for ever: on ${place.name} there is no room for it beside ` +
    `${others.map((one) => nameOf(one)).join(' and ')}, which is held by who waits for it. ` +
    `${remedy()}, or put one of them elsewhere.`
  return new AssayError(message, { kind: 'setup', provider: tenant.need.provider })

  function remedy(): string {
    if (!place.isShared) return 'Give it another `port`'
    if (others.length >= maxServers) return `\`maxServers\` is ${maxServers}; raise it`
    return 'Together they want more than its memory; lower `gpuMemory`'
  }
}
