import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive, isOwner } from './owner.ts'
import { removeDead } from './lease-file.ts'
import { isLease } from './ports.ts'
import { createTree } from './process-tree.ts'
import { processTable } from './process-table.ts'
import { readRecords, type ServerRecord } from './record.ts'
import { removeIfEmpty, requireOwn, stateFolder } from './state-folder.ts'
import { killTree } from './stop.ts'

/**
 * Ends the servers of supervisors that were killed, and removes their files. What belongs to one that lives is
 * left alone.
 */
export async function reap(state: string = stateFolder()): Promise<void> {
  const names = await readdir(state).catch(() => [])
  if (names.length === 0) return
  await requireOwn(state)
  await Promise.all(names.filter(isOwner).map((owner) => reapOwner(state, owner)))
  for (const name of names.filter(isLease)) await removeDead(join(state, name))
  await removeIfEmpty(state)
}

async function reapOwner(state: string, owner: string): Promise<void> {
  if (await isAlive(state, owner)) return
  const folder = join(state, owner)
  await Promise.all((await readRecords(folder)).map(killRecorded))
  await rm(folder, { recursive: true, force: true })
}

/** Kills what the start time, the mark or the log proves to be the server. */
async function killRecorded({ pid, start, mark, log }: ServerRecord): Promise<void> {
  const isLeader = pid !== null && start !== null && processTable.startOf(pid) === start
  await killTree(createTree({ leader: isLeader ? { pid, start } : null, mark, log }))
}
