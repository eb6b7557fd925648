import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createTree } from './process-tree.ts'
import { processTable } from './process-table.ts'

/** State of a socket that waits for connections, as /proc/net/tcp writes it. */
const LISTENING = '0A'

/**
 * Whether a process of a server listens on a port. `null` where that cannot be told: without /proc, or when
 * it is a process of another user that listens.
 */
export async function isListenedByTree(
  { id, pid }: { readonly id: string; readonly pid: number },
  port: number,
): Promise<boolean | null> {
  const sockets = listenersOf(port)
  if (sockets === null) return null
  const start = processTable.startOf(pid)
  const tree = createTree({ leader: start === null ? null : { pid, start }, mark: id })
  const members = tree.members().map((member) => member.pid)
  if (holdsOne(members, sockets)) return true
  if (sockets.size === 0) return false
  const others = processTable.list().map((other) => other.pid)
  return holdsOne(others, sockets) ? false : null
}

/** The links of /proc/<pid>/fd to the sockets that listen on a port; `null` without /proc. */
function listenersOf(port: number): ReadonlySet<string> | null {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  try {
    const lines = [...linesOf('/proc/net/tcp'), ...linesOf6()]
    const rows = lines.map((line) => line.trim().split(/\s+/))
    const found = rows.filter(([, local, , state]) => local?.endsWith(end) && state === LISTENING)
    return new Set(found.map((row) => `socket:[${row[9]}]`))
  } catch {
    return null
  }
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'latin1').split('\n')
}

function linesOf6(): string[] {
  return existsSync('/proc/net/tcp6') ? linesOf('/proc/net/tcp6') : []
}

function holdsOne(pids: readonly number[], sockets: ReadonlySet<string>): boolean {
  return pids.some((pid) => linksOf(pid).some((link) => sockets.has(link)))
}

function linksOf(pid: number): string[] {
  try {
    const folder = `/proc/${pid}/fd`
    return readdirSync(folder).flatMap((name) => linkOf(`${folder}/${name}`))
  } catch {
    return [] // it has ended, or belongs to somebody else
  }
}

function linkOf(path: string): string[] {
  try {
    return [readlinkSync(path)]
  } catch {
    return []
  }
}
