import * as v from 'valibot'
import { checked } from '../../model/checked.ts'
import { AssayError, messageOf } from '../../model/error.ts'
import { createListeners } from '../../model/listeners.ts'
import type { ModelMetrics } from '../../model/metrics.ts'
import type { Capabilities, Model } from '../../model/model.ts'
import { failureOf } from '../members/behind.ts'
import { tearDownMembers } from '../members/create-members.ts'
import type { HealthChange, HealthStatus } from '../health/health.ts'
import type { HealthSettings } from '../health/options.ts'
import { createMember } from '../members/member.ts'
import type { OtherModel } from '../members/other-model.ts'
import { type Requirements, requirements } from '../selection/requirements.ts'
import { defaultReward, type Reward } from '../selection/reward.ts'
import { createSettle } from '../selection/settle.ts'
import { createSelectionModel } from '../selection/selection-model.ts'
import { createSelector } from '../selection/selector.ts'
import type { PullCounts, Statistics } from '../selection/statistics.ts'
import type { Strategy } from '../selection/strategy.ts'
import { createEntries, type Entry } from './entries.ts'

/** A model of the registry. */
export interface RegisteredModel {
  readonly name: string
  /** `provider/model-name` */
  readonly spec: string
  /** Where it was registered, for people. */
  readonly origin: string
  /** What is known by now: nothing before a selection, or the set-up of the model, has looked. */
  readonly capabilities: Capabilities
  readonly pulls: PullCounts
  /** Since it was set up; of nothing before. */
  readonly metrics: ModelMetrics
  readonly health: HealthStatus
  /** The model, set up when it is first asked for. The registry tears it down. */
  model(): Promise<Model>
}

/** A model that was selected, which counts as tried from now on. */
export interface Pull {
  /** Counts the pulls of the registry, from 1. */
  readonly id: number
  readonly name: string
  readonly spec: string
  readonly model: Model
  /**
   * Rewards it, from 0 to 1, once: what is said later does nothing.
   * @returns whether it counted. @throws AssayError `config` for what is no number
   */
  report(reward: number): boolean
  /** Gives the pull back, as if it had not been; nothing after a report. */
  cancel(): boolean
}

/** A change of one model's health. */
export interface RegistryHealthChange extends HealthChange {
  readonly name: string
}

/** The part of a registry that needs to know nothing of where models come from. */
export interface Registered {
  /** Adds a model. @throws AssayError `config` where there is one of its name, or of its second one */
  add(other: OtherModel, origin: string, alias?: string): RegisteredModel
  /** Takes a model out, tears it down and forgets what was tried of it. */
  unregister(name: string): Promise<void>
  /** @throws AssayError `config` for a name of none, or of several */
  get(name: string): RegisteredModel
  /** All models, or those of one provider, in the order of their registration. */
  list(filter?: { readonly provider?: string }): readonly RegisteredModel[]
  /** Selects a model and sets it up. @throws AssayError that says of each model why it cannot be selected */
  select(required?: Requirements): Promise<Pull>
  /** A model of which each call is answered by one that is selected for it. */
  selection(required?: Requirements): Promise<Model>
  /** @throws AssayError `config` for a name of none, or of several */
  health(name: string): HealthStatus
  /** @throws AssayError `config` for a name of none, or of several */
  metrics(name: string): ModelMetrics
  /** Calls back when a model's health changes. @returns what ends that. @throws AssayError `config` for another event */
  on(event: 'healthChange', listener: (change: RegistryHealthChange) => unknown): () => void
  /** What is known of the models by having tried them. */
  readonly statistics: Statistics
  /** Tears all models down. @throws AggregateError naming each failure */
  teardown(): Promise<void>
}

export interface RegistrySettings {
  readonly strategy: Strategy
  readonly statistics: Statistics
  readonly reward?: Reward | undefined
  readonly health: HealthSettings
  readonly notice: (line: string) => void
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: (() => number) | undefined
}

const requirementsSchema: v.GenericSchema<unknown, Requirements> = v.strictObject(requirements)

/** Keeps models, and selects among them. */
export function createRegistered(settings: RegistrySettings): Registered {
  const { strategy, statistics, reward = defaultReward, health, notice, now } = settings
  const entries = createEntries()
  const onError = (error: unknown) => notice(`A listener has failed: ${messageOf(error)}`)
  const listeners = createListeners<RegistryHealthChange>(onError)
  const members = () => entries.all.map(({ member }) => member)
  const selector = createSelector({ members, strategy, statistics, now })
  const settle = createSettle({ reward, notice })
  let pulls = 0

  async function learnAll(): Promise<void> {
    // one of which nothing can be learned says why when it is set up, and the others are there all the same
    await Promise.allSettled(members().map((member) => member.learn()))
  }

  function shown({ member, origin }: Entry): RegisteredModel {
    const { name, spec } = member
    return {
      name,
      spec,
      origin,
      get capabilities() {
        return member.capabilities
      },
      get pulls() {
        return statistics.of(name)
      },
      get metrics() {
        return member.metrics
      },
      get health() {
        return member.health.status()
      },
      model: () => member.setup(),
    }
  }

  async function pull(required: Requirements): Promise<Pull> {
    const taken = selector.take(required)
    const { member, report, cancel } = taken
    const { name, spec } = member
    try {
      return { id: ++pulls, name, spec, model: await member.setup(), report, cancel }
    } catch (thrown) {
      const error = failureOf(thrown, name)
      settle(taken, { error })
      throw error
    }
  }

  return {
    statistics,
    add(other, origin, alias) {
      const member = createMember(other, { health, onError, ...(now && { now }) })
      const unwatch = member.health.onChange((change) =>
        listeners.tell({ name: member.name, ...change }),
      )
      const entry = { member, origin, alias, unwatch }
      entries.add(entry)
      return shown(entry)
    },
    async unregister(name) {
      const entry = entries.find(name)
      entries.remove(entry)
      entry.unwatch()
      statistics.drop(entry.member.name)
      await entry.member.teardown()
    },
    get: (name) => shown(entries.find(name)),
    list({ provider } = {}) {
      const isMeant = ({ member }: Entry) => member.spec.startsWith(`${provider}/`)
      const all = provider === undefined ? entries.all : entries.all.filter(isMeant)
      return all.map((entry) => shown(entry))
    },
    async select(given = {}) {
      const required = checked('registry.select()', requirementsSchema, given)
      await learnAll()
      return pull(required)
    },
    async selection(given = {}) {
      const required = checked('registry.selection()', requirementsSchema, given)
      await learnAll()
      const front = { provider: 'registry', name: strategy.name }
      return createSelectionModel({ ...front, selector, required, reward, role: 'model', notice })
    },
    health: (name) => entries.find(name).member.health.status(),
    metrics: (name) => entries.find(name).member.metrics,
    on(event, listener) {
      if (event === 'healthChange') return listeners.add(listener)
      throw new AssayError(
        `registry.on(): there is one event, healthChange; got ${String(event)}.`,
        { kind: 'config' },
      )
    },
    teardown: () => tearDownMembers(members()),
  }
}
