import { type ProcessEntry, type ProcessTable, processTable } from './process-table.ts'
import { MARK } from '../protocol.ts'

export interface TreeOptions {
  /** The first process, if it is known that this is it: it leads its own session. */
  readonly leader: { readonly pid: number; readonly start: string } | null
  /** Value of `MARK` in the environment of all. */
  readonly mark: string
  readonly table?: ProcessTable
}

/** The processes of one server. */
export interface ProcessTree {
  /** Those that live now; what was seen once is still found when its parent is gone. */
  members(): ProcessEntry[]
}

/**
 * A process belongs to the tree if it carries the mark, if its parent does, or if the session is one that the
 * tree has opened. So neither a new session, nor an emptied environment, nor the end of its parent hides it
 * alone.
 */
export function createTree({ leader, mark, table = processTable }: TreeOptions): ProcessTree {
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
        if (!known.has(entry.pid) && table.hasVariable(entry.pid, MARK, mark)) add(entry)
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
