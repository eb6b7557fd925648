import { AssayError } from '../../src/model/error.ts'
import type { Recording } from './recording.ts'

/** What is said of the model whose responses are wanted. */
export interface Wanted {
  /** The option `model`. */
  readonly model: string | undefined
  /** The name in the spec, which may be that of a recorded model. */
  readonly name: string
  readonly from: string
}

/** The specs of the recorded models. */
export function modelsIn(recordings: readonly Recording[]): string[] {
  return [...new Set(recordings.flatMap(({ model }) => model ?? []))].toSorted()
}

/**
 * The responses of one model: of the one that is wanted, else of the only one, or the only one that was under
 * test. What names no model is any's. @throws AssayError that lists the models
 */
export function ofModel<R extends Recording>(
  recordings: readonly R[],
  { model: wanted, name, from }: Wanted,
): readonly R[] {
  const models = modelsIn(recordings)
  if (models.length === 0 && wanted === undefined) return recordings
  const underTest = modelsIn(recordings.filter(({ role = 'model' }) => role === 'model'))
  const named = wanted ?? (models.includes(name) ? name : undefined)
  const chosen = named ?? onlyOf(models) ?? onlyOf(underTest)
  if (chosen !== undefined && models.includes(chosen)) {
    return recordings.filter(({ model = chosen }) => model === chosen)
  }
  const there = models.length > 0 ? `those of ${models.join(', ')}` : 'no names of models'
  const problem =
    chosen === undefined
      ? `${from} has responses of several models`
      : `${from} has no responses of ${chosen}`
  throw new AssayError(
    `replay: ${problem}; it has ${there}. Choose one with the option \`model\`, or by the spec, as replay/${models[0] ?? name}.`,
    { kind: 'config', provider: 'replay' },
  )
}

function onlyOf(models: readonly string[]): string | undefined {
  return models.length === 1 ? models[0] : undefined
}
