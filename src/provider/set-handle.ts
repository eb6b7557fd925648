import { isModel } from '../model/model.ts'
import { withSettings } from '../model/with-settings.ts'
import { handleWith } from './handle-with.ts'
import type { ModelHandle } from './provider.ts'
import type { SettledModel } from './options/settle.ts'

/** The same handle, whose model has its instruction and capabilities. Another kind of model stays as it is. */
export function setHandle<M>(handle: ModelHandle<M>, settled: SettledModel): ModelHandle<M> {
  if (!isModel(handle.model)) return handle
  return handleWith(handle, withSettings(handle.model, settled) as M)
}
