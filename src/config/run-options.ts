import * as v from 'valibot'
import type { EvalDefaults } from '../evaluation/settings.ts'
import type { Budget } from '../model/permit.ts'

/** What holds for a run and is neither about its requests nor about its models. */
export interface RunOptions extends Pick<EvalDefaults, 'rowTimeout' | 'maxErrorRate'> {
  /** What a run may spend; then the rows that are left are skipped, and the run fails. @default no limit */
  readonly budget?: Budget | undefined
  /** Whether the next run knows which keys cool down, and how much each was used. @default false */
  readonly rememberKeys?: boolean | undefined
  /**
   * Local model servers that may run at once on one GPU, or on the machine for those that name no `gpus`. One
   * that nobody uses makes room for the next. @default as many as there is GPU memory for
   */
  readonly maxServers?: number | undefined
}

const amount = v.pipe(v.number(), v.gtValue(0))

/** The fields of RunOptions, for a schema to take in. */
export const runOptions: {
  [name in keyof RunOptions]-?: v.GenericSchema<unknown, RunOptions[name]>
} = {
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
}
