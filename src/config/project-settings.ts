import { resolve } from 'node:path'
import type { EvalDefaults } from '../evaluation/settings.ts'
import type { Env } from '../provider/keys.ts'
import type { ModelLayer, ProjectModels } from '../provider/model-settings.ts'
import { describeName, specOf } from '../provider/spec.ts'
import { AssayError } from '../model/error.ts'
import { type AssayConfig, layerOf } from './file/config.ts'
import { roleSettings } from './file/entries.ts'
import { findConfig } from './file/find.ts'
import { loadConfig } from './file/load.ts'
import { canonical, type ProviderAliases } from './aliases.ts'
import type { EvalsOptions } from './options.ts'

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
  const options = merge(given, config, place.aliases)
  const { model, models, judge, fixer, concurrency, rowTimeout, maxErrorRate } = options
  for (const spec of [model, ...(models ?? []), judge, fixer]) {
    if (spec !== undefined && !specOf(spec, names).includes('/')) {
      throw new AssayError(`evals(): ${describeName(spec, names)}`, { kind: 'config' })
    }
  }
  const lanes = typeof concurrency === 'number' ? concurrency : undefined
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
    },
    models: {
      ...(given.modelConfigs && { code: codeLayer(given.modelConfigs) }),
      ...(config && { file: layerOf(config), names }),
    },
  }
}

function readConfigOf({ config }: EvalsOptions, { root, env }: ProjectPlace) {
  const named = config ?? (env['ASSAY_CONFIG'] || undefined)
  if (named === false) return undefined
  const path = named === undefined ? findConfig(root) : resolve(root, named)
  return path === undefined ? undefined : loadConfig(path, { env })
}

const none: AssayConfig = { path: '', modelConfigs: {}, names: {}, places: {}, warnings: [] }

/** What the file says goes before; of maps by provider or model, each entry by itself. */
function merge(
  given: EvalsOptions,
  config: AssayConfig | undefined,
  aliases: ProviderAliases,
): EvalsOptions {
  const {
    path: _,
    names,
    places,
    modelConfigs,
    warnings,
    providers,
    concurrency,
    ...said
  } = config ?? none
  const { model, models } = said
  const whole = {
    ...given,
    ...said,
    // the file's list is what evals run on, also where the plugin names one model
    ...(models && model === undefined && { model: undefined }),
    limits: join(given.limits, said.limits, aliases),
    requests: join(given.requests, said.requests, aliases),
    prices: join(given.prices, said.prices, aliases),
    concurrency: joinPermits(given.concurrency, concurrency, aliases),
  }
  const entries = Object.entries(whole).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as EvalsOptions
}

type Permits = EvalsOptions['concurrency']

function joinPermits(given: Permits, said: Permits, aliases: ProviderAliases): Permits {
  if (said === undefined && typeof given === 'number') return given
  const own = typeof given === 'number' ? { default: given } : given
  return join(own, said as Record<string, number> | undefined, aliases)
}

function join<Value>(
  given: Readonly<Record<string, Value>> | undefined,
  said: Readonly<Record<string, Value>> | undefined,
  aliases: ProviderAliases,
): Record<string, Value> | undefined {
  if (!given && !said) return undefined
  const entries = Object.entries({ ...given, ...said })
  return Object.fromEntries(entries.map(([name, value]) => [canonical(name, aliases), value]))
}

function codeLayer(configs: NonNullable<EvalsOptions['modelConfigs']>): ModelLayer {
  const models = Object.entries(configs).map(([spec, settings]) => {
    const { at: _, ...said } = roleSettings(settings, () => '')
    return [spec, [said]] as const
  })
  return { source: 'evals()', models: Object.fromEntries(models) }
}
