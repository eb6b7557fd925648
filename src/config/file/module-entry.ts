import { AssayError } from '../../model/error.ts'
import { requireModelName } from '../../model/model-name.ts'
import type { PlaceOf } from './entries.ts'
import { snake } from './names.ts'
import type { ConfigEntry } from './schema.ts'

/** Makes models of modules. */
const PROVIDER = 'custom'

/** What an entry says that has a module. */
const fields = ['module', 'modulePath', 'export', 'className', 'params', 'version'] as const

/** Of requests, which a module makes by itself. */
const limits = ['maxRequestsPerMinute', 'maxTokensPerMinute', 'maxConcurrentRequests'] as const

/** The provider of an entry, which may say what its responses call it. */
export function providerOf({ module, modulePath, provider }: ConfigEntry): string | undefined {
  return (module ?? modulePath) === undefined ? provider : PROVIDER
}

/**
 * An entry of a model from a module of the user's own as one of the provider `custom`; any other stays as it is.
 * The module starts at the file's folder. @throws AssayError where it contradicts itself
 */
export function moduleEntry(entry: ConfigEntry, baseDir: string, placeOf: PlaceOf): ConfigEntry {
  const field = fields.find((one) => entry[one] !== undefined)
  if (field === undefined) return entry
  const { modulePath, className, params, version, provider, config, ...rest } = entry
  const { module = modulePath, export: name = className, ...common } = rest
  const failure = (at: string, problem: string) =>
    new AssayError(`${placeOf(at)}: ${problem}`, { kind: 'config' })

  if (module === undefined) {
    throw failure(
      field,
      `\`${snake(field)}\` goes with \`module\`, which is missing; options of a provider are \`config\`.`,
    )
  }
  requireModelName(entry.name, placeOf('name'))
  if (config)
    throw failure('config', 'what goes to a `module` is `params`; `config` is for others.')
  for (const [one, other] of [
    ['module', 'modulePath'] as const,
    ['export', 'className'] as const,
  ]) {
    if (entry[one] === undefined || entry[other] === undefined) continue
    throw failure(other, `\`${one}\` and \`${snake(other)}\` are one thing; keep one of them.`)
  }
  const limit = limits.find((one) => entry.constraints?.[one] !== undefined)
  if (limit !== undefined) {
    throw failure(
      'constraints',
      `a \`module\` makes its requests by itself, so that \`${snake(limit)}\` cannot hold; leave it out.`,
    )
  }
  const said = { module, export: name, params, provider, version, baseDir }
  const given = Object.entries(said).filter(([, value]) => value !== undefined)
  return { ...common, provider: PROVIDER, config: Object.fromEntries(given) }
}
