import * as v from 'valibot'
import type { TestProjectInlineConfiguration } from 'vitest/config'
import { AssayError } from '../model/error.ts'
import { describeIssues } from '../model/issues.ts'
import { type RunRequestOptions, runRequestOptions } from '../request/options.ts'
import { instruction, type Instruction } from './file/schema.ts'
import { type RunOptions, runOptions } from './run-options.ts'

export interface EvalsOptions extends RunOptions, RunRequestOptions {
  /**
   * The configuration file, relative to the project's root; `false` for none. What it says goes before these
   * options. @default ASSAY_CONFIG, else assay.config.yaml, .yml or .json, if there is one
   */
  readonly config?: string | false | undefined
  /** Spec of the model that evals without `models` run on. */
  readonly model?: string | undefined
  /** Specs of their models where `model` names none: a test each. */
  readonly models?: readonly string[] | undefined
  /** Spec of the model of the fixture `judge`. */
  readonly judge?: string | undefined
  /** Spec of the model of the fixture `fixer`. */
  readonly fixer?: string | undefined
  /** Options and system instructions of models, by spec. */
  readonly modelConfigs?: Readonly<Record<string, Instruction>> | undefined
  /**
   * Packages, and files relative to the folder of the config, whose providers go before all others. @default none
   */
  readonly providers?: readonly string[] | undefined
  /** Whether providers of the packages that the project depends on are there, too. @default true */
  readonly discover?: boolean | undefined
  /**
   * Permits of the providers, as requests in flight over all evals and workers. A number is also the lanes of
   * an eval that does not say. @default adaptive permits, 10 lanes
   */
  readonly concurrency?: RunRequestOptions['concurrency']
  /** Which files are eval files. @default ['**\/*.eval.{js,mjs,ts,mts}'] */
  readonly include?: readonly string[]
  /** Runs the evals with every `vitest`, not only where `--project` or `EVALS=1` asks for them. @default false */
  readonly always?: boolean
  /** Folder of the runs' files, relative to the project's root. @default '.assay' */
  readonly outputDir?: string
  /** More of Vitest's options for the project. */
  readonly test?: Omit<NonNullable<TestProjectInlineConfiguration['test']>, 'name' | 'include'>
}

const name = v.optional(v.pipe(v.string('expected a spec, provider/model-name'), v.nonEmpty()))
const schema = v.strictObject({
  config: v.optional(v.union([v.string(), v.literal(false)], 'expected a path, or false')),
  model: name,
  models: v.optional(v.array(v.pipe(v.string(), v.nonEmpty()), 'expected a list of specs')),
  judge: name,
  fixer: name,
  modelConfigs: v.optional(v.record(v.string(), v.strictObject(instruction))),
  providers: v.optional(
    v.array(
      v.pipe(v.string('expected a package or a file, for the workers to load'), v.nonEmpty()),
    ),
  ),
  discover: v.optional(v.boolean()),
  ...runRequestOptions,
  ...runOptions,
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
