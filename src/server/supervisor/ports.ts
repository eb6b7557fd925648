import { randomInt } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AssayError, messageOf } from '../../model/error.ts'
import type { PortChoice } from '../../model/lease.ts'
import { createLease, removeDead } from './lease-file.ts'
import { pidOf } from './owner.ts'
import { HOST } from '../protocol.ts'
import { codeOf, type Place } from './state-folder.ts'

/** A port that no other server of this user gets. */
export interface PortLease {
  readonly port: number
  release(): Promise<void>
}

/** Below the ports that systems give to outgoing connections, which could take one while a model loads. */
const AUTO = [21_000, 21_999] as const
/** Who removes the lease of a dead supervisor holds the port up for a moment. */
const ROUNDS = 8
const PAUSE = 20

/**
 * Leases a port: a file that all supervisors of this user see. To look whether a port is free would not do,
 * since vLLM listens minutes after it was told which one to use.
 * @throws AssayError of kind `setup` if none is free, saying who has it
 */
export async function leasePort(choice: PortChoice, place: Place): Promise<PortLease> {
  const [first, last] =
    choice === 'auto' ? AUTO : typeof choice === 'number' ? ([choice, choice] as const) : choice
  const count = last - first + 1
  const rounds = choice === 'auto' ? 1 : ROUNDS
  let reasons: string[] = []
  for (let round = 1; round <= rounds; round++) {
    reasons = []
    const shift = randomInt(count)
    for (let index = 0; index < count; index++) {
      const port = first + ((index + shift) % count)
      const reason = await take(port, place)
      if (reason === undefined) {
        return { port, release: () => rm(leaseOf(port, place.state), { force: true }) }
      }
      reasons.push(reason)
    }
    if (round < rounds) await sleep(randomInt(1, PAUSE))
  }
  throw new AssayError(sentence(first, last, reasons), { kind: 'setup' })
}

async function take(port: number, { state, owner }: Place): Promise<string | undefined> {
  const path = leaseOf(port, state)
  const holder = await removeDead(path)
  if (holder !== null) return leased(holder)
  if (!(await createLease(path, owner))) return 'another local server is just taking it'
  const problem = await tryPort(port).catch(messageOf)
  if (problem !== undefined) await rm(path, { force: true })
  return problem
}

/** Whether a file of the state folder is the lease of a port, or was made on the way to one. */
export function isLease(name: string): boolean {
  return name.startsWith('port-')
}

function leaseOf(port: number, state: string): string {
  return join(state, `port-${port}`)
}

function leased(owner: string): string {
  return `another local server has it (its supervisor is process ${pidOf(owner)})`
}

/** What is wrong with a port for which there is a lease: the lease says nothing of strangers. */
function tryPort(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error) => {
      const code = codeOf(error)
      const isTaken = code === 'EADDRINUSE'
      resolve(isTaken ? 'another program listens there' : `it cannot be used (${String(code)})`)
    })
    const close = () => server.close(() => resolve(undefined))
    server.listen({ port, host: HOST, exclusive: true }, close)
  })
}

function sentence(first: number, last: number, reasons: readonly string[]): string {
  const [reason = ''] = reasons
  if (first === last) {
    return `Port ${first} is not free: ${reason}. Choose another \`port\`, or 'auto'.`
  }
  const same = reasons.filter((other) => other === reason).length
  const others = same < reasons.length ? `; of ${same} of them: ${reason}` : `: ${reason}`
  return `None of the ports ${first} to ${last} is free${others}. Choose a wider range for \`port\`, or 'auto'.`
}
