import { AssayError } from '../../model/error.ts'
import type { HealthChange } from '../health/health.ts'

export interface RegistryHealthChange extends HealthChange {
  readonly name: string
}

export type RegistryListener = (change: RegistryHealthChange) => unknown

/** Who is told of the models' health. */
export interface Listeners {
  /** @returns what ends that. @throws AssayError `config` for an event that there is not */
  on(event: 'healthChange', listener: RegistryListener): () => void
  /** Tells everybody; what one of them throws is told to `onError`, and keeps nothing from the others. */
  tell(change: RegistryHealthChange): void
}

export function createListeners(onError: (error: unknown) => void): Listeners {
  const listeners = new Set<RegistryListener>()
  return {
    on(event, listener) {
      if (event !== 'healthChange') {
        throw new AssayError(
          `registry.on(): there is one event, healthChange; got ${String(event)}.`,
          {
            kind: 'config',
          },
        )
      }
      // so that one function can be told twice, and each ends by itself
      const own = (change: RegistryHealthChange) => listener(change)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    tell(change) {
      for (const listener of listeners) {
        void (async () => listener(change))().catch(onError)
      }
    },
  }
}
