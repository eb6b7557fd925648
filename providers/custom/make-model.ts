import { isModel } from '../../src/model/model.ts'
import type { ProviderSurroundings } from '../../src/provider/definition.ts'
import { type Accepted, type Adapted, modelOf, modelStyles } from '../adapters/model-of.ts'
import type { Names } from '../adapters/names.ts'
import { isMaker, make, requireSource } from '../adapters/source.ts'
import { subjectOf } from '../adapters/subject.ts'
import type { Exported } from './load-export.ts'
import { isProvider, providerOf } from './provider-of.ts'

export interface MakeOptions {
  /** The model's. */
  readonly names: Names
  /** What the class or the function gets, or the set-up of a provider that is exported as such. */
  readonly params?: object | undefined
  /** What a provider of this package works in. */
  readonly surroundings: Partial<ProviderSurroundings>
}

/** Makes the model of an export: a model of any kind, a provider of models, or what makes one of these. */
export async function makeModel(
  { value, where }: Exported,
  { names, params, surroundings }: MakeOptions,
): Promise<Adapted> {
  const made = isMaker(value)
    ? await make(where, value, params ?? {}, subjectOf(names, params))
    : value
  if (isProvider(made)) {
    const provider = providerOf(made, names.provider, surroundings)
    const handle = await provider.setup(names.name, isMaker(value) ? {} : params)
    return { model: handle.model, close: () => handle.teardown() }
  }
  if (!isMaker(value)) requireSource(where, value, params)
  if (isModel(made)) return { model: made, close: async () => {} }
  return modelOf(made, subjectOf(names, params, made), acceptedAt(where))
}

function acceptedAt(caller: string): Accepted {
  const methods = `${modelStyles.methods}; nor \`setup\` and \`teardown\` of a provider`
  return { caller, ...modelStyles, methods }
}
