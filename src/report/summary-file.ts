import { join } from 'node:path'
import type { EvalSummary } from '../evaluation/summary.ts'
import type { CollectedEval } from './collect.ts'
import { writeAtomically } from './run-folder.ts'

/** `summary.json`: what a run came to. */
export interface RunSummary {
  readonly version: 1
  readonly runId: string
  readonly status: 'completed' | 'interrupted'
  readonly startedAt: string
  readonly durationMs: number
  readonly evals: readonly EvalSummary[]
}

export function createSummary(
  run: Pick<RunSummary, 'runId' | 'status' | 'startedAt' | 'durationMs'>,
  evals: readonly CollectedEval[],
): RunSummary {
  const { runId, status, startedAt, durationMs } = run
  return {
    version: 1,
    runId,
    status,
    startedAt,
    durationMs,
    evals: evals
      .filter(({ shown }) => shown)
      .map(
        ({ summary: { misses, errors, namedRows, modelOptions, datasetHash, ...summary } }) =>
          summary,
      ),
  }
}

export async function writeSummary(runDir: string, summary: RunSummary): Promise<void> {
  await writeAtomically(join(runDir, 'summary.json'), `${JSON.stringify(summary, undefined, 2)}\n`)
}
