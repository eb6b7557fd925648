import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { createAddress } from './address.ts'
import type { ProgressMessage } from './protocol.ts'

/** The desk in the main process that the workers of a run talk to. */
export interface Broker {
  readonly address: string
  /** The latest word on each eval, by its id. */
  readonly progress: ReadonlyMap<string, ProgressMessage>
  close(): void
}

/** Starts listening. Nothing of it keeps the process alive. */
export async function startBroker(): Promise<Broker> {
  const { path, folder } = await createAddress()
  const progress = new Map<string, ProgressMessage>()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.unref()
    socket.on('error', () => {}) // a worker that was killed
    socket.on('close', () => sockets.delete(socket))
    createInterface({ input: socket }).on('line', (line) => {
      const message = JSON.parse(line) as ProgressMessage
      progress.set(message.evalId, message)
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
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      process.off('exit', removeFolder)
      removeFolder()
    },
  }
}
