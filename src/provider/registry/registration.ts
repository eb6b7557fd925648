import * as v from 'valibot'
import { checked } from '../../model/checked.ts'
import { AssayError } from '../../model/error.ts'
import { requireModelName } from '../../model/model-name.ts'
import { type Capabilities, isModel, type Model } from '../../model/model.ts'
import { withSettings } from '../../model/with-settings.ts'
import { handleWith } from '../handle-with.ts'
import { type ConfiguredModel, type ModelChoice, toConfiguredModel } from '../model-choice.ts'
import { capabilityFields } from '../options/capabilities.ts'
import type { OtherModel } from '../members/other-model.ts'
import type { ModelHandle, ModelProvider } from '../provider.ts'

/** What is registered under a name. */
export interface Registration {
  /** `provider/model-name`, in place of `provider` and `model`. */
  readonly spec?: string | undefined
  readonly provider?: string | undefined
  /** The model's name at its provider. @default the name that it is registered under */
  readonly model?: string | undefined
  /** Options of its provider. */
  readonly options?: Readonly<Record<string, unknown>> | undefined
  /** A module of the user's own that makes the model, in place of `spec` or `model`. */
  readonly module?: string | undefined
  /** The module's export. */
  readonly export?: string | undefined
  /** What the export is given, where it is a class or a function. */
  readonly params?: Readonly<Record<string, unknown>> | undefined
  readonly version?: string | number | undefined
  /** What it can do, beside what else is said of it. */
  readonly capabilities?: Capabilities | undefined
}

const text = v.optional(v.pipe(v.string(), v.nonEmpty()))

const schema = v.strictObject({
  spec: text,
  provider: text,
  model: text,
  options: v.optional(v.record(v.string(), v.unknown())),
  module: text,
  export: text,
  params: v.optional(v.record(v.string(), v.unknown())),
  version: v.optional(v.union([v.string(), v.number()])),
  capabilities: v.optional(v.strictObject(capabilityFields)),
})

/** The choice that a registration is. @throws AssayError `config` for what is no registration */
export function toChoice(name: string, given: Registration): ConfiguredModel {
  const caller = `registry.register("${name}")`
  requireModelName(name, caller)
  const { capabilities: _, ...said } = checked(caller, schema, given) as Registration
  const problem = contradiction(said)
  if (problem !== undefined) throw new AssayError(`${caller}: ${problem}.`, { kind: 'config' })
  const { spec, provider, model = name, options, module, ...rest } = said
  if (module !== undefined) {
    const own = { module, ...rest, ...(provider !== undefined && { provider }) }
    return { name, spec: `custom/${name}`, options: own }
  }
  return { name, spec: spec ?? `${provider}/${model}`, ...(options && { options }) }
}

function contradiction(said: Registration): string | undefined {
  const { spec, provider, model, options, module, params, version } = said
  if (module !== undefined) {
    if (spec !== undefined || model !== undefined)
      return '`module` stands in the place of `spec` and `model`'
    return options && '`options` are those of a provider; a `module` is given `params`'
  }
  const only = Object.entries({ export: said.export, params, version }).find(
    ([, one]) => one !== undefined,
  )
  if (only) return `\`${only[0]}\` is for a \`module\``
  if (spec !== undefined) {
    return (provider ?? model) === undefined ? undefined : '`spec` says `provider` and `model`'
  }
  return provider === undefined ? 'expected `spec`, `provider` or `module`' : undefined
}

/** A model of which more is said. */
export function withCapabilities(other: OtherModel, capabilities: Capabilities): OtherModel {
  return {
    ...other,
    async about() {
      const about = await other.about()
      return { ...about, capabilities: { ...about.capabilities, ...capabilities } }
    },
    async setup() {
      const handle = await other.setup()
      const said = { ...handle.model.info.capabilities, ...capabilities }
      return handleWith(handle, withSettings(handle.model, { capabilities: said }))
    },
  }
}

/** A model that is there already: whoever made it tears it down. */
export function ofModel(model: Model, name: string = model.info.spec): OtherModel {
  const { spec, capabilities = {}, contextWindow, isFree = false } = model.info
  const provider = { name: model.info.provider } as ModelProvider
  const handle: ModelHandle = {
    resourceId: spec,
    provider,
    model,
    teardown: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
  const known = { ...(contextWindow !== undefined && { contextWindow }), ...capabilities }
  return {
    name,
    spec,
    provider,
    about: async () => ({
      capabilities: known,
      isLocal: isFree,
      price: () => (isFree ? 0 : null),
    }),
    list: undefined,
    setup: async () => handle,
  }
}

/** What can be registered without a name of its own. */
export type Registrable = ModelChoice | Model

/** Finds what is registered. @throws AssayError `config` for what names no model, or no provider */
export function toOther(
  given: Registrable,
  registration: Registration | undefined,
  other: (choice: ModelChoice) => OtherModel,
): OtherModel {
  if (registration === undefined) {
    return isModel(given) ? ofModel(given) : other(toConfiguredModel(given))
  }
  if (typeof given !== 'string') {
    throw new AssayError('registry.register(): expected a name before the registration.', {
      kind: 'config',
    })
  }
  const found = other(toChoice(given, registration))
  const { capabilities } = registration
  return capabilities ? withCapabilities(found, capabilities) : found
}
