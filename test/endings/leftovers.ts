import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Processes } from './processes.ts'

export type PortRange = readonly [first: number, last: number]

/** Where a run may leave something. */
export interface Traces {
  readonly processes: Processes
  /** Where its servers listen, and nobody else. */
  readonly ports: PortRange
  /** Its temporary folder. */
  readonly folder: string
}

/** What is left of a run, a line for each. */
export function leftovers({ processes, ports, folder }: Traces): string[] {
  return [
    ...processes.look().map(({ pid, command }) => `process ${pid}: ${command.slice(0, 200)}`),
    ...listeners(ports).map((port) => `port ${port}: something listens`),
    ...filesIn(folder).map((file) => `file ${file}`),
  ]
}

/** Ports of the range on which something listens. */
export function listeners([first, last]: PortRange): number[] {
  const ports = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(listening)
  return [...new Set(ports)].filter((port) => port >= first && port <= last)
}

const LISTEN = '0A'

function listening(table: string): number[] {
  const [, ...lines] = readFileSync(table, 'utf8').trim().split('\n')
  return lines.flatMap((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/)
    return state === LISTEN ? [Number.parseInt(local.split(':')[1]!, 16)] : []
  })
}

/** Vitest 4.1.12 keeps compiled modules for its forks there; killed, it leaves them, also without this package. */
const ownOfVitest = /^[\w-]{21}(\/ssr(\/.*)?)?$/

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !ownOfVitest.test(path))
    .map((path) => join(folder, path))
}
