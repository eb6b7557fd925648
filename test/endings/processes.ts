import { readdirSync, readFileSync } from 'node:fs'

/** A process that lives: zombies do not. */
export interface Seen {
  readonly pid: number
  readonly parent: number
  /** Tells it from a later process with its pid. */
  readonly start: string
  readonly command: string
}

/** The processes of one run. */
export interface Processes {
  /** Those that live now. */
  look(): Seen[]
  /** Kills what lives, and waits until nothing does. */
  kill(): Promise<void>
}

/** What every process of a run inherits, unless it starts with an empty environment. */
export const MARK = 'ASSAY_ENDING'

/**
 * Follows what carries the mark, and the children of it, as long as this is called often enough to see them
 * before their parents end. Not by the means of the supervisor: what these overlook is to be found here.
 */
export function followProcesses(mark: string): Processes {
  const known = new Map<number, string>()
  const look = () => {
    const living = readdirSync('/proc').flatMap(readProcess)
    const starts = new Map(living.map(({ pid, start }) => [pid, start]))
    for (const [pid, start] of known) if (starts.get(pid) !== start) known.delete(pid)
    const isNew = ({ pid, parent }: Seen) =>
      !known.has(pid) && (known.has(parent) || carries(pid, mark))
    for (let found = living; found.length > 0;) {
      found = living.filter(isNew)
      for (const { pid, start } of found) known.set(pid, start)
    }
    return living.filter(({ pid }) => known.has(pid))
  }
  return {
    look,
    async kill() {
      for (let living = look(); living.length > 0; living = look()) {
        for (const { pid } of living) send(pid, 'SIGKILL')
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
  }
}

/** Sends a signal to a process, or with a negative pid to its group; one that has ended needs none. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function readProcess(name: string): Seen[] {
  if (!/^\d+$/.test(name)) return []
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
    const [state = '', parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if ('ZXx'.includes(state)) return []
    const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    return [{ pid: Number(name), parent: Number(parent), start: rest[17]!, command }]
  } catch {
    return [] // it has just ended
  }
}

function carries(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${MARK}=${mark}`)
  } catch {
    return false // it has just ended, or is somebody else's
  }
}
