import type { ProviderSurroundings } from './definition.ts'
import type { ModelProvider } from './provider.ts'

/** Makes the provider that works in these surroundings, with resources of its own. */
export type Bind<M> = (surroundings: Partial<ProviderSurroundings>) => ModelProvider<M>

/**
 * Where a provider keeps its `Bind`. All copies of this package look there, since a provider's package may have one
 * of its own; the number is raised when what they hand to each other is no longer understood by the others.
 */
const key: unique symbol = Symbol.for('vitest-assay.provider/1')

/** A provider in the surroundings that it has by itself, which can be bound to others. */
export function bindable<M>(bind: Bind<M>): ModelProvider<M> {
  return Object.defineProperty(bind({}), key, { value: bind })
}

/** How a provider is bound; nothing for what `defineProvider` has not made. */
export function bindOf<M>(provider: ModelProvider<M>): Bind<M> | undefined {
  return (provider as ModelProvider<M> & { readonly [key]?: Bind<M> })[key]
}

/** Whether something is a provider that can be bound. */
export function isBindable(value: unknown): value is ModelProvider {
  return typeof value === 'object' && value !== null && key in value
}
