/** Names of providers by their other names. */
export type ProviderAliases = ReadonlyMap<string, string>

/** A provider's own name in place of another of its names, alone or at the beginning of a spec. */
export function canonical(name: string, aliases: ProviderAliases): string {
  const [provider = '', ...rest] = name.split('/')
  return [aliases.get(provider) ?? provider, ...rest].join('/')
}

/** The other names of providers. */
export function aliasesOf(
  providers: readonly { readonly name: string; readonly aliases?: readonly string[] }[],
): ProviderAliases {
  return new Map(providers.flatMap(({ name, aliases = [] }) => aliases.map((one) => [one, name])))
}
