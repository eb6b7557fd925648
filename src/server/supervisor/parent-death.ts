import { execFile } from 'node:child_process'
import { delimiter, isAbsolute } from 'node:path'
import { promisify } from 'node:util'
import { findProgram } from '../find-program.ts'

const FLAGS = ['--pdeathsig', 'TERM', '--']

/**
 * What goes before a command so that the kernel asks it to end when this process is killed; nothing where the
 * system has no such program. It holds for the thread that starts the command, so this must be the first one.
 */
export async function endWithParent(path: string = process.env['PATH'] ?? ''): Promise<string[]> {
  if (process.platform !== 'linux') return []
  const folders = path.split(delimiter).filter((folder) => isAbsolute(folder))
  const place = { cwd: '/', path: folders.join(delimiter) }
  const setpriv = await findProgram('setpriv', place)
  if (setpriv === undefined) return []
  try {
    await promisify(execFile)(setpriv, [...FLAGS, 'true']) // the one of BusyBox does not know the flag
    return [setpriv, ...FLAGS]
  } catch {
    return []
  }
}
