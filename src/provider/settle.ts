import { AssayError } from '../model/error.ts'
import type { Capabilities } from '../model/model.ts'
import type { StandardSchemaV1 } from '../model/standard-schema.ts'
import { expandOptions, expandText } from './expand-options.ts'
import type { Named } from './keys.ts'
import { tighten } from './loose-options.ts'
import { mergeOption } from './merge-option.ts'
import { type ModelPlace, type PlacedModel, placesOf } from './model-places.ts'
import type { SystemPosition } from './model-settings.ts'
import { type OptionNames, optionNames } from './option-names.ts'

/** What somebody asks for a model: the model under test, or one that helps to judge or to mend. */
export type ModelRole = 'model' | 'judge' | 'fixer'

/** A provider, as far as its options go. */
export interface OptionOwner extends Named {
  // oxlint-disable-next-line typescript/no-explicit-any -- a schema's input is whatever the library says
  readonly options?: StandardSchemaV1<any, object>
  readonly optionAliases?: Readonly<Record<string, string>> | undefined
}

export interface AskedModel extends PlacedModel {
  /** Options of the set-up, which go before all others. */
  readonly given: object
  readonly role: ModelRole
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
  const said: Said = { options: {}, origins: new Map(), set: {} }
  for (const place of placesOf(owner, asked, names)) {
    addOptions(said, place, names)
    addSettings(said, place)
  }
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) add(said, name, value, { source: CALL })
  }
  const { system, ...rest } = said.set
  const options = expandOptions(said.options, env)
  return {
    options: (await tighten(options, owner.options)) as Record<string, unknown>,
    ...(system !== undefined && system !== null && { system: expandText(system, env) }),
    ...rest,
    origins: said.origins,
  }
}

/** What the places so far have said. */
interface Said {
  readonly options: Record<string, unknown>
  readonly origins: Map<string, Origin>
  readonly set: { system?: unknown; systemPosition?: SystemPosition; capabilities?: Capabilities }
}

function addOptions(
  said: Said,
  { source, settings }: ModelPlace,
  names: OptionNames | undefined,
): void {
  const { options = {}, fields = {}, requirements, at = {} } = settings
  for (const [spelling, value] of Object.entries(options)) {
    const origin = { source, at: at[`options.${spelling}`] }
    add(said, names?.find(spelling) ?? spelling, value, origin)
  }
  for (const [spelling, value] of Object.entries(fields)) {
    const origin = { source, at: at[`fields.${spelling}`] }
    if (RESERVED.has(spelling)) throw reserved(spelling, origin)
    const name = names?.find(spelling)
    if (name === undefined && names?.all.includes('body')) {
      mergeOption(said.options, 'body', { [spelling]: value })
      said.origins.set(`body.${spelling}`, origin)
    } else {
      add(said, name ?? spelling, value, origin)
    }
  }
  if (requirements && names?.all.includes('requirements')) {
    add(said, 'requirements', requirements, { source })
  }
}

function addSettings({ set, origins }: Said, { source, settings }: ModelPlace): void {
  const { system, systemPosition, capabilities, at = {} } = settings
  if (system !== undefined) {
    set.system = system
    origins.set('system', { source, at: at['system'] })
  }
  if (systemPosition) set.systemPosition = systemPosition
  if (capabilities) set.capabilities = { ...set.capabilities, ...capabilities }
}

function add({ options, origins }: Said, name: string, value: unknown, origin: Origin): void {
  mergeOption(options, name, value)
  origins.set(name, origin)
}

function reserved(field: string, { source, at }: Origin): AssayError {
  return new AssayError(
    `${at ?? source}: \`${field}\` cannot be set here: it is what each request says by itself.`,
    { kind: 'config' },
  )
}
