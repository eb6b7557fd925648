import { AssayError } from '../model/error.ts'
import type { Endpoint } from '../request/endpoint.ts'
import type { Fetch } from '../request/pipe.ts'
import type { Seam } from '../request/seam.ts'
import type {
  ProviderContext,
  ProviderDefinition,
  ProviderRequest,
  ProviderSurroundings,
} from './define-provider.ts'
import { keysOf } from './keys.ts'
import { otherModel } from './other-model.ts'
import { pricing } from './pricing.ts'
import type { SetupPlace } from './provider.ts'

/** What a context is told of one set-up. */
export type SetupContext = Partial<
  Pick<ProviderContext, 'baseDir' | 'signal' | 'lease' | 'sourceOf' | 'role'> &
    Pick<SetupPlace, 'holder'>
>

/** What the surroundings lend to a provider. */
export function createContext(
  {
    name: provider,
    aliases,
    keyVariables,
  }: Pick<ProviderDefinition<never, never>, 'name' | 'aliases' | 'keyVariables'>,
  surroundings: ProviderSurroundings,
  { holder, ...place }: Pick<ProviderContext, 'request'> & SetupContext,
): ProviderContext {
  const { env, keys, prices, notice, models } = surroundings
  const { baseDir = surroundings.baseDir, role = 'model' } = place
  return {
    // wrong variables are an error of the providers that use keys, and of no other
    get keys() {
      return keysOf({ name: provider, aliases, keyVariables, given: keys[provider], env })
    },
    pricing: pricing(provider, prices),
    env,
    baseDir,
    signal: new AbortController().signal,
    sourceOf: () => undefined,
    otherModel: (choice) => otherModel(choice, surroundings, { baseDir, role, holder }),
    listed: models.listed ?? [],
    role,
    notice,
    lease: () =>
      Promise.reject(
        new AssayError(`${provider}: only a set-up takes a lease.`, { kind: 'internal' }),
      ),
    ...place,
  }
}

/** The seam of a provider's requests, and how it is had for one server. */
export function createRequest(provider: string, seam: Seam): ProviderRequest {
  const plain = seam({ provider })
  return Object.assign((...args: Parameters<Fetch>) => plain(...args), {
    with: (endpoint: Omit<Endpoint, 'provider'>) => seam({ ...endpoint, provider }),
  })
}
