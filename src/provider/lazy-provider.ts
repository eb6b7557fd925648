import { AssayError } from '../model/error.ts'
import { bindable } from './bindable.ts'
import { bindProvider } from './define-provider.ts'
import { explainable, explainOf } from './explain.ts'
import type { ModelProvider } from './provider.ts'

/**
 * A provider that is loaded when it is first used. What keeps it from being loaded is the error of whoever uses it,
 * and of nobody else.
 */
export function lazyProvider(name: string, load: () => Promise<ModelProvider>): ModelProvider {
  return bindable((surroundings) => {
    let loading: Promise<ModelProvider> | undefined
    const loaded = () =>
      (loading ??= load().then((provider) => bindProvider(provider, surroundings)))
    /** The provider if it is there: what was never set up need not be loaded to be torn down. */
    const present = () => loading?.catch(() => undefined)
    const provider: ModelProvider = {
      name,
      setup: async (modelName, options, place) => (await loaded()).setup(modelName, options, place),
      teardown: async (resourceId) => (await present())?.teardown(resourceId),
      teardownAll: async () => (await present())?.teardownAll(),
      async listModels(options, place) {
        const { listModels } = await loaded()
        if (listModels) return listModels(options, place)
        throw new AssayError(`${name}: this provider lists no models.`, {
          kind: 'config',
          provider: name,
        })
      },
    }
    return explainable(provider, async (modelName, place) => {
      const explain = explainOf(await loaded())
      if (explain) return explain(modelName, place)
      return {
        options: {},
        origins: new Map(),
        keyVariables: [],
        traits: { optionNames: [], keyNames: [], isLocal: false },
      }
    })
  })
}
