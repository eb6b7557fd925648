import type { ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { firstHalf } from './body.ts'
import type { Answer } from './compose.ts'

/**
 * Sends an answer as far as it goes, with `eventInterval` milliseconds after each event of a stream. Calls
 * `onBreak` before it closes the connection on purpose.
 */
export async function deliver(
  response: ServerResponse,
  { status, headers, pieces, ending, drip }: Answer,
  { eventInterval, onBreak }: { eventInterval: number; onBreak: () => void },
): Promise<void> {
  const { socket } = response
  if (ending === 'hang') return
  if (ending === 'hang-up') {
    onBreak()
    socket?.destroy()
    return
  }
  response.writeHead(status, headers)
  if (ending === 'end' && pieces.length === 1 && drip === undefined) {
    response.end(pieces[0])
    return
  }
  const sent = ending === 'end' ? pieces : firstHalf(pieces)
  if (drip === undefined) await write(response, sent, eventInterval)
  else await write(response, [...Buffer.concat(sent)].map(toPiece), drip)
  if (response.destroyed || ending === 'stall') return
  if (ending === 'reset') {
    await nextTurn() // what was sent is to arrive before the reset does
    onBreak()
    socket?.resetAndDestroy()
  } else if (ending === 'truncate') {
    onBreak()
    socket?.destroySoon()
  } else {
    response.end()
  }
}

async function write(
  response: ServerResponse,
  pieces: readonly Uint8Array[],
  interval: number,
): Promise<void> {
  for (const piece of pieces) {
    await new Promise<void>((resolve) => {
      response.once('close', resolve)
      response.write(piece, () => {
        response.off('close', resolve)
        resolve()
      })
    })
    if (response.destroyed) return
    await pause(response, interval)
  }
}

function toPiece(byte: number): Uint8Array {
  return Uint8Array.of(byte)
}

/** Waits, but not for a client that has gone. */
export async function pause(response: ServerResponse, ms: number): Promise<void> {
  if (ms <= 0 || response.destroyed) return
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      response.off('close', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    response.on('close', done)
  })
}
