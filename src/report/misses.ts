import type { RowRecord } from '../evaluation/record.ts'
import type { EvalSummary } from '../evaluation/summary.ts'
import type { CollectedEval } from './collect.ts'
import { readRecord } from './journal-reader.ts'

/** A row with a low score, and the eval that it belongs to. */
export interface Miss {
  readonly eval: EvalSummary
  readonly record: RowRecord
}

/** Reads the worst rows: the worst of each eval first, then the second worst of each, up to `count`. */
export async function readMisses(
  runDir: string,
  evals: readonly CollectedEval[],
  count: number,
): Promise<readonly Miss[]> {
  const ranked = evals.flatMap(({ summary }) =>
    summary.misses.map((place, rank) => ({ summary, place, rank })),
  )
  const chosen = ranked.toSorted((a, b) => a.rank - b.rank).slice(0, count)
  const read = chosen.map(async ({ summary, place }) => {
    const record = await readRecord(runDir, place)
    return record ? [{ eval: summary, record }] : []
  })
  return (await Promise.all(read)).flat()
}
