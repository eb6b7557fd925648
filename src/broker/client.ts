import { connect, type Socket } from 'node:net'
import type { ProgressMessage } from './protocol.ts'

const INTERVAL = 250

/** A worker's line to the broker. */
export interface BrokerClient {
  /** Says how far an eval is; only the latest word of an interval is sent. */
  report(evalId: string, rows: number, errors: number): void
}

let current: { address: string; client: BrokerClient; socket: Socket } | undefined

/** The worker's one connection to the broker at `address`. */
export function brokerAt(address: string): BrokerClient {
  if (current?.address !== address) {
    current?.socket.destroy()
    current = createClient(address)
  }
  return current.client
}

function createClient(address: string): NonNullable<typeof current> {
  const socket = connect(address)
  socket.unref()
  socket.on('error', () => {}) // without the broker a run has no progress to show, and no other loss
  const pending = new Map<string, ProgressMessage>()
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    timer = undefined
    for (const message of pending.values()) socket.write(`${JSON.stringify(message)}\n`)
    pending.clear()
  }

  return {
    address,
    socket,
    client: {
      report(evalId, rows, errors) {
        pending.set(evalId, { version: 1, type: 'progress', evalId, rows, errors })
        timer ??= setTimeout(flush, INTERVAL).unref()
      },
    },
  }
}
