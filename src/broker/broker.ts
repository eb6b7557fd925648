import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { messageOf } from '../model/error.ts'
import type { Budget } from '../model/permit.ts'
import { createLazyPool } from '../server/lazy-pool.ts'
import type { PoolOptions, ServerPool } from '../server/pool.ts'
import { createAddress } from './address.ts'
import { createSpending, type Spending } from './budget.ts'
import { createDesk, type DeskOptions, type PermitDesk } from './desk.ts'
import { createLineWriter, readLines } from './lines.ts'
import type { ProgressMessage, ToBroker, ToWorker } from './protocol.ts'
import { serveDesk } from './serve-desk.ts'
import { serveLeases } from './serve-leases.ts'

export interface BrokerOptions extends DeskOptions {
  readonly budget?: Budget
  /** Of local servers. */
  readonly servers?: Pick<PoolOptions, 'maxServers' | 'logDir'>
}

/** The desk in the main process that the workers of a run talk to, and the local servers that they share. */
export interface Broker {
  readonly address: string
  /** The latest word on each eval, by its id. */
  readonly progress: ReadonlyMap<string, ProgressMessage>
  readonly desk: PermitDesk
  readonly spending: Spending
  readonly servers: Pick<ServerPool, 'history' | 'waits'>
  /** Refuses all that waits, and resolves when no local server runs. */
  close(): Promise<void>
}

/** Starts listening. Nothing of it keeps the process alive. */
export async function startBroker({
  budget = {},
  servers = {},
  notice = () => {},
  ...options
}: BrokerOptions = {}): Promise<Broker> {
  const { path, folder } = await createAddress()
  const progress = new Map<string, ProgressMessage>()
  const workers = new Map<Socket, (message: ToWorker) => void>()
  const desk = createDesk({ notice, ...options })
  const pool = createLazyPool({ ...servers, notice, leftovers: folder ? [folder] : [] })
  const spending = createSpending(budget, {
    notice,
    onSpent: (reason) => workers.forEach((tell) => tell({ type: 'spent', reason })),
  })
  const server = createServer((socket) => {
    const tell: (message: ToWorker) => void = createLineWriter(socket)
    const counter = serveDesk(desk, tell)
    const account = serveLeases(pool, tell)
    workers.set(socket, tell)
    if (spending.spent !== undefined) tell({ type: 'spent', reason: spending.spent })
    socket.unref()
    socket.on('error', () => {}) // a worker that was killed
    socket.on('close', () => {
      workers.delete(socket)
      counter.close()
      account.close()
    })
    readLines(socket, (line) => {
      const message = line as ToBroker
      switch (message.type) {
        case 'progress':
          progress.set(message.evalId, message)
          break
        case 'spend':
          spending.add(message)
          break
        case 'borrow':
        case 'recover':
        case 'return':
          account.receive(message)
          break
        default:
          counter.receive(message)
      }
    })
  })
  const removeFolder = () => {
    if (folder) rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', removeFolder) // a run that ends without closing
  server.listen(path)
  await once(server, 'listening')
  server.unref()

  return {
    address: path,
    progress,
    desk,
    spending,
    servers: pool,
    async close() {
      for (const socket of workers.keys()) socket.destroy()
      server.close()
      desk.close()
      process.off('exit', removeFolder)
      removeFolder()
      await endOf(pool, notice)
    },
  }
}

async function endOf(pool: ServerPool, notice: (line: string) => void): Promise<void> {
  try {
    await pool.close()
  } catch (error) {
    notice(`Local servers could not be stopped in order: ${messageOf(error)}`)
  }
}
