import { resolve } from 'node:path'
import type { EvalDefaults } from '../evaluation/settings.ts'
import type { Env } from '../provider/keys.ts'
import type { ModelLayer, ProjectModels } from '../provider/options/model-settings.ts'
import { describeName, specOf } from '../provider/spec.ts'
import { AssayError } from '../model/error.ts'
import { type AssayConfig, layerOf } from './file/config.ts'
import { roleSettings } from './file/entries.ts'
import { findConfig } from './file/find.ts'
import { loadConfig } from './file/load.ts'
import type { ProviderAliases } from './aliases.ts'
import type { EvalsOptions } from './options.ts'
import { withConfig } from './with-config.ts'

/** What holds for a project: its plugin's options, and the configuration file over them. */
export interface ProjectSettings {
  /** The options, with what the file says in their place. */
  readonly options: EvalsOptions
  readonly defaults: EvalDefaults
  readonly models: ProjectModels
  /** The file; none where there is none. */
  readonly config: AssayConfig | undefined
}

export interface ProjectPlace {
  /** Folder of the project. */
  readonly root: string
  readonly env: Env
  /** Other names of providers. */
  readonly aliases: ProviderAliases
}

/** Reads the configuration file, and puts together what holds. @throws AssayError `config` */
export function projectSettings(given: EvalsOptions, place: ProjectPlace): ProjectSettings {
  const config = readConfigOf(given, place)
  const names = config?.names ?? {}
  const options = withConfig(given, config, place.aliases)
  const { model, models, judge, fixer, concurrency, rowTimeout, maxErrorRate } = options
  for (const spec of [model, ...(models ?? []), judge, fixer]) {
    if (spec !== undefined && !specOf(spec, names).includes('/')) {
      throw new AssayError(`evals(): ${describeName(spec, names)}`, { kind: 'config' })
    }
  }
  const lanes = typeof given.concurrency === 'number' ? given.concurrency : undefined
  const permits = typeof concurrency === 'object' ? concurrency : {}
  const known = [...place.aliases].filter(([, provider]) => Object.hasOwn(permits, provider))
  return {
    options,
    config,
    defaults: {
      ...(model !== undefined && { model }),
      ...(models && { models }),
      ...(judge !== undefined && { judge }),
      ...(fixer !== undefined && { fixer }),
      ...(lanes !== undefined && { lanes }),
      ...(rowTimeout !== undefined && { rowTimeout }),
      ...(maxErrorRate !== undefined && { maxErrorRate }),
      ...(known.length > 0 && { aliases: Object.fromEntries(known) }),
    },
    models: {
      ...(given.modelConfigs && { code: codeLayer(given.modelConfigs) }),
      ...(config && { file: layerOf(config), names }),
      ...(models && { listed: models }),
    },
  }
}

function readConfigOf({ config }: EvalsOptions, { root, env }: ProjectPlace) {
  const named = config ?? (env['ASSAY_CONFIG'] || undefined)
  if (named === false) return undefined
  const path = named === undefined ? findConfig(root) : resolve(root, named)
  return path === undefined ? undefined : loadConfig(path, { env })
}

function codeLayer(configs: NonNullable<EvalsOptions['modelConfigs']>): ModelLayer {
  const models = Object.entries(configs).map(([spec, settings]) => {
    const { at: _, ...said } = roleSettings(settings, () => '')
    return [spec, [said]] as const
  })
  return { source: 'evals()', models: Object.fromEntries(models) }
}
