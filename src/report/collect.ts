import type { TestCase, TestModule } from 'vitest/node'
import type { EvalSummary, ReportedSummary } from '../evaluation/summary.ts'

/** One eval of the report: its summary, and how Vitest ended its test. */
export interface CollectedEval {
  readonly summary: ReportedSummary
  readonly state: 'passed' | 'failed' | 'skipped' | 'pending'
  /** Whether its worker sent the aggregates. */
  readonly reported: boolean
  /** Whether it belongs into the report: it ran, or it should have. */
  readonly shown: boolean
}

/**
 * Reads the evals' aggregates from the tests' meta; an eval that never got to its rows has none of them. Files
 * come in the order of their names, so that two reports compare.
 */
export function collectEvals(modules: readonly TestModule[]): readonly CollectedEval[] {
  const inOrder = modules.toSorted((a, b) => (a.relativeModuleId < b.relativeModuleId ? -1 : 1))
  return inOrder.flatMap((module) => [...module.children.allTests()].flatMap(collectEval))
}

function collectEval(test: TestCase): CollectedEval[] {
  const meta = test.meta().assay
  if (!meta) return []
  const { state } = test.result()
  const summary = withFailure(meta.summary ?? emptySummary(test), test)
  const reported = meta.summary !== undefined
  return [{ summary, state, reported, shown: reported || state !== 'skipped' }]
}

/** What failed beside the rows, a timeout or a teardown, is the eval's failure too. */
function withFailure(summary: ReportedSummary, test: TestCase): ReportedSummary {
  const { state, errors } = test.result()
  if (state !== 'failed' || summary.failure !== null) return summary
  return { ...summary, failure: errors[0]?.message ?? 'failed' }
}

function emptySummary(test: TestCase): ReportedSummary {
  const meta = test.meta().assay!
  const file = test.module.relativeModuleId
  const suites = test.fullName.split(' > ').slice(0, -test.name.split(' > ').length)
  const empty: EvalSummary = {
    id: `${file} > ${test.fullName}`,
    file,
    name: [...suites, meta.name].join(' > '),
    model: meta.model,
    rows: 0,
    trials: 0,
    outcomes: { scored: 0, blocked: 0, error: 0, skipped: 0 },
    scores: {},
    usage: null,
    costUsd: 0,
    knownCostUsd: 0,
    roles: {},
    latencyMs: { p50: null, p95: null },
    gate: null,
    durationMs: test.diagnostic()?.duration ?? 0,
    complete: false,
    failure: null,
  }
  return { ...empty, misses: [], errors: [], namedRows: [], modelOptions: {}, datasetHash: '' }
}
