import type { Leases } from '../model/lease.ts'
import type { Model } from '../model/model.ts'
import type { PriceTable } from '../model/price.ts'
import type { Secret } from '../model/secret.ts'
import type { StandardSchemaV1 } from '../model/standard-schema.ts'
import type { Endpoint } from '../request/endpoint.ts'
import type { Fetch } from '../request/pipe.ts'
import type { Seam } from '../request/seam.ts'
import { bindable, bindOf } from './bindable.ts'
import { explainable } from './explain.ts'
import { baseVariable, keySources, namesOf } from './keys.ts'
import { createLeasing, type Lease } from './leasing.ts'
import { definedModels } from './options/models-variable.ts'
import { listAll } from './list-all.ts'
import { ownLeases } from './own-leases.ts'
import { ownSeam } from './own-seam.ts'
import type { Pricing } from './pricing.ts'
import type { ModelChoice } from './model-choice.ts'
import type { ProjectModels } from './options/model-settings.ts'
import { type FindModel, findNone, type OtherModel } from './other-model.ts'
import type { ListedModel, ModelProvider } from './provider.ts'
import { createContext, createRequest, endedBy, type SetupContext } from './create-context.ts'
import { type AskedModel, type ModelRole, settleModel, sourcesOf } from './options/settle.ts'
import { setHandle } from './set-handle.ts'
import { checkOptions } from './options/check-options.ts'
import { shareResources } from './sharing.ts'
import { traitsOf } from './traits.ts'

/**
 * Sends requests as `fetch` does, within the provider's limits, again where that helps, and with a deadline.
 * What the server refuses is an AssayError and no response.
 */
export interface ProviderRequest extends Fetch {
  /** The same for one server: with keys, the model whose permits count, and what its errors mean. */
  with(endpoint: Omit<Endpoint, 'provider'>): Fetch
}

/** What the surroundings lend to a provider while it sets a model up. */
export interface ProviderContext {
  /**
   * The one seam of requests: limits, retries, keys, deadlines, cache. All set-ups of a provider in its surroundings
   * get the same.
   */
  readonly request: ProviderRequest
  /**
   * Starts a local server, or shares one that runs. It is let go of after `teardown`, or when the set-up fails.
   */
  readonly lease: Lease
  /** The provider's keys: those given in code, else `NAME_API_KEY`, `NAME_API_KEY_1`, … of the environment. */
  readonly keys: readonly Secret[]
  /** Finds what a model costs. */
  readonly pricing: Pricing
  readonly env: Readonly<Record<string, string | undefined>>
  /** Folder that relative paths start from. */
  readonly baseDir: string
  /** What people call the place that an option comes from; nothing where it is not given. */
  readonly sourceOf: (option: string) => string | undefined
  /** Finds a model of another provider, for one that stands before several. */
  readonly otherModel: (choice: ModelChoice) => OtherModel
  /** Specs of the models that the project lists. */
  readonly listed: readonly string[]
  /** What the model is for. */
  readonly role: ModelRole
  /** Tells a person something. */
  readonly notice: (line: string) => void
  /** Aborts when the provider is torn down before the set-up is done, or when nobody waits for a list any more. */
  readonly signal: AbortSignal
}

export interface ProviderDefinition<M, Options extends object> {
  /** The word before the first `/` of a spec. */
  readonly name: string
  /** Other names, as in a spec or at the beginning of its variables. */
  readonly aliases?: readonly string[] | undefined
  /** Variables that hold a key where none of `NAME_API_KEY`, … does, as HF_TOKEN. */
  readonly keyVariables?: readonly string[] | undefined
  /** A package that is imported when the provider is first used, and that people install by themselves. */
  readonly peer?: string | undefined
  /** Checks the options of `setup`. @default no options */
  // oxlint-disable-next-line typescript/no-explicit-any -- a schema's input is whatever the library says
  readonly options?: StandardSchemaV1<any, Options>
  /**
   * What else configuration files may call the options, as `{ n_ctx: 'contextSize' }`. An option's own name with
   * underscores (`context_size`) is understood by itself.
   */
  readonly optionAliases?: Readonly<Record<string, string>> | undefined
  /** Whether its models run on this machine and cost nothing. @default false */
  readonly isLocal?: boolean | undefined
  /** Whether models for different roles are different models. @default false */
  readonly perRole?: boolean | undefined
  /** Whether tests that run at the same time, and rows that set models up themselves, get models of their own. @default false */
  readonly perHolder?: boolean | undefined
  /** Whether equal set-ups share one resource. @default true */
  readonly shared?: boolean
  setup(modelName: string, options: Options, context: ProviderContext): Promise<M> | M
  /**
   * What tells models apart where their name is not enough: the absolute path of a file. The options are not checked
   * yet.
   */
  identify?(modelName: string, baseDir: string, options: Readonly<Record<string, unknown>>): string
  /** Frees what `setup` took. */
  teardown?(model: M): Promise<void> | void
  listModels?(options: Options, context: ProviderContext): Promise<readonly ListedModel[]>
}

/** The surroundings of a provider; the rest of its context is made per set-up. */
export interface ProviderSurroundings extends Pick<ProviderContext, 'env' | 'baseDir' | 'notice'> {
  readonly seam: Seam
  /** Who lends local servers. */
  readonly leases: Leases
  /** Keys given in code, by the provider's name. */
  readonly keys: Readonly<Record<string, readonly (string | Secret)[]>>
  /** The user's own prices, by spec. */
  readonly prices: PriceTable
  /** What the project says of models, beside the environment. */
  readonly models: ProjectModels
  /** Finds the providers that are there. */
  readonly find: FindModel
}

/**
 * Makes a provider of a `setup` and a `teardown`. Sharing, single-flight set-up and handles are added here,
 * the same for all providers.
 */
export function defineProvider<M = Model, Options extends object = object>(
  definition: ProviderDefinition<M, Options>,
): ModelProvider<M> {
  return bindable((surroundings) =>
    createProvider(definition, {
      seam: ownSeam,
      leases: ownLeases,
      keys: {},
      prices: {},
      models: {},
      env: process.env,
      baseDir: process.cwd(),
      find: findNone,
      notice: () => {},
      ...surroundings,
    }),
  )
}

/** A provider of the same definition with resources of its own, in other surroundings. */
export function bindProvider<M>(
  provider: ModelProvider<M>,
  surroundings: Partial<ProviderSurroundings>,
): ModelProvider<M> {
  return bindOf(provider)?.(surroundings) ?? provider
}

function createProvider<M, Options extends object>(
  definition: ProviderDefinition<M, Options>,
  surroundings: ProviderSurroundings,
): ModelProvider<M> {
  const { name, aliases } = definition
  const resources = shareResources<M>({ providerName: name, shared: definition.shared ?? true })
  const leasing = createLeasing<M>(surroundings.leases)
  let request: ProviderRequest | undefined
  const contextOf = (place: SetupContext) => {
    request ??= createRequest(name, surroundings.seam)
    return createContext(definition, surroundings, { request, ...place })
  }
  const settle = (asked: Pick<AskedModel, 'modelName' | 'given'> & Partial<AskedModel>) => {
    const { env, models: project } = surroundings
    return settleModel(definition, { role: 'model', env, project, ...asked })
  }
  const provider: ModelProvider<M> = {
    name,
    ...(aliases && { aliases }),
    async setup(modelName, given = {}, place = {}) {
      const { baseDir = surroundings.baseDir, holder, role = 'model' } = place
      const settled = await settle({ modelName, given, role })
      const { options, system } = settled
      const identity = definition.identify?.(modelName, baseDir, options) ?? modelName
      const setup = leasing.begin(holder)
      const handle = await resources.acquire(
        provider,
        modelName,
        {
          identity,
          options,
          ...(definition.perRole && { role }),
          ...(definition.perHolder && { holder: holder?.add }), // a function is told apart by identity
        },
        {
          setup,
          async create(signal) {
            const checked = await checkOptions(definition, settled)
            return setup.run(
              (lease) =>
                definition.setup(
                  modelName,
                  checked,
                  contextOf({
                    baseDir,
                    signal,
                    lease,
                    sourceOf: sourcesOf(settled),
                    role,
                    holder,
                  }),
                ),
              signal,
            )
          },
          async destroy(model) {
            try {
              await definition.teardown?.(model)
            } finally {
              leasing.release(model)
            }
          },
        },
      )
      holder?.add(handle, leasing.of(handle.model))
      return system || settled.capabilities ? setHandle(handle, settled) : handle
    },
    teardown: (resourceId) => resources.release(resourceId),
    teardownAll: () => resources.destroyAll(),
  }
  if (definition.listModels) {
    provider.listModels = async (options = {}, { signal } = {}) => {
      const settled = await settle({ modelName: '', given: options })
      const checked = await checkOptions(definition, settled)
      const defined = definedModels(surroundings.env, namesOf(definition))?.models ?? []
      const context = contextOf(signal ? { signal } : {})
      const list = () => definition.listModels!(checked, context)
      return listAll(defined, () => (signal ? endedBy(signal, list) : list()))
    }
  }
  return explainable(provider, async (modelName, place = {}) => {
    const { role = 'model', given = {}, expand = true } = place
    const { env } = surroundings
    const base = baseVariable(env, namesOf(definition))
    const settled = await settle({ modelName, given, role, expand })
    if (expand) await checkOptions(definition, settled)
    return {
      ...settled,
      keyVariables: keySources({ ...definition, env }).map((one) => one.name),
      ...(base && { baseVariable: base.name }),
      traits: traitsOf(definition),
    }
  })
}
