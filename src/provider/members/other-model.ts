import { AssayError } from '../../model/error.ts'
import type { Capabilities } from '../../model/model.ts'
import { bindOf } from '../bindable.ts'
import type { ProviderSurroundings } from '../definition.ts'
import { explainOf } from '../explain.ts'
import { type ModelChoice, toConfiguredModel } from '../model-choice.ts'
import { type Price, pricing } from '../pricing.ts'
import type { ModelHandle, ModelProvider, SetupPlace } from '../provider.ts'
import { parseSpec } from '../spec.ts'

/** A model of a spec, before it is set up. */
export interface FoundModel {
  readonly provider: ModelProvider
  readonly modelName: string
}

/** The provider of a spec, and the name that it has for the model. @throws AssayError where there is none */
export type FindModel = (spec: string) => FoundModel

/** A model that another one stands before. */
export interface OtherModel {
  /** What titles and reports call it. */
  readonly name: string
  readonly spec: string
  readonly provider: ModelProvider
  /** What can be said of it before it is set up. @throws AssayError `config` for wrong options */
  about(): Promise<AboutModel>
  /** Asks its server for the models that it has, where the provider knows a way. */
  readonly list?: ((signal: AbortSignal) => Promise<unknown>) | undefined
  setup(): Promise<ModelHandle>
}

export interface AboutModel {
  readonly capabilities: Capabilities
  readonly isLocal: boolean
  readonly price: Price
}

/** A provider that stands alone knows no other. */
export const findNone: FindModel = (spec) => {
  throw new AssayError(
    `${spec}: a model of another provider is there in evals and with createProviders(), and not for a provider alone.`,
    { kind: 'config' },
  )
}

/** Finds a model, without setting it up. @throws AssayError where there is no such provider */
export function otherModel(
  choice: ModelChoice,
  surroundings: Pick<ProviderSurroundings, 'find' | 'prices'> & Partial<ProviderSurroundings>,
  place: SetupPlace,
): OtherModel {
  const { spec, name, options, provider: own } = toConfiguredModel(choice)
  const { provider, modelName } = own
    ? { provider: bindOf(own)?.(surroundings) ?? own, modelName: parseSpec(spec).modelName }
    : surroundings.find(spec)
  const full = `${provider.name}/${modelName}`
  const { listModels } = provider
  const explain = (expand: boolean) =>
    explainOf(provider)?.(modelName, {
      given: options ?? {},
      expand,
      ...(place.role && { role: place.role }),
    })
  return {
    name: name ?? spec,
    spec: full,
    provider,
    async about() {
      const explained = await explain(false)
      const isLocal = explained?.traits.isLocal ?? false
      const { baseURL } = (explained?.options ?? {}) as { readonly baseURL?: unknown }
      const priceOf = pricing(provider.name, surroundings.prices)
      const price = isLocal
        ? () => 0
        : await priceOf(modelName, typeof baseURL === 'string' ? { baseURL } : {})
      return { capabilities: explained?.capabilities ?? {}, isLocal, price }
    },
    // with its options, which may name another server
    list:
      listModels &&
      (async (signal) => listModels((await explain(true))?.options ?? options, { signal })),
    setup: () => provider.setup(modelName, options, place),
  }
}
