import { AssayError } from '../model/error.ts'
import type { Capabilities } from '../model/model.ts'
import type { StandardSchemaV1 } from '../model/standard-schema.ts'
import { type Env, type Named, namesOf } from './keys.ts'
import { isPlain, LooseText, tighten } from './loose-options.ts'
import type { ModelLayer, ModelSettings, ProjectModels, SystemPosition } from './model-settings.ts'
import { definedModels } from './models-variable.ts'
import { type OptionNames, optionNames } from './option-names.ts'
import { optionVariables } from './option-variables.ts'
import { expandTemplate, isTemplate, scalarOf } from './template.ts'

/** What somebody asks for a model: the model under test, or one that helps to judge or to mend. */
export type ModelRole = 'model' | 'judge' | 'fixer'

/** A provider, as far as its options go. */
export interface OptionOwner extends Named {
  // oxlint-disable-next-line typescript/no-explicit-any -- a schema's input is whatever the library says
  readonly options?: StandardSchemaV1<any, object>
  readonly optionAliases?: Readonly<Record<string, string>> | undefined
}

export interface AskedModel {
  readonly modelName: string
  /** Options of the set-up, which go before all others. */
  readonly given: object
  readonly role: ModelRole
  readonly env: Env
  readonly project: ProjectModels
}

/** Where something comes from: what people call the place, and where in it, if that is known. */
export interface Origin {
  readonly source: string
  readonly at?: string | undefined
}

/** A model as all places together say it. */
export interface SettledModel {
  readonly options: Readonly<Record<string, unknown>>
  readonly system?: string
  readonly systemPosition?: SystemPosition
  readonly capabilities?: Capabilities
  /** By the name of the option, and `system`; of fields of the request's JSON as `body.name`. */
  readonly origins: ReadonlyMap<string, Origin>
}

/** The source of options that a set-up is given. */
export const CALL = 'the call'

/** Fields of a request that are the model's input, or decide how it is asked. */
const RESERVED = new Set(['model', 'messages', 'stream', 'input', 'prompt', 'contents'])

/**
 * Puts together what is said of a model, from the least telling place to the most: the role, the plugin's options,
 * `NAME_MODELS`, the configuration file, `ASSAY_<PROVIDER>_<OPTION>`, and what the set-up gives. `null` takes an
 * option away; objects are merged, lists are not.
 */
export async function settleModel(owner: OptionOwner, asked: AskedModel): Promise<SettledModel> {
  const { given, env } = asked
  const names = optionNames(owner.options, owner.optionAliases)
  const merged: Record<string, unknown> = {}
  const origins = new Map<string, Origin>()
  let set: Pick<SettledModel, 'systemPosition' | 'capabilities'> & { system?: unknown } = {}

  for (const { source, settings } of placesOf(owner, asked, names)) {
    const { options = {}, fields = {}, system, systemPosition, capabilities, at = {} } = settings
    const originOf = (key: string): Origin => ({ source, at: at[key] })
    for (const [spelling, value] of Object.entries(options)) {
      const name = names?.find(spelling) ?? spelling
      put(merged, name, value)
      origins.set(name, originOf(`options.${spelling}`))
    }
    for (const [spelling, value] of Object.entries(fields)) {
      const origin = originOf(`fields.${spelling}`)
      if (RESERVED.has(spelling)) throw reserved(spelling, origin)
      const name = names?.find(spelling)
      if (name === undefined && names?.all.includes('body')) {
        put(merged, 'body', { [spelling]: value })
        origins.set(`body.${spelling}`, origin)
      } else {
        put(merged, name ?? spelling, value)
        origins.set(name ?? spelling, origin)
      }
    }
    if (settings.requirements && names?.all.includes('requirements')) {
      put(merged, 'requirements', settings.requirements)
      origins.set('requirements', { source })
    }
    if (system !== undefined) origins.set('system', originOf('system'))
    set = {
      ...set,
      ...(system !== undefined && { system }),
      ...(systemPosition && { systemPosition }),
      ...(capabilities && { capabilities: { ...set.capabilities, ...capabilities } }),
    }
  }
  for (const [name, value] of Object.entries(given))
    if (value !== undefined) put(merged, name, value)
  for (const name of Object.keys(given)) origins.set(name, { source: CALL })

  const { system, ...rest } = set
  const expanded = expand(merged, env) as Record<string, unknown>
  const options = hasLoose(expanded) ? await tighten(expanded, owner.options) : expanded
  const instruction = system === undefined || system === null ? undefined : expand(system, env)
  return {
    options: options as Record<string, unknown>,
    ...(instruction !== undefined && { system: textOf(instruction) }),
    ...rest,
    origins,
  }
}

interface Place {
  readonly source: string
  readonly settings: ModelSettings
}

function placesOf(
  owner: OptionOwner,
  { modelName, role, env, project }: AskedModel,
  names: OptionNames | undefined,
): readonly Place[] {
  const prefixes = namesOf(owner)
  const specs = [owner.name, ...(owner.aliases ?? [])].map((name) => `${name}/${modelName}`)
  const ofLayer = (layer: ModelLayer | undefined): Place[] =>
    specs.flatMap((spec) =>
      (layer?.models[spec] ?? []).map((settings) => ({ source: layer!.source, settings })),
    )
  const defined = definedModels(env, prefixes)
  const ofVariable = (defined?.models ?? [])
    .filter(({ name }) => name === modelName)
    .map(({ settings }) => ({ source: defined!.source, settings }))
  const ofOptions = optionVariables(env, prefixes, names).map(({ variable, option, value }) => ({
    source: variable,
    settings: { options: { [option]: new LooseText(value) } },
  }))
  const ofRole: Place[] =
    role === 'judge' && names?.all.includes('temperature')
      ? [{ source: 'the default of a judge', settings: { options: { temperature: 0 } } }]
      : []
  return [
    ...ofRole,
    ...ofLayer(project.code),
    ...ofVariable,
    ...ofLayer(project.file),
    ...ofOptions,
  ]
}

/** Objects in which `null` takes a field away, too; in others it may say something. */
const OF_REQUEST = new Set(['body', 'headers'])

function put(target: Record<string, unknown>, name: string, value: unknown, within = ''): void {
  const known = target[name]
  if (value === null && (within === '' || OF_REQUEST.has(within))) {
    delete target[name]
  } else if (isPlain(value) && !isTemplate(value)) {
    const merged: Record<string, unknown> = isPlain(known) && !isTemplate(known) ? { ...known } : {}
    for (const [key, one] of Object.entries(value)) put(merged, key, one, within || name)
    target[name] = merged
  } else {
    target[name] = value
  }
}

/** No schema says what fields of the request's JSON are: there a template is what it would be in YAML. */
const OF_JSON = 'body'

function expand(value: unknown, env: Env, read: (text: string) => unknown = loose): unknown {
  if (isTemplate(value)) {
    const text = expandTemplate(value, env)
    return value.plain ? read(text) : text
  }
  if (Array.isArray(value)) return value.map((one) => expand(one, env, read))
  if (!isPlain(value)) return value
  const entries = Object.entries(value).map(([key, one]) => {
    const expanded = expand(one, env, key === OF_JSON ? scalarOf : read)
    return [key, isTemplate(one) && isEmpty(expanded) ? undefined : expanded] as const
  })
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined))
}

function loose(text: string): LooseText {
  return new LooseText(text)
}

/** `${NAME:-}` of a variable that is not set: nothing is said. */
function isEmpty(value: unknown): boolean {
  return (value instanceof LooseText ? value.text : value) === ''
}

function hasLoose(value: unknown): boolean {
  if (value instanceof LooseText) return true
  return (Array.isArray(value) || isPlain(value)) && Object.values(value).some(hasLoose)
}

function textOf(value: unknown): string {
  return value instanceof LooseText ? value.text : String(value)
}

function reserved(field: string, { source, at }: Origin): AssayError {
  return new AssayError(
    `${at ?? source}: \`${field}\` cannot be set here: it is what each request says by itself.`,
    { kind: 'config' },
  )
}
