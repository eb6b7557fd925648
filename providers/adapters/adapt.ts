import * as v from 'valibot'
import { AssayError } from '../../src/model/error.ts'
import type { Model } from '../../src/model/model.ts'
import { defineProvider } from '../../src/provider/define-provider.ts'
import type { ConfiguredModel } from '../../src/provider/model-choice.ts'
import type { ModelProvider } from '../../src/provider/provider.ts'
import { list, listerOf } from './list.ts'
import { type Accepted, type Adapted, modelOf } from './model-of.ts'
import { type Names, namesOf } from './names.ts'
import { isMaker, make, requireSource } from './source.ts'
import { type Subject, subjectOf } from './subject.ts'

export interface AdapterOptions {
  /** Name of the model in its spec. @default the object's `name` or `model_name`, else that of its class */
  readonly name?: string
  /** Name of the provider in the spec. @default the object's `provider`, else 'custom' */
  readonly provider?: string
  /** What the class or the function gets, as it is. @default {} */
  readonly params?: object
}

/** A model for `models`, with the provider that makes it, for scripts. */
export interface AdaptedModel extends ConfiguredModel {
  readonly provider: ModelProvider
}

/** Options of a set-up. */
interface Made {
  /** @default those that the adapter was given */
  readonly params?: object | undefined
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null
const forMaker: v.GenericSchema<unknown, Made> = v.strictObject({
  params: v.optional(v.custom<object>(isObject, 'expected an object')),
})
const forObject: v.GenericSchema<unknown, Made> = v.strictObject({})

/** Makes a provider of the one model that an object is, or that a class or a function makes. */
export function adapt(
  source: object,
  { params, ...given }: AdapterOptions,
  accepted: Accepted,
  parameters: Readonly<Record<string, unknown>> = {},
): AdaptedModel {
  const { caller } = accepted
  requireSource(caller, source, params)
  const names = namesOf(caller, source, given)
  const adapted = (one: object, subject: Subject): Adapted =>
    modelOf(one, subject, accepted, parameters)
  if (!isMaker(source)) adapted(source, subjectOf(names)) // what it lacks is said where it is written
  const closers = new WeakMap<Model, Adapted['close']>()

  const provider = defineProvider<Model, Made>({
    name: names.provider,
    options: isMaker(source) ? forMaker : forObject,
    async setup(modelName, { params: own = params ?? {} }) {
      requireModel(modelName, names)
      const made = await make(caller, source, own, subjectOf(names, own))
      const { model, close } = adapted(made, subjectOf(names, own, made))
      closers.set(model, close)
      return model
    },
    teardown: (model) => closers.get(model)?.(),
    // what a function makes is known later
    ...((isMaker(source) || listerOf(source)) && {
      async listModels({ params: own = params ?? {} }: Made) {
        const subject = subjectOf(names, own, source)
        return list(listerOf(source) ?? listerOf(await make(caller, source, own, subject)), subject)
      },
    }),
  })
  const spec = `${names.provider}/${names.name}`
  return { spec, provider, ...(params && { options: { params } }) }
}

/** There is only one: two providers of the same name would else be taken for each other. */
function requireModel(asked: string, { name, provider }: Names): void {
  if (asked === name) return
  throw new AssayError(
    `${provider}: there is no model \`${asked}\`; its only one is \`${name}\`.`,
    {
      kind: 'config',
      provider,
    },
  )
}
