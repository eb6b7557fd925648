import { AssayError } from '../../src/model/error.ts'
import { adapt, type AdaptedModel, type AdapterOptions } from './adapt.ts'
import { camelCase } from './methods.ts'
import { modelStyles } from './model-of.ts'

export interface FromModelOptions extends AdapterOptions {
  /** What each call gives to the model beside its own settings, which go before these. @default {} */
  readonly parameters?: Readonly<Record<string, unknown>>
}

/** What a call says itself. */
const reserved = new Set(['prompt', 'messages', 'model', 'input', 'signal'])

/**
 * A model of somebody's own kind: one with `generate_response(prompt, parameters)`, and `initialize`,
 * `stream_response`, `health_check`, `cleanup` where it has them; or one with `invoke` or `ainvoke`, and
 * `is_answer_blocked`. Give the model, its class or a function that makes one.
 *
 * @throws AssayError `config` for an object without such methods, and for parameters that are the call's own
 */
export function fromModel(model: object, options: FromModelOptions = {}): AdaptedModel {
  const { parameters = {}, ...rest } = options
  const own = Object.keys(parameters).find((name) => reserved.has(camelCase(name)))
  if (own !== undefined) {
    throw new AssayError(
      `fromModel: \`parameters\`: \`${own}\` is what each call says by itself; leave it out.`,
      { kind: 'config' },
    )
  }
  return adapt(model, rest, { caller: 'fromModel', ...modelStyles }, parameters)
}
