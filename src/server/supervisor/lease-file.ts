import { randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isAlive, ownerName } from './owner.ts'
import { codeOf } from './state-folder.ts'

/** Makes a file that names its owner, whole or not at all. Resolves with `false` if there is one. */
export async function createLease(path: string, owner: string): Promise<boolean> {
  const draft = `${path}~${randomUUID()}`
  await writeFile(draft, owner, { mode: 0o600 })
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    if (codeOf(error) !== 'ENOENT') throw error
    return await createLease(path, owner) // who tidied up took the empty draft for a dead one
  } finally {
    await rm(draft, { force: true })
  }
}

/**
 * Removes a lease whose owner is dead. Resolves with the owner that lives and has it, or is about to remove it.
 * A second file is the right to remove it: else who saw the dead owner late would remove the lease of the next.
 */
export async function removeDead(path: string): Promise<string | null> {
  for (;;) {
    const owner = await ownerOf(path)
    if (owner === null) return null
    if (await isAlive(dirname(path), owner)) return owner
    const right = `${path}~${owner}`
    if (await createLease(right, ownerName())) {
      if ((await ownerOf(path)) === owner) await rm(path, { force: true })
      await rm(right, { force: true })
    } else {
      const other = await removeDead(right)
      if (other !== null) return other
    }
  }
}

async function ownerOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}
