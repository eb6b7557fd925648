import { resolve } from 'node:path'
import { AssayError } from '../model/error.ts'
import type {
  LeaseOptions,
  Leases,
  ServerHistory,
  ServerLease,
  ServerNeed,
} from '../model/lease.ts'
import { untilAborted } from '../model/until-aborted.ts'
import { createLocalServer, type LocalServer } from './local-server.ts'
import { keyOf } from './order.ts'
import { createRoom, type RoomOptions } from './room.ts'
import { startSupervisor, type Supervisor } from './supervise.ts'

export interface PoolOptions extends RoomOptions {
  /** Folder for the servers' logs. @default `.assay/servers` in the working directory */
  readonly logDir?: string | undefined
  /** Gets what a person should know. @default nobody */
  readonly notice?: ((line: string) => void) | undefined
  /** What servers inherit. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Folders of this process that the supervisor removes when it was killed. @default none */
  readonly leftovers?: readonly string[] | undefined
}

/** The local servers of a run: each is started when somebody first needs it, and shared from then on. */
export interface ServerPool extends Leases {
  readonly history: readonly ServerHistory[]
  /** What starts or waits for room, in words. */
  readonly waits: readonly string[]
  /** Stops all servers and waits until they are gone. Nothing is lent from then on. */
  close(): Promise<void>
}

export function createPool({
  maxServers,
  logDir = resolve('.assay/servers'),
  notice = () => {},
  env = process.env,
  leftovers,
}: PoolOptions = {}): ServerPool {
  const servers = new Map<string, LocalServer>()
  const room = createRoom({ maxServers })
  let supervisor: Supervisor | undefined
  let closing: Promise<void> | undefined

  const place = {
    room,
    logDir,
    notice,
    env,
    isClosing: () => closing !== undefined,
    supervisor: () => (supervisor ??= startSupervisor({ env, leftovers })),
  }

  function serverFor(need: ServerNeed): LocalServer {
    const key = keyOf(need)
    const server = servers.get(key) ?? createLocalServer(need, place)
    servers.set(key, server)
    return server
  }

  function createLease(server: LocalServer, need: ServerNeed): ServerLease {
    const lease: ServerLease = {
      key: server.key,
      get slots() {
        return server.slots
      },
      get address() {
        return server.address
      },
      recover: (seen, signal) => untilAborted(server.recover(seen, need), signal, need.provider),
      release() {
        if (!server.leases.delete(lease)) return
        server.show()
        room.released(server)
      },
    }
    return lease
  }

  return {
    async lease(need, { besides = [], signal }: LeaseOptions = {}) {
      if (closing) throw closed(need)
      const server = serverFor(need)
      const lease = createLease(server, need)
      const withdraw = room.claim(server, besides)
      server.leases.add(lease) // counted before the first wait: it cannot be evicted meanwhile
      try {
        await untilAborted(server.run(need), signal, need.provider)
        server.show()
        return lease
      } catch (error) {
        lease.release()
        throw error
      } finally {
        withdraw()
      }
    },
    get history() {
      return [...servers.values()].map(({ history }) => history).filter(({ starts }) => starts > 0)
    },
    get waits() {
      return [...servers.values()].flatMap(({ waitsFor }) => waitsFor ?? [])
    },
    close() {
      closing ??= supervisor?.close() ?? Promise.resolve()
      room.close()
      return closing
    },
  }
}

function closed({ provider, model }: ServerNeed): AssayError {
  const message = `${provider}/${model}: the run is over, and starts no server any more.`
  return new AssayError(message, { kind: 'cancelled', provider })
}
