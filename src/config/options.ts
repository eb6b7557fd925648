import * as v from 'valibot'
import type { TestProjectInlineConfiguration } from 'vitest/config'
import type { EvalDefaults } from '../evaluation/settings.ts'
import { AssayError } from '../model/error.ts'
import { describeIssues } from '../model/issues.ts'
import type { Budget } from '../model/permit.ts'
import { type RunRequestOptions, runRequestOptions } from '../request/options.ts'

export interface EvalsOptions extends Omit<EvalDefaults, 'lanes'>, RunRequestOptions {
  /**
   * Permits of the providers, as requests in flight over all evals and workers. A number is also the lanes of
   * an eval that does not say. @default adaptive permits, 10 lanes
   */
  readonly concurrency?: RunRequestOptions['concurrency']
  /** What a run may spend; then the rows that are left are skipped, and the run fails. @default no limit */
  readonly budget?: Budget | undefined
  /** Whether the next run knows which keys cool down, and how much each was used. @default false */
  readonly rememberKeys?: boolean | undefined
  /**
   * Local model servers that may run at once on one GPU, or on the machine for those that name no `gpus`. One
   * that nobody uses makes room for the next. @default as many as there is GPU memory for
   */
  readonly maxServers?: number | undefined
  /** Which files are eval files. @default ['**\/*.eval.{js,mjs,ts,mts}'] */
  readonly include?: readonly string[]
  /** Runs the evals with every `vitest`, not only where `--project` or `EVALS=1` asks for them. @default false */
  readonly always?: boolean
  /** Folder of the runs' files, relative to the project's root. @default '.assay' */
  readonly outputDir?: string
  /** More of Vitest's options for the project. */
  readonly test?: Omit<NonNullable<TestProjectInlineConfiguration['test']>, 'name' | 'include'>
}

const amount = v.pipe(v.number(), v.gtValue(0))
const schema = v.strictObject({
  model: v.optional(v.pipe(v.string(), v.includes('/'))),
  ...runRequestOptions,
  budget: v.optional(
    v.pipe(
      v.strictObject({ usd: v.optional(amount), tokens: v.optional(amount) }),
      v.check(
        ({ usd, tokens }) => usd !== undefined || tokens !== undefined,
        'expected `usd`, `tokens` or both',
      ),
    ),
  ),
  rememberKeys: v.optional(v.boolean()),
  maxServers: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  rowTimeout: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(2 ** 31 - 1))),
  maxErrorRate: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  include: v.optional(v.array(v.string())),
  always: v.optional(v.boolean()),
  outputDir: v.optional(v.string()),
  test: v.optional(
    v.pipe(
      v.record(v.string(), v.any()),
      v.check(
        (test) => !('name' in test || 'include' in test),
        'the project is called "evals", and its files are those of `include` of evals()',
      ),
    ),
  ),
})

/** @throws AssayError for an option that the plugin does not have, or a value that it cannot be */
export function checkOptions(options: EvalsOptions): void {
  const { issues } = v.safeParse(schema, options)
  if (!issues) return
  throw new AssayError(`evals(): ${describeIssues(issues, schema)}.`, { kind: 'config' })
}
