import * as v from 'valibot'
import type { Capabilities } from '../../model/model.ts'
import { capabilityFields } from '../../provider/options/capabilities.ts'
import type { SystemPosition } from '../../provider/options/model-settings.ts'
import { isTemplate, type Template } from '../../provider/options/template.ts'
import { type RunRequestOptions, runRequestOptions } from '../../request/options.ts'
import { type RunOptions, runOptions } from '../run-options.ts'

type Schema<Output> = v.GenericSchema<unknown, Output>
type Fields<Content> = { readonly [name in keyof Content]-?: Schema<Content[name]> }

/** What may be said of a model wherever it is named. */
export interface Instruction {
  readonly systemInstruction?: string | Template | undefined
  readonly systemPosition?: SystemPosition | undefined
  /** Options of the model, and fields of the request's JSON. */
  readonly options?: Record<string, unknown> | undefined
}

/** What a model can do, also as other tools call it. */
export interface ConfigCapabilities extends Capabilities {
  readonly textGeneration?: boolean | undefined
  readonly codeGeneration?: boolean | undefined
  readonly functionCalling?: boolean | undefined
  readonly supportsFunctions?: boolean | undefined
  readonly supportsStreaming?: boolean | undefined
  readonly maxTokens?: number | undefined
  /** US dollars. */
  readonly inputCostPerToken?: number | undefined
  readonly outputCostPerToken?: number | undefined
}

interface Constraints {
  readonly maxRequestsPerMinute?: number | undefined
  readonly maxTokensPerMinute?: number | undefined
  readonly maxConcurrentRequests?: number | undefined
  readonly requiredMemoryGb?: number | undefined
  readonly requiredGpuMemoryGb?: number | undefined
  /** US dollars, of the prompt and the response. */
  readonly costPerToken?: number | undefined
}

/** A model of the list `models`. */
export interface ConfigEntry extends Instruction {
  readonly name: string
  readonly provider?: string | undefined
  /** Options of the provider. */
  readonly config?: Record<string, unknown> | undefined
  /** File or package that the model comes from, in place of a provider; `provider` is then what responses say. */
  readonly module?: string | undefined
  readonly export?: string | undefined
  /** What the export gets. */
  readonly params?: Record<string, unknown> | undefined
  readonly version?: string | number | undefined
  /** `module` and `export` as other tools call them. */
  readonly modulePath?: string | undefined
  readonly className?: string | undefined
  readonly capabilities?: ConfigCapabilities | undefined
  readonly constraints?: Constraints | undefined
}

/** A model for a role. */
export interface ConfigRole extends Instruction {
  readonly name: string
  /** Options of the provider. */
  readonly params?: Record<string, unknown> | undefined
}

/** The whole of a configuration file, by names in camel case. */
export interface ConfigContent extends RunOptions, Omit<RunRequestOptions, 'concurrency'> {
  readonly models?: readonly (string | ConfigEntry)[] | undefined
  readonly responseModel?: string | ConfigRole | undefined
  readonly judgeModel?: string | ConfigRole | undefined
  readonly fixerModel?: string | ConfigRole | undefined
  readonly modelConfigs?: Record<string, Instruction> | undefined
  readonly maxConcurrent?: number | undefined
  readonly providerConcurrency?: Record<string, number> | undefined
  readonly providers?: readonly string[] | undefined
}

const text = v.pipe(v.string('expected a text'), v.nonEmpty())
const count = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)))
const amount = v.optional(v.pipe(v.number(), v.minValue(0)))
const fields = v.optional(v.record(v.string(), v.unknown()))
const flag = v.optional(v.boolean())

const template = v.union([text, v.custom<Template>(isTemplate)], 'expected a text')

/** The fields of Instruction, for a schema to take in. */
export const instruction: Fields<Instruction> = {
  systemInstruction: v.optional(template),
  systemPosition: v.optional(v.picklist(['prepend', 'append'], "expected 'prepend' or 'append'")),
  options: fields,
}

const capabilities = v.strictObject<Fields<ConfigCapabilities>>({
  ...capabilityFields,
  textGeneration: flag,
  codeGeneration: flag,
  functionCalling: flag,
  supportsFunctions: flag,
  supportsStreaming: flag,
  maxTokens: count,
  inputCostPerToken: amount,
  outputCostPerToken: amount,
} as Fields<ConfigCapabilities>)

const constraints = v.strictObject<Fields<Constraints>>({
  maxRequestsPerMinute: count,
  maxTokensPerMinute: count,
  maxConcurrentRequests: count,
  requiredMemoryGb: amount,
  requiredGpuMemoryGb: amount,
  costPerToken: amount,
})

const entry = v.strictObject<Fields<ConfigEntry>>({
  name: text,
  provider: v.optional(text),
  config: fields,
  module: v.optional(text),
  export: v.optional(text),
  params: fields,
  version: v.optional(v.union([text, v.number()], 'expected a text or a number')),
  modulePath: v.optional(text),
  className: v.optional(text),
  ...instruction,
  capabilities: v.optional(capabilities) as Schema<ConfigEntry['capabilities']>,
  constraints: v.optional(constraints),
})

const role = v.strictObject<Fields<ConfigRole>>({ name: text, params: fields, ...instruction })

const { concurrency: _, ...requestOptions } = runRequestOptions

/** Checks the content of a configuration file. */
export const configSchema: Schema<ConfigContent> = v.strictObject({
  models: v.optional(v.array(v.union([text, entry]), 'expected a list of models')),
  responseModel: v.optional(v.union([text, role])),
  judgeModel: v.optional(v.union([text, role])),
  fixerModel: v.optional(v.union([text, role])),
  modelConfigs: v.optional(v.record(v.string(), v.strictObject(instruction))),
  maxConcurrent: count,
  providerConcurrency: v.optional(
    v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(1))),
  ),
  providers: v.optional(v.array(text)),
  ...requestOptions,
  ...runOptions,
} satisfies Fields<ConfigContent>) as Schema<ConfigContent>
