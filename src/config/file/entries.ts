import { AssayError } from '../../model/error.ts'
import type { Capabilities } from '../../model/model.ts'
import type { Limits } from '../../model/permit.ts'
import type { Price } from '../../model/price.ts'
import type { ModelSettings } from '../../provider/options/model-settings.ts'
import { isPlain } from '../../model/plain-data.ts'
import { isTemplate } from '../../provider/options/template.ts'
import { snake } from './names.ts'
import type { ConfigCapabilities, ConfigEntry, ConfigRole } from './schema.ts'

/** An entry of `models` as what is said of its model. */
export interface EntrySettings {
  readonly settings: ModelSettings
  readonly price?: Price
}

export type PlaceOf = (...path: readonly (string | number)[]) => string

/** What an entry of `models` says of its model. @throws AssayError where it contradicts itself */
export function entrySettings(entry: ConfigEntry, placeOf: PlaceOf): EntrySettings {
  const { config = {}, constraints = {}, capabilities } = entry
  const {
    maxRequestsPerMinute: rpm,
    maxTokensPerMinute: tpm,
    maxConcurrentRequests: concurrency,
    requiredMemoryGb: memoryGb,
    requiredGpuMemoryGb: gpuMemoryGb,
  } = constraints
  const limits = limitsOf(config['limits'], given({ rpm, tpm, concurrency }), placeOf)
  const requirements = given({ memoryGb, gpuMemoryGb })
  const price = priceOf(entry, placeOf)
  return {
    settings: {
      options: { ...config, ...(limits && { limits }) },
      ...(requirements && { requirements }),
      ...instructionOf(entry),
      ...(capabilities && { capabilities: capabilitiesOf(capabilities, placeOf) }),
      at: {
        ...placesOf('options', config, (key) => placeOf('config', key)),
        ...placesOf('fields', entry.options ?? {}, (key) => placeOf('options', key)),
        ...(limits && { 'options.limits': placeOf('constraints') }),
        ...(entry.systemInstruction !== undefined && { system: placeOf('systemInstruction') }),
      },
    },
    ...(price && { price }),
  }
}

/** The constraints with the limits that stand beside them among the options. */
function limitsOf(own: unknown, constraints: Limits | undefined, placeOf: PlaceOf) {
  if (!constraints || own === undefined) return constraints
  if (isPlain(own) && !isTemplate(own)) return { ...own, ...constraints }
  throw new AssayError(
    `${placeOf('config', 'limits')}: beside \`constraints\` expected limits by name, as \`rpm\`.`,
    { kind: 'config' },
  )
}

/** What a role, or an entry of `model_configs`, says of its model. */
export function roleSettings(role: Partial<ConfigRole>, placeOf: PlaceOf): ModelSettings {
  const { params, options = {} } = role
  return {
    ...(params && { options: params }),
    ...instructionOf(role),
    at: {
      ...placesOf('options', params ?? {}, (key) => placeOf('params', key)),
      ...placesOf('fields', options, (key) => placeOf('options', key)),
      system: placeOf('systemInstruction'),
    },
  }
}

function instructionOf({
  systemInstruction: system,
  systemPosition,
  options: fields,
}: Partial<ConfigRole>): ModelSettings {
  return {
    ...(fields && { fields }),
    ...(system !== undefined && { system }),
    ...(systemPosition && { systemPosition }),
  }
}

/** What the names of other tools mean. Two names for one thing must agree. */
const synonyms = {
  text: ['textGeneration'],
  code: ['codeGeneration'],
  tools: ['functionCalling', 'supportsFunctions'],
  streaming: ['supportsStreaming'],
  maxOutputTokens: ['maxTokens'],
  vision: [],
  audio: [],
  contextWindow: [],
} as const satisfies Record<keyof Capabilities, readonly (keyof ConfigCapabilities)[]>

function capabilitiesOf(all: ConfigCapabilities, placeOf: PlaceOf): Capabilities {
  const entries = Object.entries(synonyms).flatMap(([name, others]) => {
    const spellings = [name as keyof typeof synonyms, ...others].filter(
      (one) => all[one] !== undefined,
    )
    const [first, ...rest] = spellings
    if (first === undefined) return []
    const other = rest.find((one) => all[one] !== all[first])
    if (other === undefined) return [[name, all[first]] as const]
    throw new AssayError(
      `${placeOf('capabilities', other)}: \`${snake(first)}\` and \`${snake(other)}\` are one thing, and say two.`,
      { kind: 'config' },
    )
  })
  return Object.fromEntries(entries) as Capabilities
}

const MILLION = 1e6

/** What a token costs is said among the capabilities, for prompt and response, or among the constraints for both. */
function priceOf({ capabilities, constraints }: ConfigEntry, placeOf: PlaceOf): Price | undefined {
  const { inputCostPerToken: input, outputCostPerToken: output } = capabilities ?? {}
  const { costPerToken: both } = constraints ?? {}
  if (both !== undefined && (input ?? output) !== undefined) {
    throw new AssayError(
      `${placeOf('constraints', 'costPerToken')}: \`cost_per_token\` is the price in both directions; remove it, or \`input_cost_per_token\` and \`output_cost_per_token\`.`,
      { kind: 'config' },
    )
  }
  const [known, other] = [input ?? both, output ?? both]
  if (known === undefined && other === undefined) return undefined
  if (known !== undefined && other !== undefined) {
    return { input: ofMillion(known), output: ofMillion(other) }
  }
  throw new AssayError(
    `${placeOf('capabilities')}: a price needs both, \`input_cost_per_token\` and \`output_cost_per_token\`.`,
    { kind: 'config' },
  )
}

/** Without the digits that only binary fractions have. */
function ofMillion(price: number): number {
  return Number((price * MILLION).toPrecision(12))
}

function given<Fields extends object>(fields: Fields): Fields | undefined {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return entries.length > 0 ? (Object.fromEntries(entries) as Fields) : undefined
}

function placesOf(
  prefix: string,
  fields: object,
  placeOf: (key: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.keys(fields).map((key) => [`${prefix}.${key}`, placeOf(key)]))
}
