import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A process that lives. Zombies are none: they hold nothing, and PID 1 of a container may never reap them. */
export interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  /** Its process group where the system does not tell sessions apart. */
  readonly session: number
  /** When it was started: tells it from a later process with its pid. */
  readonly start: string
}

/** What this computer runs. */
export interface ProcessTable {
  list(): ProcessEntry[]
  /** `null` for a process that is not there. */
  startOf(pid: number): string | null
  /** Whether the process was started with this variable; also false where that cannot be seen. */
  hasVariable(pid: number, name: string, value: string): boolean
  /** Whether its standard output or error goes to this file; also false where that cannot be seen. */
  writesTo(pid: number, path: string): boolean
}

/** Linux. */
export const procTable: ProcessTable = {
  list: () => readdirSync('/proc').flatMap((name) => (isPid(name) ? (readStat(name) ?? []) : [])),
  startOf: (pid) => readStat(String(pid))?.start ?? null,
  hasVariable(pid, name, value) {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1')
      return `\0${environment}\0`.includes(`\0${name}=${value}\0`)
    } catch {
      return false // it has ended, or belongs to somebody else
    }
  },
  writesTo: (pid, path) => [1, 2].some((fd) => isOpenAs(pid, fd, path)),
}

function isOpenAs(pid: number, fd: number, path: string): boolean {
  try {
    const file = readlinkSync(`/proc/${pid}/fd/${fd}`)
    return file === path || file === `${path} (deleted)`
  } catch {
    return false // as above
  }
}

/** Where there is no /proc, as on macOS. */
export const psTable: ProcessTable = {
  list: () => ps('-axo'),
  startOf: (pid) => ps('-o', '-p', String(pid))[0]?.start ?? null,
  hasVariable: () => false,
  writesTo: () => false,
}

/** Windows: nothing but whether there is a process with this pid. */
const plainTable: ProcessTable = {
  list: () => [],
  startOf(pid) {
    try {
      process.kill(pid, 0)
      return 'unknown'
    } catch {
      return null
    }
  },
  hasVariable: () => false,
  writesTo: () => false,
}

export const processTable: ProcessTable = existsSync('/proc/self/stat')
  ? procTable
  : process.platform === 'win32'
    ? plainTable
    : psTable

function isPid(name: string): boolean {
  return /^\d+$/.test(name)
}

let boot: string | undefined

/** A start is counted from the boot, so that of the boot belongs to it. */
function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8)
  return boot
}

const dead = new Set(['Z', 'X', 'x'])

function readStat(pid: string): ProcessEntry | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // the name before it may hold spaces and brackets
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state = '', parent, , session] = fields
    if (dead.has(state)) return null
    const start = `${fields[19]}.${bootId()}`
    return { pid: Number(pid), parent: Number(parent), session: Number(session), start }
  } catch {
    return null
  }
}

function ps(columns: string, ...rest: string[]): ProcessEntry[] {
  const args = [columns, 'pid=,ppid=,pgid=,stat=,lstart=', ...rest]
  const env = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }
  try {
    const text = execFileSync('ps', args, {
      encoding: 'utf8',
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return text.split('\n').flatMap(parseLine)
  } catch {
    return [] // so it ends for a pid that is not there
  }
}

function parseLine(line: string): ProcessEntry[] {
  const found = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line)
  if (!found) return []
  const [, pid, parent, group, state = '', started] = found
  if (dead.has(state.charAt(0))) return []
  const start = String(Date.parse(`${started} UTC`) / 1000)
  return [{ pid: Number(pid), parent: Number(parent), session: Number(group), start }]
}
