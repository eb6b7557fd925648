import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { JournalPlace } from '../evaluation/journal.ts'
import type { RowRecord } from '../evaluation/record.ts'

/** Reads a single line of a run's journal. */
export async function readRecord(runDir: string, place: JournalPlace): Promise<RowRecord> {
  await using file = await open(join(runDir, place.file))
  const buffer = Buffer.alloc(place.length)
  await file.read(buffer, 0, place.length, place.offset)
  return JSON.parse(buffer.toString()) as RowRecord
}
