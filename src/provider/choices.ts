import * as v from 'valibot'
import { type ConfiguredModel, type ModelChoice, toConfiguredModel } from './model-choice.ts'

/** A model that brings its own provider: an instance, since options that are plain data are copied. */
class AdaptedChoice {
  readonly choice: ConfiguredModel

  constructor(choice: ConfiguredModel) {
    this.choice = choice
  }
}

/** A model in the options of another. */
export type InnerChoice = string | AdaptedChoice | Readonly<Record<string, unknown>>

/** Choices as they can stand in options. @throws AssayError `config` for what names no model */
export function toOptions(choices: readonly ModelChoice[]): readonly InnerChoice[] {
  return choices.map((choice) => {
    if (typeof choice === 'string') return choice
    const configured = toConfiguredModel(choice)
    return configured.provider ? new AdaptedChoice(configured) : { ...configured }
  })
}

/** The choice that stands in options. */
export function fromOptions(choice: InnerChoice): ModelChoice {
  return choice instanceof AdaptedChoice ? choice.choice : (choice as ModelChoice)
}

const inner = v.union(
  [
    v.pipe(v.string(), v.nonEmpty()),
    v.instance(AdaptedChoice),
    v.strictObject({
      spec: v.string(),
      options: v.optional(v.record(v.string(), v.unknown())),
      name: v.optional(v.pipe(v.string(), v.nonEmpty())),
    }),
  ],
  'expected a spec, or { spec, options, name }',
)

/** A list of models, for a schema of options to take in. */
export const innerChoices: v.GenericSchema<unknown, readonly InnerChoice[]> = v.pipe(
  v.array(inner, 'expected a list of models'),
  v.minLength(1, 'expected at least one model'),
)
