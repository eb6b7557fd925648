import { AssayError } from '../model/error.ts'
import type { FoundProvider } from './found-provider.ts'
import { namesOf, prefixOf } from './keys.ts'
import { lazyProvider } from './lazy-provider.ts'
import { type ImportModule, loadFound } from './load-found.ts'
import type { ModelProvider } from './provider.ts'

export interface FoundPlace {
  readonly builtIn: readonly ModelProvider[]
  readonly importModule: ImportModule
  /** Gets what a person should know. */
  readonly notice: (line: string) => void
}

/**
 * The built-in providers and those that were found, in an order of which the later holds where two have one name:
 * what packages bring, what is built in, what the project lists.
 *
 * @throws AssayError when a module without a name cannot be loaded: nobody knows which provider it is
 */
export async function withFound(
  found: readonly FoundProvider[],
  { builtIn, importModule, notice }: FoundPlace,
): Promise<readonly ModelProvider[]> {
  const taken = new Set(builtIn.flatMap((provider) => namesOf(provider)))
  const brought: ModelProvider[] = []
  const listed: { readonly origin: string; readonly provider: ModelProvider }[] = []
  for (const one of found) {
    const { name, origin } = one
    const load = () => loadFound(one, importModule)
    const provider = name === null ? await load() : lazyProvider(name, load)
    if (one.listed) listed.push({ origin, provider })
    else if (!taken.has(prefixOf(provider.name))) brought.push(provider)
    else
      notice(
        `${origin}: its provider \`${provider.name}\` is not used: one of this name is built in. ${remedy}`,
      )
  }
  requireOne(listed)
  return [...brought, ...builtIn, ...listed.map(({ provider }) => provider)]
}

const remedy = 'List the package in `providers` of evals() to use it instead.'

function requireOne(
  listed: readonly { readonly origin: string; readonly provider: ModelProvider }[],
): void {
  for (const { origin, provider } of listed) {
    const other = listed.find(
      (one) => one.provider !== provider && one.provider.name === provider.name,
    )
    if (!other) continue
    throw new AssayError(
      `\`providers\` of evals(): the provider \`${provider.name}\` comes from both ${origin} and ${other.origin}; list one of them.`,
      { kind: 'config' },
    )
  }
}
