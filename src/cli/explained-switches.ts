import type { Explanation } from '../config/explain.ts'
import { readSwitches } from '../config/switches.ts'

/** What each switch of a run is called among the options. */
const variables = {
  models: 'ASSAY_MODEL',
  judge: 'ASSAY_JUDGE_MODEL',
  fixer: 'ASSAY_FIXER_MODEL',
  limit: 'ASSAY_LIMIT',
  rows: 'ASSAY_ROW',
  tags: 'ASSAY_TAGS',
  trials: 'ASSAY_TRIALS',
  cache: 'ASSAY_CACHE',
} as const

/** The switches that the environment sets. */
export function explainedSwitches(
  env: Readonly<Record<string, string | undefined>>,
  named: (source: string) => string,
): Explanation {
  const switches: Partial<Record<keyof typeof variables, unknown>> = readSwitches([], env)
  const entries = Object.entries(switches).map(([name, value]) => [
    name,
    { value, source: named(variables[name as keyof typeof variables]) },
  ])
  return Object.fromEntries(entries) as Explanation
}
