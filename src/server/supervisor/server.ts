import { basename } from 'node:path'
import { launch } from './launch.ts'
import { leasePort } from './ports.ts'
import { HOST, type ListedServer, type ServerExit, type StartOrder } from '../protocol.ts'
import { removeRecord, type ServerRecord, writeRecord } from './record.ts'
import type { Place } from './state-folder.ts'
import { createStopper } from './stop.ts'

/** A server that this process has started. */
export interface Server {
  readonly pid: number
  readonly port: number
  /** When its first process has ended. Never rejects. */
  readonly exited: Promise<ServerExit>
  /** When nothing of it lives, and its port and record are free. Never rejects. */
  readonly gone: Promise<void>
  /** Asks for its end, which is forced after `grace` ms, at most those of its order. */
  stop(by: 'run' | 'person', grace?: number): void
  show(state: { readonly users: number; readonly ready: boolean }): void
  list(): Omit<ListedServer, 'runPid'>
}

/** @throws AssayError of kind `setup` if there is no port for it, or the program cannot be run */
export async function startServer(
  order: StartOrder,
  place: Place,
  prefix: readonly string[],
): Promise<Server> {
  const lease = await leasePort(order.port, place)
  const { port } = lease
  const record: ServerRecord = {
    version: 1,
    mark: order.id,
    pid: null,
    start: null,
    port,
    command: basename(order.command),
    log: order.log,
  }
  const free = async () => {
    await removeRecord(place.folder, order.id)
    await lease.release()
  }

  try {
    await writeRecord(place.folder, record) // before there is anything to find by it
    const { pid, start, tree, ended } = await launch(order, lease, prefix)
    const startedAt = new Date().toISOString()
    let by: ServerExit['by'] = null
    let shown = { users: 0, ready: false }
    const stopper = createStopper({ pid, tree, again: order.stopAgain })
    const recorded = writeRecord(place.folder, { ...record, pid, start }).catch(() => {}) // the mark is left
    return {
      pid,
      port,
      exited: (async () => ({ ...(await ended), by }))(),
      gone: (async () => {
        await ended
        await stopper.ended()
        await recorded
        await free().catch(() => {}) // somebody removed the folder
      })(),
      stop(asker, grace = order.stopGrace) {
        by ??= asker
        stopper.stop(Math.min(grace, order.stopGrace))
      },
      show({ users, ready }) {
        if (ready && !shown.ready) tree.members() // found from now on, whatever becomes of its parents
        shown = { users, ready }
      },
      list() {
        const { id, provider, model, log } = order
        const url = `http://${HOST}:${port}`
        return { id, provider, model, pid, port, url, ...shown, startedAt, log }
      },
    }
  } catch (error) {
    await free()
    throw error
  }
}
