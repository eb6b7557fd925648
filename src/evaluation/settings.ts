import { AssayError } from '../model/error.ts'
import { type ModelChoice, toConfiguredModel } from '../provider/model-choice.ts'
import type { RequestPlan } from '../provider/request-plan.ts'
import type { ChosenModel } from './definition.ts'

/** Which rows a run takes of each eval. */
export interface RowSwitches {
  /** At most this many rows of each eval. */
  readonly limit?: number
  /** Only the rows of these ids. */
  readonly rows?: readonly string[]
  /** Only the rows whose tags satisfy this expression. */
  readonly tags?: string
}

/** What the person who starts a run says of it; each narrows or replaces what the evals say. */
export interface RunSwitches extends RowSwitches {
  /** Specs that take the place of the evals' models. */
  readonly models?: readonly string[]
  /** How often each row is asked, whatever its eval says. */
  readonly trials?: number
}

/** What evals do that do not say otherwise. */
export interface EvalDefaults {
  /** The model of evals without `models`. */
  readonly model?: string
  /** Lanes: rows of an eval in flight at once. @default 10, or the permits of its provider if more */
  readonly lanes?: number
  readonly rowTimeout?: number
  readonly maxErrorRate?: number
}

/** What the main process tells the workers about the run. Plain data. */
export interface RunSettings {
  readonly version: 1
  readonly runId: string
  /** Folder of the run's files. */
  readonly runDir: string
  /** Where the broker listens. */
  readonly broker: string
  /** Folder of the config file, where relative paths in it start. */
  readonly root: string
  readonly switches: RunSwitches
  readonly defaults: EvalDefaults
  /** Permits by provider where they are fixed, and `default` of the others. */
  readonly permits: Readonly<Record<string, number>>
  /** Whether what rows cost must be told to the broker. */
  readonly hasBudget: boolean
  readonly requests: RequestPlan
}

declare module 'vitest' {
  interface ProvidedContext {
    assay: RunSettings
  }
}

/** The models that an eval runs on: the run's, else its own, else the default one. */
export function chooseModels(
  own: readonly ModelChoice[] | undefined,
  { switches, defaults, root }: Pick<RunSettings, 'switches' | 'defaults' | 'root'>,
): readonly { readonly model: ChosenModel | undefined; readonly named: boolean }[] {
  const configured = own?.map((choice) => toConfiguredModel(choice))
  requireNames(configured ?? [])
  if (switches.models) {
    const named = own !== undefined || switches.models.length > 1
    return switches.models.map((spec) => ({
      // the eval's own entry of this spec may have options
      model: configured?.find((one) => nameOf(one) === spec) ?? { spec, baseDir: root },
      named,
    }))
  }
  if (configured) return configured.map((model) => ({ model, named: true }))
  const { model } = defaults
  return [{ model: model === undefined ? undefined : { spec: model, baseDir: root }, named: false }]
}

const LANES = 10

/** Lanes of an eval that does not say: no fewer than its provider has permits. */
export function defaultLanes(
  model: ChosenModel | undefined,
  { defaults, permits }: Pick<RunSettings, 'defaults' | 'permits'>,
): number {
  const [provider = ''] = (model?.spec ?? defaults.model ?? '').split('/')
  return defaults.lanes ?? Math.max(LANES, permits[provider] ?? permits['default'] ?? 0)
}

/** What titles and reports call a model. */
export function nameOf({ name, spec }: ChosenModel): string {
  return name ?? spec
}

function requireNames(models: readonly ChosenModel[]): void {
  const names = models.map((model) => nameOf(model))
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice === undefined) return
  throw new AssayError(
    `foreach: two of the \`models\` are called "${twice}"; give each a name of its own, { spec, options, name }.`,
    { kind: 'config' },
  )
}

/** The model of tests that name none. */
export function defaultModel(settings: RunSettings | undefined): ChosenModel {
  const spec = settings?.switches.models?.[0] ?? settings?.defaults.model
  if (settings && spec !== undefined) return { spec, baseDir: settings.root }
  throw new AssayError(
    'There is no model: give `models` to foreach, run with `-- --model provider/name` (or ASSAY_MODEL), ' +
      'or configure a default, evals({ model }).',
    { kind: 'config' },
  )
}
