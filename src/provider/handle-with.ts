import type { ModelHandle } from './provider.ts'

/** The same handle, with another model in front of its own. */
export function handleWith<M>(handle: ModelHandle<M>, model: M): ModelHandle<M> {
  return {
    resourceId: handle.resourceId,
    provider: handle.provider,
    get model() {
      void handle.model // throws once the handle was torn down
      return model
    },
    teardown: () => handle.teardown(),
    [Symbol.asyncDispose]: () => handle.teardown(),
  }
}
