import { AsyncLocalStorage } from 'node:async_hooks'
import { AssayError } from '../model/error.ts'
import type { Endpoint } from '../request/endpoint.ts'
import type { Fetch, RequestOptions } from '../request/pipe.ts'
import type { Seam } from '../request/seam.ts'
import type {
  ProviderContext,
  ProviderDefinition,
  ProviderRequest,
  ProviderSurroundings,
} from './definition.ts'
import { keysOf } from './keys.ts'
import { otherModel } from './members/other-model.ts'
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
  const plain = heedful(seam({ provider }))
  return Object.assign((...args: Parameters<Fetch>) => plain(...args), {
    with: (endpoint: Omit<Endpoint, 'provider'>) => heedful(seam({ ...endpoint, provider })),
  })
}

/** Ends the requests that are made from here on, beside their own signals: providers keep what belongs to theirs. */
const outerSignal = new AsyncLocalStorage<AbortSignal>()

/** Runs what makes requests that a signal ends, whoever makes them. */
export function endedBy<T>(signal: AbortSignal, task: () => T): T {
  return outerSignal.run(signal, task)
}

function heedful(fetch: Fetch): Fetch {
  return (url, init) => {
    const outer = outerSignal.getStore()
    return outer ? fetch(url, withSignal(init, outer)) : fetch(url, init)
  }
}

function withSignal(init: RequestOptions = {}, outer: AbortSignal): RequestOptions {
  return { ...init, signal: init.signal ? AbortSignal.any([init.signal, outer]) : outer }
}
