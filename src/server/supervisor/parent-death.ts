import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'

const FLAGS = ['--pdeathsig', 'TERM', '--']

/**
 * What goes before a command so that the kernel asks it to end when this process is killed; nothing where the
 * system has no such program. It holds for the thread that starts the command, so this must be the first one.
 */
export async function endWithParent(path: string = process.env['PATH'] ?? ''): Promise<string[]> {
  if (process.platform !== 'linux') return []
  const setpriv = path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, 'setpriv'))
    .find(isExecutable)
  if (setpriv === undefined) return []
  try {
    await promisify(execFile)(setpriv, [...FLAGS, 'true']) // the one of BusyBox does not know the flag
    return [setpriv, ...FLAGS]
  } catch {
    return []
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
