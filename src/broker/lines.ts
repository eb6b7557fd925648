import type { Socket } from 'node:net'

/** Sends values as JSON lines; those of one turn of the event loop go out in one write. */
export function createLineWriter(socket: Socket): (message: object) => void {
  let pending = ''
  return (message) => {
    if (pending === '') queueMicrotask(flush)
    pending += `${JSON.stringify(message)}\n`
  }
  function flush(): void {
    const lines = pending
    pending = ''
    if (socket.writable) socket.write(lines)
  }
}

/** Calls `receive` with the value of each line that comes in. Who sends anything else is cut off. */
export function readLines(socket: Socket, receive: (message: unknown) => void): void {
  let rest = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      const message = parse(line)
      if (message === undefined) {
        socket.destroy()
        return
      }
      receive(message)
    }
  })
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
