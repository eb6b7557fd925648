import { connect } from 'node:net'
import { join } from 'node:path'
import { processTable } from './process-table.ts'

/** Whether a file of the state folder is named after a supervisor. */
export function isOwner(name: string): boolean {
  return /^\d+-[\w.]+$/.test(name)
}

/** The name of a supervisor, after its process: also that of its folder. */
export function ownerName(pid: number = process.pid): string {
  return `${pid}-${processTable.startOf(pid)}`
}

export function pidOf(owner: string): number {
  return Number.parseInt(owner, 10)
}

/** Where a supervisor answers `assay servers`. */
export function controlPath(state: string, owner: string): string {
  if (process.platform === 'win32') return String.raw`\\.\pipe\assay-servers-${owner}`
  return join(state, owner, 'control.sock')
}

/** Whether a supervisor lives; one in another container is seen by its socket alone. */
export async function isAlive(state: string, owner: string): Promise<boolean> {
  return ownerName(pidOf(owner)) === owner || answers(controlPath(state, owner))
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('error', (error) => {
      const code = 'code' in error ? error.code : undefined
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT')
    })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
