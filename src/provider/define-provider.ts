import type { Model } from '../model/model.ts'
import { bindable, bindOf } from './bindable.ts'
import { createContext, createRequest, endedBy, type SetupContext } from './create-context.ts'
import type { ProviderDefinition, ProviderRequest, ProviderSurroundings } from './definition.ts'
import { explainable } from './explain.ts'
import { baseVariable, keySources, namesOf } from './keys.ts'
import { createLeasing } from './leasing.ts'
import { listAll } from './list-all.ts'
import { checkOptions } from './options/check-options.ts'
import { definedModels } from './options/models-variable.ts'
import { type AskedModel, settleModel, sourcesOf } from './options/settle.ts'
import { findNone } from './members/other-model.ts'
import { ownLeases } from './own-leases.ts'
import { ownSeam } from './own-seam.ts'
import type { ModelProvider } from './provider.ts'
import { setHandle } from './set-handle.ts'
import { shareResources } from './sharing.ts'
import { traitsOf } from './traits.ts'

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
