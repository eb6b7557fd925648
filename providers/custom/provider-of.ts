import { isBindable } from '../../src/provider/bindable.ts'
import { bindProvider } from '../../src/provider/define-provider.ts'
import type { ProviderSurroundings } from '../../src/provider/definition.ts'
import type { ModelProvider } from '../../src/provider/provider.ts'
import { fromProvider } from '../adapters/from-provider.ts'
import { methodOf } from '../adapters/methods.ts'

/** Whether an object is a provider: one of this package, or one with `setup` and `teardown`. */
export function isProvider(object: object): boolean {
  return methodOf(object, 'setup') !== undefined && methodOf(object, 'teardown') !== undefined
}

/** For each object one: it knows which handles of the object are in use. */
const adapted = new WeakMap<object, ModelProvider>()

/** The provider that an object is, whose requests are made in these surroundings where it is one of this package. */
export function providerOf(
  object: object,
  name: string,
  surroundings: Partial<ProviderSurroundings>,
): ModelProvider {
  if (isBindable(object)) return adapt(bindProvider(object, surroundings), name)
  const known = adapted.get(object) ?? adapt(object, name)
  adapted.set(object, known)
  return known
}

/** Variables for the options of `custom` are not for those of the object. */
function adapt(object: object, name: string): ModelProvider {
  return bindProvider(fromProvider(object, name), { env: {} })
}
