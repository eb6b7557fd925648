import { isBindable } from '../../src/provider/bindable.ts'
import { bindProvider } from '../../src/provider/define-provider.ts'
import type { ListedModel } from '../../src/provider/provider.ts'
import { list, listerOf } from '../adapters/list.ts'
import { make } from '../adapters/source.ts'
import { subjectOf } from '../adapters/subject.ts'
import type { Exported } from './load-export.ts'
import type { MakeOptions } from './make-model.ts'

/** What an export, or what it makes, says that there is. @throws AssayError where it does not say it */
export async function listModels(
  { value, where }: Exported,
  { names, params, surroundings }: MakeOptions,
): Promise<readonly ListedModel[]> {
  const provider = isBindable(value) ? bindProvider(value, surroundings) : undefined
  if (provider?.listModels) return provider.listModels(params)
  const subject = subjectOf(names, params, value)
  const made = listerOf(value) ? value : await make(where, value, params ?? {}, subject)
  return list(listerOf(made), subject)
}
