import { realpathSync } from 'node:fs'
import { type ProcessEntry, type ProcessTable, processTable } from './process-table.ts'
import { MARK } from '../protocol.ts'

export interface TreeOptions {
  /** The first process, if it is known that this is it: it leads its own session. */
  readonly leader: { readonly pid: number; readonly start: string } | null
  /** Value of `MARK` in the environment of all. */
  readonly mark: string
  /** File to which the server's output goes, and no other's. @default unknown */
  readonly log?: string | undefined
  readonly table?: ProcessTable
}

/** The processes of one server. */
export interface ProcessTree {
  /** Those that live now; what was seen once is still found when its parent is gone. */
  members(): ProcessEntry[]
}

/**
 * A process belongs to the tree if it carries the mark or writes to the log, if its parent does, or if the
 * session is one that the tree has opened. So none of a new session, an emptied environment, an output of its
 * own and the end of its parent hides it alone.
 */
export function createTree({ leader, mark, log, table = processTable }: TreeOptions): ProcessTree {
  const path = log === undefined ? undefined : realPath(log)
  const known = new Map<number, string>()
  const sessions = new Set<number>()
  if (leader) {
    known.set(leader.pid, leader.start)
    sessions.add(leader.pid)
  }

  function add({ pid, session, start }: ProcessEntry): void {
    known.set(pid, start)
    // the session of any other may be that of a person's terminal
    if (session === pid) sessions.add(session)
  }

  function isOurs(pid: number): boolean {
    if (table.hasVariable(pid, MARK, mark)) return true
    return path !== undefined && table.writesTo(pid, path)
  }

  /** Lets go of pids that now belong to others. */
  function forget(entries: readonly ProcessEntry[]): void {
    const starts = new Map(entries.map(({ pid, start }) => [pid, start]))
    for (const [pid, start] of known) if (starts.get(pid) !== start) known.delete(pid)
    for (const pid of sessions) if (starts.has(pid) && !known.has(pid)) sessions.delete(pid)
  }

  return {
    members() {
      const entries = table.list().filter(({ pid }) => pid > 1 && pid !== process.pid)
      forget(entries)
      for (const entry of entries) {
        const { pid } = entry
        if (!known.has(pid) && isOurs(pid)) add(entry)
      }
      const isNew = ({ pid, parent, session }: ProcessEntry) =>
        !known.has(pid) && (known.has(parent) || sessions.has(session))
      for (let found = entries; found.length > 0;) {
        found = entries.filter(isNew)
        found.forEach(add)
      }
      return entries.filter(({ pid }) => known.has(pid))
    },
  }
}

/** As the system knows the file, without links; as it was given when it is gone. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
