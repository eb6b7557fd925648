import { AssayError } from '../model/error.ts'
import type { FoundProvider } from '../provider/found-provider.ts'
import { type ModelChoice, toConfiguredModel } from '../provider/model-choice.ts'
import type { ProjectModels } from '../provider/options/model-settings.ts'
import type { RequestPlan } from '../provider/request-plan.ts'
import type { ModelRole } from '../provider/options/settle.ts'
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
  /** Specs of the models of the roles, whatever the evals say. */
  readonly judge?: string
  readonly fixer?: string
}

/** What evals do that do not say otherwise. */
export interface EvalDefaults {
  /** The model of evals without `models`. */
  readonly model?: string | undefined
  /** Their models where `model` names none. */
  readonly models?: readonly string[] | undefined
  /** The models of the roles, where an eval names none. */
  readonly judge?: string | undefined
  readonly fixer?: string | undefined
  /** Lanes: rows of an eval in flight at once. @default 10, or the permits of its provider if more */
  readonly lanes?: number
  readonly rowTimeout?: number | undefined
  readonly maxErrorRate?: number | undefined
  /** Providers by their other names, where they have permits of their own. */
  readonly aliases?: Readonly<Record<string, string>>
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
  /** What the project says of models. */
  readonly models: ProjectModels
  /** Providers of other packages and of files. */
  readonly providers: readonly FoundProvider[]
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
  const { model, models = [] } = defaults
  const specs = model === undefined ? models : [model]
  if (specs.length === 0) return [{ model: undefined, named: false }]
  return specs.map((spec) => ({ model: { spec, baseDir: root }, named: specs.length > 1 }))
}

/** Time for one row, in milliseconds, where nothing else is said. */
export const ROW_TIMEOUT = 900_000

const LANES = 10

/** Lanes of an eval that does not say: no fewer than its provider has permits. */
export function defaultLanes(
  model: ChosenModel | undefined,
  { defaults, permits }: Pick<RunSettings, 'defaults' | 'permits'>,
): number {
  const [name = ''] = (model?.spec ?? defaults.model ?? '').split('/')
  const provider = defaults.aliases?.[name] ?? name
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

/** The model of a role: the run's, else the eval's own, else the configured one, and never another role's. */
export function roleModel(
  role: Exclude<ModelRole, 'model'>,
  own: ModelChoice | undefined,
  settings: RunSettings | undefined,
): ChosenModel {
  const asked = settings?.switches[role]
  if (asked === undefined && own !== undefined) return toConfiguredModel(own)
  const spec = asked ?? settings?.defaults[role]
  if (settings && spec !== undefined) return { spec, baseDir: settings.root }
  const variable = `ASSAY_${role.toUpperCase()}_MODEL`
  throw new AssayError(
    `There is no ${role}: name its model as \`${role}_model\` in assay.config.yaml, evals({ ${role} }), ` +
      `foreach(rows, { ${role} }), \`-- --${role} provider/name\` or ${variable}.`,
    { kind: 'config' },
  )
}

/** The model of tests that name none. */
export function defaultModel(settings: RunSettings | undefined): ChosenModel {
  const { switches, defaults } = settings ?? {}
  const spec = switches?.models?.[0] ?? defaults?.model ?? defaults?.models?.[0]
  if (settings && spec !== undefined) return { spec, baseDir: settings.root }
  throw new AssayError(
    'There is no model: give `models` to foreach, run with `-- --model provider/name` (or ASSAY_MODEL), ' +
      'or configure a default, evals({ model }).',
    { kind: 'config' },
  )
}
