import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { JournalPlace } from '../evaluation/journal.ts'
import type { RowRecord } from '../evaluation/record.ts'

/** Reads single lines of a run's journals. */
export async function readRecords(
  runDir: string,
  places: readonly JournalPlace[],
): Promise<readonly RowRecord[]> {
  return Promise.all(places.map((place) => readRecord(runDir, place)))
}

async function readRecord(runDir: string, place: JournalPlace): Promise<RowRecord> {
  await using file = await open(join(runDir, place.file))
  const buffer = Buffer.alloc(place.length)
  await file.read(buffer, 0, place.length, place.offset)
  return JSON.parse(buffer.toString()) as RowRecord
}
