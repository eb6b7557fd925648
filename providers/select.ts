import * as v from 'valibot'
import { checked } from '../src/model/checked.ts'
import type { Model } from '../src/model/model.ts'
import { AssayError } from '../src/model/error.ts'
import { type InnerChoice, innerChoices, toOptions } from '../src/provider/members/choices.ts'
import { createMembers, tearDownMembers } from '../src/provider/members/create-members.ts'
import { defineProvider } from '../src/provider/define-provider.ts'
import { type HealthOptions, healthSchema } from '../src/provider/health/options.ts'
import type { ConfiguredModel, ModelChoice } from '../src/provider/model-choice.ts'
import type { ModelProvider } from '../src/provider/provider.ts'
import { type Requirements, requirements } from '../src/provider/selection/requirements.ts'
import { defaultReward, type Reward } from '../src/provider/selection/reward.ts'
import { createSelectionModel } from '../src/provider/selection/selection-model.ts'
import { createSelector } from '../src/provider/selection/selector.ts'
import { createStatistics, Statistics } from '../src/provider/selection/statistics.ts'
import {
  createStrategy,
  type GivenStrategy,
  strategySchema,
} from '../src/provider/selection/strategies.ts'

export interface SelectOptions extends Requirements {
  /** The models to choose among. @default those that the project lists, selections aside */
  readonly models?: readonly InnerChoice[] | undefined
  /** How one of those that meet the requirements is chosen. @default 'ucb' */
  readonly strategy?: GivenStrategy | undefined
  /** What is known of them by having tried them. @default nothing yet */
  readonly statistics?: Statistics | undefined
  /** Rewards what came of a pull. @default the mean score of the row; outside of rows 1 for a response */
  readonly reward?: Reward | undefined
  /** How their health is watched. @default by their calls alone */
  readonly health?: HealthOptions | undefined
}

const options = v.strictObject({
  models: v.optional(innerChoices),
  strategy: v.optional(strategySchema, 'ucb'),
  statistics: v.optional(v.instance(Statistics, 'expected what createStatistics() makes')),
  reward: v.optional(
    v.custom<Reward>((value) => typeof value === 'function', 'expected a function of a result'),
  ),
  health: v.optional(healthSchema, {}),
  ...requirements,
})

declare module 'vitest-assay' {
  interface ProviderOptions {
    select: SelectOptions
  }
}

const ends = new WeakMap<Model, () => Promise<void>>()

/** One of several models, chosen for each row: `select/ucb`. */
const provider: ModelProvider = defineProvider({
  name: 'select',
  options,
  perRole: true, // what scores reward is the model under test alone,
  perHolder: true, // and what one eval finds out says nothing of the rows of another
  async setup(name, settings: v.InferOutput<typeof options>, context) {
    const {
      models = othersOf(context.listed),
      strategy,
      reward = defaultReward,
      health,
      ...rest
    } = settings
    const { statistics = createStatistics({ notice: context.notice }), ...required } = rest
    if (models.length === 0) throw nothingListed(name)
    const members = await createMembers(models, context, health)
    const selector = createSelector({
      members: () => members,
      strategy: createStrategy(strategy),
      statistics,
    })
    const { role, notice } = context
    const isFree = members.every(({ isLocal }) => isLocal)
    const pulls = { selector, required, reward, role, notice }
    const model = createSelectionModel({ provider: 'select', name, isFree, ...pulls })
    ends.set(model, () => tearDownMembers(members))
    return model
  },
  teardown: (model) => ends.get(model)?.(),
})

export default provider

/** A project may list a selection beside what it chooses among. */
function othersOf(listed: readonly string[]): readonly string[] {
  return listed.filter((spec) => !spec.startsWith('select/'))
}

function nothingListed(name: string): AssayError {
  return new AssayError(
    `select/${name}: there is no model to choose among: give \`models\`, or list models in assay.config.yaml or evals({ models }).`,
    { kind: 'config', provider: 'select' },
  )
}

/** What `select` is given. */
export interface Selection extends Omit<SelectOptions, 'models'> {
  /** The models to choose among. @default those that the project lists, selections aside */
  readonly models?: readonly ModelChoice[]
  /** What titles, reports and the spec call it. @default the name of its strategy */
  readonly name?: string
}

const own = v.strictObject({
  ...options.entries,
  name: v.optional(v.pipe(v.string(), v.nonEmpty())),
})

/**
 * A model of which each row is answered by one that is chosen for it, for `models`:
 * `models: [select({ models: ['openai/gpt-5-mini', 'ollama/qwen3'], strategy: ucb() })]`.
 *
 * @throws AssayError `config` for options that are wrong
 */
export function select({ models, name, ...given }: Selection = {}): ConfiguredModel {
  const settings = { ...given, ...(models && { models: toOptions(models) }) }
  checked('select()', own, { ...settings, name })
  const { strategy = 'ucb' } = given
  const usual = typeof strategy === 'string' ? strategy : strategy.name
  const spec = `select/${name ?? usual}`
  return { spec, options: settings }
}
