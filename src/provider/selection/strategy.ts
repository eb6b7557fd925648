import type * as v from 'valibot'
import type { ModelMetrics } from '../../model/metrics.ts'
import type { Capabilities } from '../../model/model.ts'
import type { PullCounts } from './statistics.ts'

/** Schemas of the fields of something. */
export type Fields<Content> = {
  readonly [name in keyof Content]-?: v.GenericSchema<unknown, Content[name]>
}

/** What a call will take, as far as it can be told before. */
export interface ExpectedCall {
  readonly inputTokens: number
  /** None where nothing says how long responses may be. */
  readonly outputTokens?: number | undefined
}

/** A model among which one is chosen. */
export interface Candidate {
  readonly name: string
  readonly spec: string
  /** Whether it runs on this machine, and costs nothing. */
  readonly isLocal: boolean
  readonly capabilities: Capabilities
  readonly metrics: ModelMetrics
  readonly pulls: PullCounts
  /** US dollars of a call; `null` where the price is unknown. */
  cost(expected: ExpectedCall): number | null
}

/** How one of several models is chosen. */
export interface Strategy {
  readonly name: string
  /** Why a candidate is out, whatever the others are; nothing where it is not. */
  reject?(candidate: Candidate, expected: ExpectedCall): string | undefined
  /** Chooses among candidates that are not out, of which there is at least one. */
  choose(candidates: readonly Candidate[], expected: ExpectedCall): Candidate
}

/** How often a candidate was tried, pulls under way and those without a reward included. */
export function triesOf({ pulls: { completed, pending, unrewarded } }: Candidate): number {
  return completed + pending + unrewarded
}

/** The first of those of which `figure` is least; what is equal stays in the order of the list. */
export function least(
  candidates: readonly Candidate[],
  ...figures: readonly ((candidate: Candidate) => number)[]
): Candidate {
  return candidates.reduce((best, one) => (isLess(one, best, figures) ? one : best))
}

function isLess(
  one: Candidate,
  other: Candidate,
  figures: readonly ((candidate: Candidate) => number)[],
): boolean {
  for (const figure of figures) {
    const [a, b] = [figure(one), figure(other)]
    if (a !== b) return a < b
  }
  return false
}
