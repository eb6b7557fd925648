import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { AssayError, messageOf } from '../model/error.ts'
import { type RowRecord, toJournal } from './record.ts'

/** Where a line lies, so that the report reads single rows and not the whole journal. */
export interface JournalPlace {
  readonly file: string
  /** Bytes from the start of the file. */
  readonly offset: number
  readonly length: number
}

/** The append-only record of one worker: a line is on disk before its row counts as done. */
export interface Journal {
  append(record: RowRecord): JournalPlace
}

let current: { runDir: string; journal: Journal; close(): void } | undefined

/** The journal of this worker in a run's folder. */
export function openJournal(runDir: string): Journal {
  if (current?.runDir !== runDir) {
    current?.close()
    current = createJournal(runDir)
  }
  return current.journal
}

function createJournal(runDir: string): NonNullable<typeof current> {
  const { file, descriptor } = createFile(runDir)
  let offset = 0

  function append(record: RowRecord): JournalPlace {
    const line = Buffer.from(`${toLine(record)}\n`)
    writeAll(descriptor, line, file)
    const place = { file, offset, length: line.length }
    offset += line.length
    return place
  }

  return { runDir, journal: { append }, close: () => closeSync(descriptor) }
}

/** A file of this worker's own; a worker that evaluates this module several times has several. */
function createFile(runDir: string): { file: string; descriptor: number } {
  const worker = `${process.pid}${threadId > 0 ? `-${threadId}` : ''}`
  for (let n = 1; ; n++) {
    const file = `rows-${worker}${n > 1 ? `.${n}` : ''}.jsonl`
    try {
      return { file, descriptor: openSync(join(runDir, file), 'ax') }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(file, error)
    }
  }
}

/** What a user's value holds that JSON cannot does not keep the rest of the line from the journal. */
function toLine(record: RowRecord): string {
  try {
    return JSON.stringify(record)
  } catch {
    const calls = record.calls.map((call) => ({ ...call, input: toJournal(call.input) }))
    return JSON.stringify({ ...record, row: toJournal(record.row), calls })
  }
}

function writeAll(descriptor: number, bytes: Buffer, file: string): void {
  try {
    let written = 0
    while (written < bytes.length) written += writeSync(descriptor, bytes, written)
  } catch (error) {
    throw unwritable(file, error)
  }
}

function unwritable(file: string, cause: unknown): AssayError {
  const message = `The journal ${file} cannot be written: ${messageOf(cause)}`
  return new AssayError(message, { kind: 'internal', cause })
}
