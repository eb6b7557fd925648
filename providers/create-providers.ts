import { createRegistry, type Providers, type RegistryOptions } from '../src/provider/registry.ts'
import { providersFromEnv } from './from-env.ts'
import { builtIn } from './index.ts'

export interface CreateProvidersOptions extends Omit<RegistryOptions, 'providers' | 'fromEnv'> {
  /** Providers beside the built-in ones; one of the same name takes its place. */
  readonly providers?: RegistryOptions['providers']
}

/** All providers, without Vitest: for scripts and unit tests. */
export function createProviders({
  providers = [],
  ...options
}: CreateProvidersOptions = {}): Providers {
  return createRegistry({
    ...options,
    fromEnv: providersFromEnv,
    providers: [...builtIn, ...providers],
  })
}
