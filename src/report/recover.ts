import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { JournalPlace } from '../evaluation/journal.ts'
import type { RowRecord } from '../evaluation/record.ts'
import type { ReportedSummary } from '../evaluation/summary.ts'
import { Tally } from '../evaluation/tally.ts'
import type { CollectedEval } from './collect.ts'

/**
 * Adds up the journal for evals whose worker died before it could report: what was scored is on disk. Evals
 * that reported stay as they are.
 */
export async function recoverEvals(
  runDir: string,
  evals: readonly CollectedEval[],
): Promise<readonly CollectedEval[]> {
  const reported = new Set(evals.filter((one) => one.reported).map(({ summary }) => summary.id))
  const lost = new Set(evals.map(({ summary }) => summary.id).filter((id) => !reported.has(id)))
  if (lost.size === 0) return evals
  const tallies = await tallyJournals(runDir, lost)
  return evals.map((one) => {
    const tally = tallies.get(one.summary.id)
    return tally ? { ...one, summary: recovered(one.summary, tally) } : one
  })
}

interface Found {
  readonly attempt: RowRecord['attempt']
  readonly model: string | null
  readonly tally: Tally
  trials: number
}

async function tallyJournals(
  runDir: string,
  evalIds: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Found>> {
  const found = new Map<string, Found>()
  for await (const { record, place } of journalLines(runDir)) {
    if (!evalIds.has(record.evalId)) continue
    let entry = found.get(record.evalId)
    if (entry && isLater(entry.attempt, record.attempt)) continue
    if (!entry || isLater(record.attempt, entry.attempt)) {
      const { attempt, model } = record
      entry = { attempt, model, tally: new Tally(Infinity, []), trials: 0 }
      found.set(record.evalId, entry)
    }
    entry.tally.add(record, place)
    entry.trials = Math.max(entry.trials, record.trial + 1)
  }
  for (const { tally } of found.values()) tally.close()
  return found
}

function recovered(summary: ReportedSummary, { tally, model, trials }: Found): ReportedSummary {
  return {
    ...summary,
    model,
    ...tally.figures(),
    trials,
    failure: summary.failure ?? 'its worker ended before its rows did',
  }
}

function isLater(a: RowRecord['attempt'], b: RowRecord['attempt']): boolean {
  return a.repeat > b.repeat || (a.repeat === b.repeat && a.retry > b.retry)
}

/** Every line of every journal of a run. A last line that was torn by a crash is no line. */
async function* journalLines(
  runDir: string,
): AsyncGenerator<{ record: RowRecord; place: JournalPlace }> {
  const files = (await readdir(runDir)).filter((name) => /^rows-.*\.jsonl$/.test(name))
  for (const file of files) {
    let offset = 0
    for await (const line of createInterface({ input: createReadStream(join(runDir, file)) })) {
      const length = Buffer.byteLength(line) + 1
      const record = parse(line)
      if (record) yield { record, place: { file, offset, length } }
      offset += length
    }
  }
}

function parse(line: string): RowRecord | undefined {
  try {
    return JSON.parse(line) as RowRecord
  } catch {
    return undefined
  }
}
