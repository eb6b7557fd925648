import * as v from 'valibot'
import type { Capabilities } from '../../model/model.ts'
import { rounded } from './rounded.ts'
import type { Candidate, ExpectedCall, Fields } from './strategy.ts'

/** What a model can be asked to be able to do. */
export type Capability = 'text' | 'code' | 'tools' | 'vision' | 'audio' | 'streaming'

/** What a model must meet to be chosen. What is equal to a limit meets it. */
export interface Requirements {
  /** What it must be able to do, as it is said of it; `text` unless it is said otherwise. */
  readonly capabilities?: readonly Capability[] | undefined
  /** Tokens of prompt and response together that it must take. */
  readonly contextWindow?: number | undefined
  /** Tokens that its response must be able to have. */
  readonly maxOutputTokens?: number | undefined
  /** US dollars that one call may cost. */
  readonly maxCostUsd?: number | undefined
  /** Tokens per second that it must have reached, at the median of its calls. */
  readonly minTokensPerSecond?: number | undefined
  /** Milliseconds within which 95 % of its responses must have come. */
  readonly maxLatencyMs?: number | undefined
  /** Names of the providers that it may be of. */
  readonly providers?: readonly string[] | undefined
  /** Names or specs of models that are out. */
  readonly exclude?: readonly string[] | undefined
  /**
   * Whether what was never measured, and a price that nobody knows, meets a limit. What was not said of
   * capabilities and the context window never does. @default true for speed, false for the price
   */
  readonly allowUnknown?: boolean | undefined
  /** Tokens of the prompt, for the cost. @default those of the call's input, about; 0 without one */
  readonly inputTokens?: number | undefined
  /** Tokens of the response, for the cost. @default the call's `maxTokens`, else what the model gave so far, else 500 */
  readonly outputTokens?: number | undefined
}

const capabilityNames = ['text', 'code', 'tools', 'vision', 'audio', 'streaming'] as const

/** What other tools call the capabilities. */
const synonyms: Readonly<Record<string, Capability>> = {
  text_generation: 'text',
  code_generation: 'code',
  function_calling: 'tools',
  supports_functions: 'tools',
  supports_streaming: 'streaming',
}

const expected = `expected one of ${capabilityNames.join(', ')}`
const capability = v.pipe(
  v.string(expected),
  v.transform((name): string => synonyms[name] ?? name),
  v.picklist(capabilityNames, expected),
)
const names = v.optional(v.array(v.string()))
const count = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)))
const amount = v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)))

/** The fields of Requirements, for a schema to take in. */
export const requirements: Fields<Requirements> = {
  capabilities: v.optional(v.array(capability)),
  contextWindow: count,
  maxOutputTokens: count,
  maxCostUsd: amount,
  minTokensPerSecond: amount,
  maxLatencyMs: amount,
  providers: names,
  exclude: names,
  allowUnknown: v.optional(v.boolean()),
  inputTokens: count,
  outputTokens: count,
}

/** Why a candidate does not meet what is required; nothing where it does. */
export function unmet(
  candidate: Candidate,
  required: Requirements,
  call: ExpectedCall,
): string | undefined {
  const { providers, exclude = [] } = required
  const [provider] = candidate.spec.split('/')
  if (exclude.includes(candidate.name) || exclude.includes(candidate.spec)) return 'excluded'
  if (providers && !providers.includes(provider!)) {
    return `providers: ${provider} is not among ${providers.join(', ')}`
  }
  return (
    unmetByWord(candidate.capabilities, required) ??
    unmetByCost(candidate, required, call) ??
    unmetByMeasure(candidate, required)
  )
}

function unmetByWord(said: Capabilities, required: Requirements): string | undefined {
  const missing = required.capabilities?.find((name) => !(said[name] ?? name === 'text'))
  if (missing !== undefined) {
    return said[missing] === false
      ? `capabilities: no ${missing}`
      : `capabilities: nothing says ${missing}`
  }
  for (const name of ['contextWindow', 'maxOutputTokens'] as const) {
    const least = required[name]
    if (least === undefined) continue
    const known = said[name]
    if (known === undefined) return `${name}: unknown`
    if (known < least) return `${name}: ${known} < ${least}`
  }
  return undefined
}

function unmetByCost(
  candidate: Candidate,
  { maxCostUsd, allowUnknown = false }: Requirements,
  call: ExpectedCall,
): string | undefined {
  if (maxCostUsd === undefined) return undefined
  const cost = candidate.cost(call)
  if (cost === null) return allowUnknown ? undefined : 'maxCostUsd: its price is unknown'
  return cost <= maxCostUsd ? undefined : `maxCostUsd: ${rounded(cost)} > ${rounded(maxCostUsd)}`
}

function unmetByMeasure(
  candidate: Candidate,
  { minTokensPerSecond, maxLatencyMs, allowUnknown = true }: Requirements,
): string | undefined {
  // metrics are put together when they are read, which is not for nothing
  if (minTokensPerSecond === undefined && maxLatencyMs === undefined) return undefined
  const { metrics } = candidate
  const speed = metrics.tokensPerSecond?.p50
  if (minTokensPerSecond !== undefined) {
    if (speed === undefined && !allowUnknown) return 'minTokensPerSecond: not measured'
    if (speed !== undefined && speed < minTokensPerSecond) {
      return `minTokensPerSecond: ${rounded(speed)} < ${minTokensPerSecond}`
    }
  }
  if (maxLatencyMs === undefined) return undefined
  const latency = metrics.latencyMs?.p95
  if (latency === undefined) return allowUnknown ? undefined : 'maxLatencyMs: not measured'
  return latency <= maxLatencyMs
    ? undefined
    : `maxLatencyMs: ${Math.round(latency)} > ${maxLatencyMs}`
}
