import { randomBytes } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AssayError, messageOf } from '../model/error.ts'

/** An id that sorts by time, to the millisecond: `20261121-095512-123-3f9a1c`. */
export function createRunId(now: Date): string {
  const [year, month, day, hour, minute, second, millisecond] = now.toISOString().split(/\D/)
  const random = randomBytes(3).toString('hex')
  return `${year}${month}${day}-${hour}${minute}${second}-${millisecond}-${random}`
}

/** Makes the folder of a run, under a folder that git ignores: prompts and responses lie in it. */
export async function createRunFolder(outputDir: string, runId: string): Promise<string> {
  const folder = join(outputDir, 'runs', runId)
  try {
    await mkdir(folder, { recursive: true })
  } catch (error) {
    const message = `The folder of the runs cannot be made: ${messageOf(error)}`
    throw new AssayError(message, { kind: 'config', cause: error })
  }
  await writeFile(join(outputDir, '.gitignore'), '*\n', { flag: 'wx' }).catch(ignoreExisting)
  return folder
}

/** Writes a file as a whole or not at all. */
export async function writeAtomically(path: string, content: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`
  await writeFile(draft, content)
  await rename(draft, path)
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
