import type { IdOf } from '../dataset/identity.ts'
import type { Rows } from '../dataset/source.ts'
import type { RowTags } from '../dataset/tags.ts'
import type { StandardSchemaV1 } from '../model/standard-schema.ts'
import type { CheckedChoice, ConfiguredModel, ModelChoice } from '../provider/model-choice.ts'
import type { Gates } from './gates.ts'
import type { ReportedSummary } from './summary.ts'

export interface EvalOptions<
  Row = never,
  Models extends readonly unknown[] = readonly ModelChoice[],
> {
  /** Models to run on, one Vitest test each. @default the run's model */
  readonly models?: { readonly [Index in keyof Models]: CheckedChoice<Models[Index]> }
  /** The model of the fixture `judge`. @default the run's judge */
  readonly judge?: ModelChoice
  /** The model of the fixture `fixer`. @default the run's fixer */
  readonly fixer?: ModelChoice
  /** How often each row is asked; its value is the mean. @default 1 */
  readonly trials?: number
  /** Lanes: rows in flight at once. @default 10 */
  readonly concurrency?: number
  /** Reads no more than this many rows. @default all */
  readonly limit?: number
  /** Time for one row, in milliseconds; 0 for none. @default 900_000 */
  readonly rowTimeout?: number
  /** Share of the rows that may end in an error before the eval fails. @default 0 */
  readonly maxErrorRate?: number
  /** Tags for `--tags`: the names that rows carry in a field `tags`, or each name with its test. */
  readonly tags?: RowTags<Row>
  /** Reads the explicit id of a row. @default its field `id`, else a hash of its content */
  readonly id?: (row: Row) => string | number | undefined | null
  /** Checks and converts each row. */
  readonly schema?: StandardSchemaV1<unknown, unknown>
}

/** An eval as it was declared. */
export interface Definition {
  readonly name: string
  readonly rows: Rows<unknown>
  readonly columns: readonly string[] | undefined
  readonly options: Omit<EvalOptions, 'tags' | 'id'> & {
    readonly tags?: RowTags<never>
    readonly id?: IdOf
  }
  readonly body: (row: never, context: never) => unknown
  readonly gates: Gates[]
  /** Its stack leads to the line of the eval. */
  readonly declaredAt: Error
}

/** What a Vitest test knows of the eval and the model that it runs: `task.meta.assay`. */
export interface EvalMeta {
  readonly version: 1
  /** The eval's name without its model. */
  readonly name: string
  /** Spec of the model; `null` until a default one is set up. */
  model: string | null
  /** Set when the test has finished. */
  summary?: ReportedSummary
}

declare module 'vitest' {
  interface TaskMeta {
    assay?: EvalMeta
  }
}

/** The model of one test, and where its relative paths start if not at the eval file. */
export interface ChosenModel extends ConfiguredModel {
  readonly baseDir?: string | undefined
}

/** The models of one test. */
export interface ChosenModels {
  /** None where there is only the default one. */
  readonly model: ChosenModel | undefined
  /** What the eval itself names for its roles. */
  readonly judge?: ModelChoice | undefined
  readonly fixer?: ModelChoice | undefined
  /** Options of the model from all places, once it is set up. */
  options?: object
}

const chosen = new WeakMap<EvalMeta, ChosenModels>()

/** Remembers the models of a test. Vitest hands the same meta object to the test, also under `concurrent`. */
export function chooseModel(meta: EvalMeta, models: ChosenModels): void {
  chosen.set(meta, models)
}

/** The model that was chosen for a test; none without one, or outside of `foreach`. */
export function chosenModel(meta: EvalMeta | undefined): ChosenModel | undefined {
  return chosenModels(meta)?.model
}

/** The models that were chosen for a test; none outside of `foreach`. */
export function chosenModels(meta: EvalMeta | undefined): ChosenModels | undefined {
  return meta && chosen.get(meta)
}
