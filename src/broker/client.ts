import { connect, type Socket } from 'node:net'
import { AssayError } from '../model/error.ts'
import type { Leases } from '../model/lease.ts'
import type { Desk } from '../model/permit.ts'
import { createLineWriter, readLines } from './lines.ts'
import type { ProgressMessage, SpendMessage, ToBroker, ToWorker } from './protocol.ts'
import { createRemoteDesk } from './remote-desk.ts'
import { createRemoteLeases } from './remote-leases.ts'

const INTERVAL = 250

/** A worker's line to the broker. */
export interface BrokerClient extends Desk, Leases {
  /** Says how far an eval is; only the latest word of an interval is sent. */
  report(evalId: string, rows: number, errors: number): void
  /** Says what a call has cost. */
  spend(cost: Omit<SpendMessage, 'type'>): void
  /** Why no further row may begin; `undefined` as long as one may. */
  readonly spent: string | undefined
}

/** A connection of its own. */
export interface Connection {
  readonly address: string
  readonly client: BrokerClient
  readonly socket: Socket
}

let current: Connection | undefined

/** The worker's one connection to the broker at `address`. */
export function brokerAt(address: string): BrokerClient {
  if (current?.address !== address) {
    current?.socket.destroy()
    current = connectTo(address)
  }
  return current.client
}

export function connectTo(address: string): Connection {
  const socket = connect(address)
  const send: (message: ToBroker) => void = createLineWriter(socket)
  const desk = createRemoteDesk(send)
  const leases = createRemoteLeases(send)
  const pending = new Map<string, ProgressMessage>()
  let timer: NodeJS.Timeout | undefined
  let spent: string | undefined

  socket.unref()
  socket.on('error', () => {}) // without a broker a run has no progress to show; requests say it themselves
  socket.on('close', () => {
    const message = 'The main process of the run is gone, and with it the leave to send requests.'
    const gone = new AssayError(message, { kind: 'internal' })
    desk.close(gone)
    leases.close(gone)
  })
  readLines(socket, (line) => {
    const message = line as ToWorker
    switch (message.type) {
      case 'spent':
        spent = message.reason
        break
      case 'leased':
      case 'recovered':
      case 'withheld':
        leases.receive(message)
        break
      default:
        desk.receive(message)
    }
  })

  function flush(): void {
    timer = undefined
    for (const message of pending.values()) send(message)
    pending.clear()
  }

  const client: BrokerClient = {
    acquire: (request) => desk.acquire(request),
    lease: (need, options) => leases.lease(need, options),
    report(evalId, rows, errors) {
      pending.set(evalId, { version: 1, type: 'progress', evalId, rows, errors })
      timer ??= setTimeout(flush, INTERVAL).unref()
    },
    spend: (cost) => send({ type: 'spend', ...cost }),
    get spent() {
      return spent
    },
  }
  return { address, socket, client }
}
