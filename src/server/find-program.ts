import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, resolve } from 'node:path'

export interface ProgramPlace {
  /** What relative paths start from. */
  readonly cwd: string
  /** Folders as in the variable PATH. */
  readonly path: string | undefined
}

/**
 * Returns the absolute path of a program, as a shell would find it: a name on the PATH, anything with a
 * slash from the working directory. `undefined` where there is no file that can be run.
 */
export async function findProgram(
  command: string,
  { cwd, path = '' }: ProgramPlace,
): Promise<string | undefined> {
  if (command === '') return undefined
  const folders = separator.test(command) ? [cwd] : path.split(delimiter)
  for (const folder of folders) {
    for (const ending of endings()) {
      const file = resolve(cwd, folder, command + ending)
      if (await isProgram(file)) return file
    }
  }
  return undefined
}

/** A backslash is a letter of a name but on Windows. */
const separator = process.platform === 'win32' ? /[/\\]/ : /\//

/** Windows runs `vllm.exe` for `vllm`. */
function endings(): readonly string[] {
  if (process.platform !== 'win32') return ['']
  const { PATHEXT = '.COM;.EXE;.BAT;.CMD' } = process.env
  return ['', ...PATHEXT.split(';')]
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return (await stat(file)).isFile()
  } catch {
    return false
  }
}
