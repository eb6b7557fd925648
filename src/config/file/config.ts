import type { ModelLayer, ModelSettings } from '../../provider/options/model-settings.ts'
import type { RunRequestOptions } from '../../request/options.ts'
import type { RunOptions } from '../run-options.ts'

/** What a configuration file says. Options of models may hold templates, and never what variables hold. */
export interface AssayConfig extends RunOptions, RunRequestOptions {
  /** The file. */
  readonly path: string
  /** Specs of the models that evals run on which name none. */
  readonly models?: readonly string[] | undefined
  /** Spec of the one that they run on in place of `models`. */
  readonly model?: string
  readonly judge?: string
  readonly fixer?: string
  /** What is said of models, by spec. */
  readonly modelConfigs: Readonly<Record<string, readonly ModelSettings[]>>
  /** Specs by the short names of entries. */
  readonly names: Readonly<Record<string, string>>
  /** Permits by provider; `default` for the others. */
  readonly concurrency?: Readonly<Record<string, number>> | undefined
  /** Packages and files that bring providers. */
  readonly providers?: readonly string[] | undefined
  /** Where each section stands: file, line and column, by its name here. */
  readonly places: Readonly<Record<string, string>>
  /** What works, and should be otherwise. */
  readonly warnings: readonly string[]
}

/** What a file says of models, as a place among others. */
export function layerOf({ path, modelConfigs }: AssayConfig, source: string = path): ModelLayer {
  return { source, models: modelConfigs }
}
