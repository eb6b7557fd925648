import { AssayError } from '../model/error.ts'
import type { Message } from '../model/message.ts'
import type { Generated } from '../model/implementation.ts'
import type { ModelSpec, OptionsOf } from './provider-options.ts'
import type { ModelProvider } from './provider.ts'

/** A function in the place of a model: gets the last message's text, returns the response's. */
export type ModelFunction = (
  input: string,
  call: { readonly messages: readonly Message[]; readonly signal?: AbortSignal },
) => string | Generated | Promise<string | Generated>

/** A spec with options of its provider. */
export interface ConfiguredModel<Spec extends string = string> {
  readonly spec: Spec
  readonly options?: OptionsOf<Spec>
  /** Who makes the model. @default the provider that the spec names */
  readonly provider?: ModelProvider
  /** What titles and reports call it, to tell two settings of one model apart. @default the spec */
  readonly name?: string
}

/** What names a model in `models`: a spec, a spec with options, or a function. */
export type ModelChoice = ModelSpec | ConfiguredModel | ModelFunction

/** A choice as it must be: the options with a spec are those of the provider that it names. */
export type CheckedChoice<Choice> = Choice extends string
  ? ModelSpec
  : Choice extends { readonly spec: infer Spec extends string }
    ? ConfiguredModel<Spec>
    : Choice extends ModelFunction
      ? Choice
      : ModelChoice

/** Brings the ways to name a model to one form. A function becomes a model of the provider `scripted`. */
export function toConfiguredModel(choice: ModelChoice): ConfiguredModel {
  if (typeof choice === 'string') return { spec: choice }
  if (typeof choice === 'function') {
    return { spec: `scripted/${choice.name || 'function'}`, options: { script: choice } }
  }
  if (typeof choice === 'object' && choice !== null && typeof choice.spec === 'string') {
    return choice
  }
  throw new AssayError(
    'A model is a spec ("openai/gpt-5-mini"), { spec, options } or a function; ' +
      `got ${JSON.stringify(choice)}.`,
    { kind: 'config' },
  )
}
