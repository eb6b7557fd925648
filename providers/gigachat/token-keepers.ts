import type { ProviderRequest } from '../../src/provider/definition.ts'
import { createTokenKeeper, type TokenKeeper } from './token-keeper.ts'

/** The keeper of a token by all that tells it from others. */
export type TokenKeepers = (...identity: readonly unknown[]) => TokenKeeper

/** Makes the keepers of a provider's tokens, one for each identity. `now` is in milliseconds since 1970. */
export function createTokenKeepers(provider: string, now: () => number = Date.now): TokenKeepers {
  const keepers = new Map<string, TokenKeeper>()
  return (...identity) => {
    const id = JSON.stringify(identity)
    const keeper = keepers.get(id) ?? createTokenKeeper(provider, now)
    keepers.set(id, keeper)
    return keeper
  }
}

const kept = new WeakMap<ProviderRequest, TokenKeepers>()

/** The keepers for all set-ups of a provider in its surroundings, which share their `request`. */
export function tokenKeepersOf(provider: string, request: ProviderRequest): TokenKeepers {
  const keepers = kept.get(request) ?? createTokenKeepers(provider)
  kept.set(request, keepers)
  return keepers
}
