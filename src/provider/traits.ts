import type { ProviderDefinition } from './definition.ts'
import { prefixOf } from './keys.ts'
import { optionNames } from './options/option-names.ts'

/** What holds of a provider, whatever the model. */
export interface ProviderTraits {
  /** Names of its options, as far as its schema shows them. */
  readonly optionNames: readonly string[]
  /** Variables that it looks for a key in, the usual one first. Whether it takes keys, its options say. */
  readonly keyNames: readonly string[]
  /** The package that it imports when it is first used, which people install by themselves. */
  readonly peer?: string | undefined
  /** Whether its models run on this machine and cost nothing. */
  readonly isLocal: boolean
}

interface TraitOwner extends Pick<
  ProviderDefinition<unknown, object>,
  'name' | 'keyVariables' | 'peer' | 'isLocal'
> {
  readonly options?: object | undefined
}

/** Reads them in a provider's definition. */
export function traitsOf({
  name,
  keyVariables = [],
  options,
  peer,
  isLocal = false,
}: TraitOwner): ProviderTraits {
  return {
    optionNames: optionNames(options)?.all ?? [],
    keyNames: [`${prefixOf(name).toUpperCase()}_API_KEY`, ...keyVariables],
    ...(peer !== undefined && { peer }),
    isLocal,
  }
}
