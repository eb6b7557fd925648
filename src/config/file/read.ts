import { resolve } from 'node:path'
import { AssayError } from '../../model/error.ts'
import type { PriceTable } from '../../model/price.ts'
import { isPlain } from '../../provider/loose-options.ts'
import type { ModelSettings } from '../../provider/model-settings.ts'
import { describeName, specOf } from '../../provider/spec.ts'
import { isTemplate } from '../../provider/template.ts'
import type { AssayConfig } from './config.ts'
import { entrySettings, type PlaceOf, roleSettings } from './entries.ts'
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
    models = [],
    responseModel,
    judgeModel,
    fixerModel,
    modelConfigs = {},
    maxConcurrent,
    providerConcurrency,
    prices,
    ...run
  } = content
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
    section: 'responseModel' | 'judgeModel' | 'fixerModel',
  ): string | undefined {
    if (role === undefined) return undefined
    if (typeof role === 'string') return specAt(role, section)
    const spec = specAt(role.name, section, 'name')
    say(
      spec,
      roleSettings(role, (...path) => placeOf(section, ...path)),
    )
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

/** The spec of an entry that names its provider beside its model. */
function specOfEntry({ name, provider }: ConfigEntry): string | undefined {
  return provider === undefined ? undefined : `${provider}/${name}`
}

/** Names of entries that stand for one model; those of several say nothing by themselves. */
function shortNames(models: NonNullable<ConfigContent['models']>): Record<string, string> {
  const entries = models.flatMap((model) => {
    const spec = typeof model === 'string' ? undefined : specOfEntry(model)
    return spec === undefined ? [] : [[(model as ConfigEntry).name, spec] as const]
  })
  const isAlone = (name: string) => entries.filter(([other]) => other === name).length === 1
  return Object.fromEntries(entries.filter(([name]) => isAlone(name)))
}

function requireOnce(specs: readonly string[], placeOf: PlaceOf): void {
  const index = specs.findIndex((spec, place) => specs.indexOf(spec) !== place)
  if (index < 0) return
  throw new AssayError(`${placeOf('models', index)}: ${specs[index]} is in the list already.`, {
    kind: 'config',
  })
}

/** Paths that begin with a dot start at the file's folder. */
function placed(settings: ModelSettings, baseDir: string): ModelSettings {
  const { options } = settings
  return options
    ? { ...settings, options: fromFolder(options, baseDir) as typeof options }
    : settings
}

function fromFolder(value: unknown, baseDir: string): unknown {
  if (typeof value === 'string') return /^\.{1,2}\//.test(value) ? resolve(baseDir, value) : value
  if (Array.isArray(value)) return value.map((one) => fromFolder(one, baseDir))
  if (!isPlain(value) || isTemplate(value)) return value
  const entries = Object.entries(value).map(
    ([key, one]) => [key, fromFolder(one, baseDir)] as const,
  )
  return Object.fromEntries(entries)
}
