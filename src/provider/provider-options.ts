/**
 * The options of providers, by name. A package adds those of its own:
 * `declare module 'vitest-assay' { interface ProviderOptions { acme: AcmeOptions } }`.
 */
// oxlint-disable-next-line typescript/no-empty-object-type -- `providers` fills it
export interface ProviderOptions {}

/** A spec, `provider/model-name`. Editors complete the providers' names; other texts are specs, too. */
export type ModelSpec = `${keyof ProviderOptions}/` | (string & {})

/** The options of the provider that a spec names; any, where nothing is known of it. */
export type OptionsOf<Spec extends string> = Spec extends `${infer Name}/${string}`
  ? Name extends keyof ProviderOptions
    ? ProviderOptions[Name]
    : object
  : object
