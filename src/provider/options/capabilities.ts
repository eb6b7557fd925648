import * as v from 'valibot'
import type { Capabilities } from '../../model/model.ts'

const flag = v.optional(v.boolean())
const count = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)))

/** The fields of Capabilities, for a schema to take in. */
export const capabilityFields: {
  readonly [name in keyof Capabilities]-?: v.GenericSchema<unknown, Capabilities[name] | undefined>
} = {
  text: flag,
  code: flag,
  tools: flag,
  vision: flag,
  audio: flag,
  streaming: flag,
  contextWindow: count,
  maxOutputTokens: count,
}
