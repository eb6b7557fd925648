import * as v from 'valibot'
import { checked } from '../../model/checked.ts'
import { AssayError } from '../../model/error.ts'
import { wilson } from '../../statistics/wilson.ts'

/** How often a model was taken, and what came of it. */
export interface PullCounts {
  /** Pulls that were rewarded. */
  readonly completed: number
  /** Pulls that are under way. */
  readonly pending: number
  /** Pulls that are over and said nothing of the model: it was tried, and they are in no mean. */
  readonly unrewarded: number
  /** Mean of the rewards, from 0 to 1; `null` before the first. */
  readonly mean: number | null
}

/** The same for people. */
export interface PullSummary extends PullCounts {
  /** 95 % interval of the mean (Wilson's, of which rewards between 0 and 1 need no more); `null` before the first. */
  readonly ci: readonly [low: number, high: number] | null
}

/** What is kept between runs, as JSON. */
export interface StatisticsRecord {
  readonly version: 1
  /** By the model's name. */
  readonly models: Readonly<Record<string, { readonly completed: number; readonly sum: number }>>
}

/** One time that a model was taken. The first call of either method counts, a further one does nothing. */
export interface Ticket {
  /** @returns whether the reward was counted. @throws AssayError `config` for what is no number */
  report(reward: number): boolean
  /** Ends the pull without a reward: it counts as tried. */
  end(): boolean
  /** Gives the pull back, as if it had not been. */
  cancel(): boolean
}

export interface StatisticsOptions {
  /** After how long a pull that nobody rewards is given back, in milliseconds. @default 3_600_000 */
  readonly expireMs?: number
  /** Milliseconds, on any clock. @default performance.now */
  readonly now?: () => number
  /** Is told once of rewards that are not between 0 and 1. @default console.warn */
  readonly notice?: (line: string) => void
}

interface Arm {
  completed: number
  unrewarded: number
  sum: number
  /** When each pull under way began, the oldest first. */
  readonly pending: Map<object, number>
}

const schema: v.GenericSchema<unknown, StatisticsRecord> = v.strictObject({
  version: v.literal(1),
  models: v.record(
    v.string(),
    v.pipe(
      v.strictObject({
        completed: v.pipe(v.number(), v.integer(), v.minValue(0)),
        sum: v.pipe(v.number(), v.minValue(0)),
      }),
      v.check(({ completed, sum }) => sum <= completed, 'expected a `sum` of at most `completed`'),
    ),
  ),
})

const ownOptions = v.strictObject({
  expireMs: v.optional(v.pipe(v.number(), v.minValue(1))),
  now: v.optional(v.function()),
  notice: v.optional(v.function()),
})

const HOUR = 3_600_000

/**
 * What is known of models by having tried them: a pull is pending when a model is taken, and completed when it is
 * rewarded, once. A class, so that options which hold one do not copy it.
 */
export class Statistics {
  readonly #arms = new Map<string, Arm>()
  readonly #expireMs: number
  readonly #now: () => number
  readonly #notice: (line: string) => void
  #hasNoticed = false

  constructor(options: StatisticsOptions = {}) {
    checked('createStatistics()', ownOptions, options)
    const { expireMs = HOUR, now = () => performance.now(), notice = console.warn } = options
    this.#expireMs = expireMs
    this.#now = now
    this.#notice = notice
  }

  of(name: string): PullCounts {
    const arm = this.#arms.get(name)
    if (!arm) return { completed: 0, pending: 0, unrewarded: 0, mean: null }
    for (const [pull, began] of arm.pending) {
      if (this.#now() - began < this.#expireMs) break
      arm.pending.delete(pull)
    }
    const { completed, unrewarded, sum, pending } = arm
    const mean = completed > 0 ? sum / completed : null
    return { completed, pending: pending.size, unrewarded, mean }
  }

  /** Counts a pull as pending, at once. */
  begin(name: string): Ticket {
    const arm = this.#armOf(name)
    const pull = {}
    arm.pending.set(pull, this.#now())
    return {
      report: (reward) => {
        const counted = this.#clamp(reward)
        if (!arm.pending.delete(pull)) return false
        arm.completed++
        arm.sum += counted
        return true
      },
      end: () => {
        if (!arm.pending.delete(pull)) return false
        arm.unrewarded++
        return true
      },
      cancel: () => arm.pending.delete(pull),
    }
  }

  /** Forgets a model, also its pulls under way. */
  drop(name: string): void {
    this.#arms.get(name)?.pending.clear()
    this.#arms.delete(name)
  }

  /** By the model's name, in the order of the first pulls. */
  summary(): Readonly<Record<string, PullSummary>> {
    const all = [...this.#arms].map(([name, { sum, completed }]) => {
      const ci = completed > 0 ? wilson(sum, completed) : null
      return [name, { ...this.of(name), ci }] as const
    })
    return Object.fromEntries(all)
  }

  /** What was rewarded, as JSON; pulls under way are not in it. */
  export(): StatisticsRecord {
    const models = [...this.#arms].map(([name, { completed, sum }]) => [name, { completed, sum }])
    return { version: 1, models: Object.fromEntries(models) as StatisticsRecord['models'] }
  }

  /** Takes the place of what was rewarded so far. @throws AssayError `config` for another format */
  import(record: unknown): void {
    const { models } = checked('statistics.import()', schema, record)
    for (const arm of this.#arms.values()) {
      arm.completed = 0
      arm.unrewarded = 0
      arm.sum = 0
    }
    for (const [name, { completed, sum }] of Object.entries(models)) {
      Object.assign(this.#armOf(name), { completed, sum })
    }
  }

  #armOf(name: string): Arm {
    const arm = this.#arms.get(name) ?? { completed: 0, unrewarded: 0, sum: 0, pending: new Map() }
    this.#arms.set(name, arm)
    return arm
  }

  #clamp(reward: number): number {
    if (typeof reward !== 'number' || Number.isNaN(reward)) {
      const got = typeof reward === 'string' ? `the text "${String(reward)}"` : String(reward)
      throw new AssayError(`Expected a reward from 0 to 1, got ${got}.`, { kind: 'config' })
    }
    const clamped = Math.min(1, Math.max(0, reward))
    if (clamped !== reward && !this.#hasNoticed) {
      this.#hasNoticed = true
      this.#notice(
        `A reward of ${reward} counts as ${clamped}: rewards are from 0 to 1. Give \`reward\` to say how a result is rewarded.`,
      )
    }
    return clamped
  }
}

/**
 * Statistics for `select({ statistics })`, which can be exported after a run and imported before the next.
 *
 * @throws AssayError `config` for wrong options
 */
export function createStatistics(options: StatisticsOptions = {}): Statistics {
  return new Statistics(options)
}
