import { resolve } from 'node:path'
import { AssayError } from '../../model/error.ts'
import type { PriceTable } from '../../model/price.ts'
import { mapData } from '../../model/plain-data.ts'
import type { ModelSettings } from '../../provider/options/model-settings.ts'
import { describeName, specOf } from '../../provider/spec.ts'
import { isTemplate } from '../../provider/options/template.ts'
import type { AssayConfig } from './config.ts'
import { entrySettings, type PlaceOf, roleSettings } from './entries.ts'
import { moduleEntry } from './module-entry.ts'
import type { ConfigContent, ConfigEntry, ConfigRole } from './schema.ts'

interface Place {
  readonly placeOf: PlaceOf
  /** Folder of the file. */
  readonly baseDir: string
}

/** Puts together what the sections of a file say. @throws AssayError with file, line and column */
export function readConfig(
  content: ConfigContent,
  { placeOf, baseDir }: Place,
): Omit<AssayConfig, 'path' | 'places' | 'warnings'> {
  const {
    models: listed = [],
    responseModel,
    judgeModel,
    fixerModel,
    modelConfigs = {},
    maxConcurrent,
    providerConcurrency,
    prices,
    cache,
    ...run
  } = content
  const models = listed.map((model, index) => {
    if (typeof model === 'string') return model
    return moduleEntry(model, baseDir, (...path) => placeOf('models', index, ...path))
  })
  const said = new Map<string, ModelSettings[]>()
  const ownPrices: Record<string, PriceTable[string]> = {}
  const names = shortNames(models)

  /** The spec of a name, which must be one or stand for one. */
  function specAt(name: string, ...path: readonly (string | number)[]): string {
    const spec = specOf(name, names)
    if (/^[^/]+\/./.test(spec)) return spec
    throw new AssayError(`${placeOf(...path)}: ${describeName(name, names)}`, { kind: 'config' })
  }

  function say(spec: string, settings: ModelSettings): void {
    said.set(spec, [...(said.get(spec) ?? []), placed(settings, baseDir)])
  }

  function roleOf(
    role: string | ConfigRole | undefined,
    section: keyof typeof roles,
  ): string | undefined {
    if (role === undefined) return undefined
    if (typeof role === 'string') return specAt(role, section)
    const spec = specAt(role.name, section, 'name')
    const settings = roleSettings(role, (...path) => placeOf(section, ...path))
    say(spec, { ...settings, role: roles[section] })
    return spec
  }

  const specs = models.map((model, index) => {
    if (typeof model === 'string') return specAt(model, 'models', index)
    const spec = specOfEntry(model) ?? specAt(model.name, 'models', index, 'name')
    const { settings, price } = entrySettings(model, (...path) => placeOf('models', index, ...path))
    say(spec, settings)
    if (price) ownPrices[spec] = price
    return spec
  })
  requireOnce(specs, placeOf)
  const model = roleOf(responseModel, 'responseModel')
  const judge = roleOf(judgeModel, 'judgeModel')
  const fixer = roleOf(fixerModel, 'fixerModel')
  for (const [name, settings] of Object.entries(modelConfigs)) {
    const spec = specAt(name, 'modelConfigs', name)
    say(
      spec,
      roleSettings(settings, (...path) => placeOf('modelConfigs', name, ...path)),
    )
  }
  const concurrency = {
    ...(maxConcurrent !== undefined && { default: maxConcurrent }),
    ...providerConcurrency,
  }
  return {
    ...run,
    ...(cache !== undefined && { cache: cacheIn(baseDir, cache) }),
    ...(specs.length > 0 && { models: specs }),
    ...(model !== undefined && { model }),
    ...(judge !== undefined && { judge }),
    ...(fixer !== undefined && { fixer }),
    ...(Object.keys(concurrency).length > 0 && { concurrency }),
    ...((prices || Object.keys(ownPrices).length > 0) && { prices: { ...ownPrices, ...prices } }),
    modelConfigs: Object.fromEntries(said),
    names,
  }
}

const roles = { responseModel: 'model', judgeModel: 'judge', fixerModel: 'fixer' } as const

/** The spec of an entry that names its provider beside its model. */
function specOfEntry({ name, provider }: ConfigEntry): string | undefined {
  return provider === undefined ? undefined : `${provider}/${name}`
}

/**
 * Names of entries that stand for one model; those of several say nothing by themselves, and one with a slash is
 * the spec of another.
 */
function shortNames(models: NonNullable<ConfigContent['models']>): Record<string, string> {
  const entries = models.flatMap((model) => {
    const spec = typeof model === 'string' ? undefined : specOfEntry(model)
    const { name } = model as ConfigEntry
    return spec === undefined || name.includes('/') ? [] : [[name, spec] as const]
  })
  const count = new Map<string, number>()
  for (const [name] of entries) count.set(name, (count.get(name) ?? 0) + 1)
  return Object.fromEntries(entries.filter(([name]) => count.get(name) === 1))
}

function requireOnce(specs: readonly string[], placeOf: PlaceOf): void {
  const known = new Set<string>()
  for (const [index, spec] of specs.entries()) {
    if (known.has(spec)) {
      throw new AssayError(`${placeOf('models', index)}: ${spec} is in the list already.`, {
        kind: 'config',
      })
    }
    known.add(spec)
  }
}

/** Paths that begin with a dot start at the file's folder. */
function placed(settings: ModelSettings, baseDir: string): ModelSettings {
  const { options, fields } = settings
  return {
    ...settings,
    ...(options && { options: fromFolder(options, baseDir) as typeof options }),
    ...(fields && { fields: fromFolder(fields, baseDir) as typeof fields }),
  }
}

function cacheIn(baseDir: string, cache: AssayConfig['cache']): AssayConfig['cache'] {
  const { path } = typeof cache === 'object' ? cache : {}
  return path === undefined ? cache : { ...(cache as object), path: resolve(baseDir, path) }
}

function fromFolder(value: unknown, baseDir: string): unknown {
  return mapData(value, (one) => {
    if (isTemplate(one)) return one
    return typeof one === 'string' && /^\.{1,2}\//.test(one) ? resolve(baseDir, one) : undefined
  })
}
