import * as v from 'valibot'
import { checked } from '../src/model/checked.ts'
import { AssayError } from '../src/model/error.ts'
import type { Model } from '../src/model/model.ts'
import { type InnerChoice, innerChoices, toOptions } from '../src/provider/members/choices.ts'
import { createMembers, tearDownMembers } from '../src/provider/members/create-members.ts'
import { defineProvider } from '../src/provider/define-provider.ts'
import { type HealthOptions, healthSchema } from '../src/provider/health/options.ts'
import type { ConfiguredModel, ModelChoice } from '../src/provider/model-choice.ts'
import type { BreakerSettings } from '../src/provider/pool/ask-pool.ts'
import type { Member } from '../src/provider/members/member.ts'
import { balanced, fallback } from '../src/provider/pool/order.ts'
import { createPoolModel } from '../src/provider/pool/pool-model.ts'
import type { ModelProvider } from '../src/provider/provider.ts'

export interface PoolOptions {
  /** The models behind it. With `fallback` the first is the one that is meant. */
  readonly models: readonly InnerChoice[]
  /**
   * `fallback`: the others answer where the first fails; `balanced`: the one with the fewest calls in flight answers.
   * @default 'fallback'
   */
  readonly strategy?: 'fallback' | 'balanced' | undefined
  /** Shares of `balanced` by the models' names. @default 1 */
  readonly weights?: Readonly<Record<string, number>> | undefined
  /** Whether rows that a fallback has answered count in the scores. @default false */
  readonly countFallbacks?: boolean | undefined
  /** When a model that fails is not asked for a while. */
  readonly breaker?: BreakerSettings | undefined
  /** Milliseconds that a call waits while none of them may be asked. @default 600_000 */
  readonly maxWaitMs?: number | undefined
  /** How their health is watched. @default by their calls alone */
  readonly health?: HealthOptions | undefined
}

const count = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)))
const milliseconds = v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(2 ** 31 - 1)))

const options = v.strictObject({
  models: innerChoices,
  strategy: v.optional(
    v.picklist(['fallback', 'balanced'], "expected 'fallback' or 'balanced'"),
    'fallback',
  ),
  weights: v.optional(v.record(v.string(), v.pipe(v.number(), v.finite(), v.gtValue(0)))),
  countFallbacks: v.optional(v.boolean()),
  breaker: v.optional(
    v.strictObject({ failures: count, recoveryMs: milliseconds, successes: count }),
  ),
  maxWaitMs: milliseconds,
  health: v.optional(healthSchema, {}),
})

declare module 'vitest-assay' {
  interface ProviderOptions {
    pool: PoolOptions
  }
}

const ends = new WeakMap<Model, () => Promise<void>>()

/** Several models as one: `pool/fallback`. */
const provider: ModelProvider = defineProvider({
  name: 'pool',
  options,
  perRole: true, // the models behind it are set up for its role, a judge's at temperature 0
  async setup(name, settings: v.InferOutput<typeof options>, context) {
    const { models, strategy, health, countFallbacks = false, ...rest } = settings
    const members = await createMembers(models, context, health)
    requireFitting(name, members, settings)
    const isMeant = strategy === 'fallback' && !countFallbacks
    const model = createPoolModel({
      provider: 'pool',
      name,
      members,
      order: strategy === 'fallback' ? fallback : balanced,
      primary: isMeant ? members[0]!.name : undefined,
      notice: context.notice,
      ...rest,
    })
    ends.set(model, () => tearDownMembers(members))
    return model
  },
  teardown: (model) => ends.get(model)?.(),
})

export default provider

/** @throws AssayError `config` for weights of nobody, and for options without effect */
function requireFitting(
  name: string,
  members: readonly Member[],
  { weights, strategy, countFallbacks }: Omit<PoolOptions, 'models'>,
): void {
  const known = members.map((member) => member.name)
  const other = Object.keys(weights ?? {}).find((one) => !known.includes(one))
  const problems = [
    strategy === 'fallback' && weights && "`weights` are for the strategy 'balanced'",
    strategy === 'balanced' && countFallbacks && "`countFallbacks` is for the strategy 'fallback'",
    other !== undefined && `\`weights\`: there is no model "${other}" among ${known.join(', ')}`,
  ]
  const problem = problems.find(Boolean)
  if (!problem) return
  throw new AssayError(`pool/${name}: ${problem}.`, { kind: 'config', provider: 'pool' })
}

/** What `pool` is given beside its models. */
export interface Pool extends Omit<PoolOptions, 'models'> {
  /** What titles, reports and the spec call it. @default the name of its strategy */
  readonly name?: string
}

const own = v.strictObject({
  ...options.entries,
  name: v.optional(v.pipe(v.string(), v.nonEmpty())),
})

/**
 * Several models as one, for `models`: `models: [pool(['openai/gpt-5-mini', 'ollama/qwen3'])]`.
 *
 * @throws AssayError `config` for options that are wrong
 */
export function pool(
  models: readonly ModelChoice[],
  { name, ...given }: Pool = {},
): ConfiguredModel {
  const settings = { ...given, models: toOptions(models) }
  checked('pool()', own, { ...settings, name })
  return { spec: `pool/${name ?? given.strategy ?? 'fallback'}`, options: settings }
}
