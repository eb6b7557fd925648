import * as v from 'valibot'
import type { LocatedRow } from '../../src/dataset/dataset.ts'
import { isRecord } from '../../src/request/is-record.ts'
import { type Located, objectOf, parse, parseRecording } from './recording.ts'

/** What a line of a run's journal says of the place of its calls; the whole is a `RowRecord`. */
interface JournalRow {
  readonly evalId: string
  readonly rowId: string
  readonly index: number
  readonly trial: number
  readonly attempt: { readonly retry: number; readonly repeat: number }
  readonly startedAt: string
  readonly calls: readonly unknown[]
}

const place = v.number()

const journalRow: v.GenericSchema<unknown, JournalRow> = objectOf({
  version: v.literal(1, 'expected a journal of version 1'),
  evalId: v.string(),
  rowId: v.string(),
  index: place,
  trial: place,
  attempt: objectOf({ retry: place, repeat: place }),
  startedAt: v.string(),
  calls: v.array(v.unknown()),
})

/** Whether a line is one of a journal, and no response by itself. */
export function isJournalRow(value: unknown): boolean {
  return isRecord(value) && 'rowId' in value && 'calls' in value
}

/**
 * The responses of journals, in the order of the dataset and its trials, whoever finished first. Of a row that ran
 * again the last line holds. A call that failed has no response, and vectors are none.
 */
export function responsesOf(lines: readonly LocatedRow[]): Located[] {
  const rows = lines
    .map(({ value, where }) => ({ ...parse(journalRow, value, where), where }))
    .toSorted((a, b) => a.attempt.retry - b.attempt.retry || compare(a.startedAt, b.startedAt))
  const lasting = new Map(rows.map((row) => [keyOf(row), row]))
  return [...lasting.values()]
    .toSorted(
      (a, b) =>
        compare(a.evalId, b.evalId) ||
        a.index - b.index ||
        a.attempt.repeat - b.attempt.repeat ||
        a.trial - b.trial,
    )
    .flatMap(({ calls, trial, where }) =>
      calls
        .filter((call) => !isRecord(call) || call['text'] !== null)
        .map((call) => ({ ...parseRecording(call, where), trial })),
    )
}

function keyOf({ evalId, rowId, trial, attempt }: JournalRow): string {
  return JSON.stringify([evalId, rowId, trial, attempt.repeat])
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
