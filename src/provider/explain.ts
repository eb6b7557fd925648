import type { ModelProvider } from './provider.ts'
import type { ModelRole, SettledModel } from './options/settle.ts'
import type { ProviderTraits } from './traits.ts'

/** What a set-up would be given, and where its keys and its server come from. Nothing is asked of the server. */
export interface ExplainedModel extends SettledModel {
  /** Variables with the provider's keys, by their names. */
  readonly keyVariables: readonly string[]
  /** The variable with its base URL. */
  readonly baseVariable?: string
  readonly traits: ProviderTraits
}

export interface ExplainPlace {
  /** @default 'model' */
  readonly role?: ModelRole
  /** Options that a set-up is given. @default none */
  readonly given?: object
  /** Whether to put what variables hold in the place of templates, and to check the whole. @default true */
  readonly expand?: boolean
}

export type Explain = (modelName: string, place?: ExplainPlace) => Promise<ExplainedModel>

const key: unique symbol = Symbol.for('vitest-assay.explain/1')

/** Lets a provider tell what its set-ups are given. */
export function explainable<P extends object>(provider: P, explain: Explain): P {
  return Object.defineProperty(provider, key, { value: explain })
}

/** How a provider tells of a set-up; nothing for what `defineProvider` has not made. */
export function explainOf(provider: ModelProvider): Explain | undefined {
  return (provider as ModelProvider & { readonly [key]?: Explain })[key]
}
