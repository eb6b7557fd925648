import * as v from 'valibot'
import type { ModelProvider } from '../provider.ts'
import { type ConfiguredModel, type ModelChoice, toConfiguredModel } from '../model-choice.ts'

/** The provider that a model brings: an instance, since options that are plain data are copied. */
class OwnProvider {
  readonly provider: ModelProvider

  constructor(provider: ModelProvider) {
    this.provider = provider
  }
}

/** A model in the options of another. */
export type InnerChoice = string | Readonly<Record<string, unknown>>

/** Choices as they can stand in options. @throws AssayError `config` for what names no model */
export function toOptions(choices: readonly ModelChoice[]): readonly InnerChoice[] {
  if (!Array.isArray(choices)) return choices as readonly InnerChoice[] // the schema says what it is
  return choices.map((choice: ModelChoice) => {
    if (typeof choice === 'string') return choice
    const { provider, ...configured } = toConfiguredModel(choice)
    return provider ? { ...configured, provider: new OwnProvider(provider) } : configured
  })
}

/** The choice that stands in options. */
export function fromOptions(choice: InnerChoice): ModelChoice {
  if (typeof choice === 'string') return choice
  const { provider: own, ...configured } = choice as Omit<ConfiguredModel, 'provider'> & {
    readonly provider?: OwnProvider
  }
  return own ? { ...configured, provider: own.provider } : configured
}

const inner = v.union(
  [
    v.pipe(v.string(), v.nonEmpty()),
    v.strictObject({
      spec: v.string(),
      options: v.optional(v.record(v.string(), v.unknown())),
      name: v.optional(v.pipe(v.string(), v.nonEmpty())),
      provider: v.optional(v.instance(OwnProvider)),
    }),
  ],
  'expected a spec, or { spec, options, name }',
)

/** A list of models, for a schema of options to take in. */
export const innerChoices: v.GenericSchema<unknown, readonly InnerChoice[]> = v.pipe(
  v.array(inner, 'expected a list of models'),
  v.minLength(1, 'expected at least one model'),
)
