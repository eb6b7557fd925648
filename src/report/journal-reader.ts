import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { JournalPlace } from '../evaluation/journal.ts'
import type { RowRecord } from '../evaluation/record.ts'

/** Reads a single line of a run's journal; none when reports of other machines were merged without journals. */
export async function readRecord(
  runDir: string,
  place: JournalPlace,
): Promise<RowRecord | undefined> {
  const path = join(runDir, place.file)
  if (!existsSync(path)) return undefined
  await using file = await open(path)
  const buffer = Buffer.alloc(place.length)
  await file.read(buffer, 0, place.length, place.offset)
  return JSON.parse(buffer.toString()) as RowRecord
}
