import type { ServerRequirements } from '../../model/lease.ts'
import type { Capabilities } from '../../model/model.ts'

/** What a place says of one model. Plain data, in which a text may be a template. */
export interface ModelSettings {
  /** Options of its provider, under their own names, or as configuration files spell them. */
  readonly options?: Readonly<Record<string, unknown>>
  /** The same, where each that is no option of the provider is a field of the request's JSON. */
  readonly fields?: Readonly<Record<string, unknown>>
  /** Instruction that goes into the system message. */
  readonly system?: unknown
  /** Whether it stands before or after the conversation's own. @default 'prepend' */
  readonly systemPosition?: SystemPosition
  readonly capabilities?: Capabilities
  /** The one role that it is said for. @default all */
  readonly role?: 'model' | 'judge' | 'fixer'
  /** What must be free where the model is started, which says nothing of one that runs elsewhere. */
  readonly requirements?: Partial<ServerRequirements>
  /** Where each of these stands: file, line and column by path, as `options.temperature`. */
  readonly at?: Readonly<Record<string, string>>
}

export type SystemPosition = 'prepend' | 'append'

/** What one place says of models, by spec. */
export interface ModelLayer {
  /** What people call the place: `assay.config.yaml`, `OPENCODE_MODELS`, `evals()`. */
  readonly source: string
  readonly models: Readonly<Record<string, readonly ModelSettings[]>>
}

/** What the project says of models, from the least telling place on. The environment says more, beside it. */
export interface ProjectModels {
  /** Options of the plugin, or of a script. */
  readonly code?: ModelLayer
  /** The configuration file. */
  readonly file?: ModelLayer
  /** Specs by the short names that the file gives them. */
  readonly names?: Readonly<Record<string, string>>
  /** Specs of the models that evals run on which name none. */
  readonly listed?: readonly string[]
}
