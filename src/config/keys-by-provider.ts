import { canonical, type ProviderAliases } from './aliases.ts'
import { AssayError } from '../model/error.ts'
import { meantBy } from '../model/nearest.ts'
import type { Secret } from '../model/secret.ts'

type Keys = Readonly<Record<string, readonly (string | Secret)[]>>

/** Keys by the providers' own names. @throws AssayError for a name that no provider has */
export function keysByProvider(
  keys: Keys,
  { names, aliases }: { readonly names: readonly string[]; readonly aliases: ProviderAliases },
): Keys {
  const byName: Record<string, readonly (string | Secret)[]> = {}
  for (const [given, list] of Object.entries(keys)) {
    const name = canonical(given, aliases)
    if (!names.includes(name)) throw unknown(given, [...names, ...aliases.keys()])
    byName[name] = [...(byName[name] ?? []), ...list]
  }
  return byName
}

function unknown(name: string, known: readonly string[]): AssayError {
  const meant = meantBy(name, known)
  const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`
  return new AssayError(
    `createProviders(): \`keys\`: there is no provider \`${name}\`${hint || '.'}`,
    { kind: 'config' },
  )
}
