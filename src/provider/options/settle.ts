import { AssayError } from '../../model/error.ts'
import type { Capabilities } from '../../model/model.ts'
import type { StandardSchemaV1 } from '../../model/standard-schema.ts'
import { asWritten, expandOptions, expandText, saysNothing } from './expand-options.ts'
import type { Env, Named } from '../keys.ts'
import { isPlain } from '../../model/plain-data.ts'
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
  /** Whether templates give way to what their variables hold. @default true */
  readonly expand?: boolean
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

/** Where each option of a model comes from, as people call the place. */
export function sourcesOf({ origins }: SettledModel): (option: string) => string | undefined {
  // variables for options are one place
  return (option) => origins.get(option)?.source.replace(/^ASSAY_.*/s, 'ASSAY_…')
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
  const { given, env, expand = true } = asked
  const names = optionNames(owner.options, owner.optionAliases)
  const said: Said = { options: {}, origins: new Map(), set: {} }
  for (const place of placesOf(owner, asked, names)) {
    addOptions(said, place, { names, env })
    addSettings(said, place)
  }
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) add(said, name, value, { source: CALL })
  }
  const { system, ...rest } = said.set
  if (!expand) return { ...rest, ...shownAsWritten(said) }
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
  { names, env }: { names: OptionNames | undefined; env: Env },
): void {
  const { options = {}, fields = {}, requirements, at = {} } = settings
  const isSaid = (value: unknown) => !saysNothing(value, env)
  for (const [spelling, value] of Object.entries(options)) {
    if (!isSaid(value)) continue
    const origin = { source, at: at[`options.${spelling}`] }
    add(said, names?.find(spelling) ?? spelling, value, origin)
  }
  for (const [spelling, value] of Object.entries(fields)) {
    if (!isSaid(value)) continue
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
  if (name !== 'body' || !isPlain(value)) return
  for (const field of Object.keys(value)) origins.set(`body.${field}`, origin)
}

/** What was said with templates as they stand, for those who must not see what variables hold. */
function shownAsWritten({
  options,
  set,
  origins,
}: Said): Pick<SettledModel, 'options' | 'system' | 'origins'> {
  const { system } = set
  return {
    options: asWritten(options) as Record<string, unknown>,
    ...(system !== undefined && system !== null && { system: String(asWritten(system)) }),
    origins,
  }
}

function reserved(field: string, { source, at = source }: Origin): AssayError {
  return new AssayError(
    `${at}: \`${field}\` cannot be set here: it is what each request says by itself.`,
    { kind: 'config' },
  )
}
