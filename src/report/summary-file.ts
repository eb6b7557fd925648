import { join } from 'node:path'
import type { EvalSummary } from '../evaluation/summary.ts'
import type { ServerHistory } from '../model/lease.ts'
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
  /** Local servers that were started. */
  readonly servers?: readonly ServerHistory[]
}

export function createSummary(
  run: Omit<RunSummary, 'version' | 'evals'>,
  evals: readonly CollectedEval[],
): RunSummary {
  const { runId, status, startedAt, durationMs, servers = [] } = run
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
    ...(servers.length > 0 && { servers }),
  }
}

export async function writeSummary(runDir: string, summary: RunSummary): Promise<void> {
  await writeAtomically(join(runDir, 'summary.json'), `${JSON.stringify(summary, undefined, 2)}\n`)
}
