import * as v from 'valibot'
import { type Candidate, type Fields, least, type Strategy } from './strategy.ts'

export interface UcbOptions {
  /** How much what is little known is preferred to what was good so far. @default 2 */
  readonly explorationFactor?: number | undefined
  /** How often each model is tried before it is compared. @default 5 */
  readonly minTrials?: number | undefined
}

export const ucbFields: Fields<UcbOptions> = {
  explorationFactor: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0))),
  minTrials: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
}

/** What a model is worth whose pulls are all under way. */
const UNKNOWN = 0.5

/**
 * The model with the highest upper confidence bound, mean + factor · √(ln(T + 1) / n), where n counts its pulls with
 * those under way, T those of all, and the mean is of the rewarded ones alone (after P. Auer, N. Cesa-Bianchi and
 * P. Fischer, Machine Learning 47, 2002). What is equal goes to the model with fewer pulls, then by lot, the same at
 * the same number of pulls, so that a run can be repeated.
 */
export function ucbStrategy({ explorationFactor = 2, minTrials = 5 }: UcbOptions): Strategy {
  const countOf = ({ pulls }: Candidate) => pulls.completed + pulls.pending
  return {
    name: 'ucb',
    choose(candidates) {
      const untried = candidates.filter((one) => countOf(one) < Math.max(1, minTrials))
      if (untried.length > 0) return least(untried, countOf)
      const total = candidates.reduce((sum, one) => sum + countOf(one), 0)
      const bonus = (n: number) => explorationFactor * Math.sqrt(Math.log(total + 1) / n)
      const bound = (one: Candidate) => (one.pulls.mean ?? UNKNOWN) + bonus(countOf(one))
      const lotOf = (one: Candidate) => lot(total, candidates.indexOf(one))
      return least(candidates, (one) => -bound(one), countOf, lotOf)
    },
  }
}

/**
 * A number that looks like chance. Models that take turns would each get every other row: one that is right on those
 * alone would seem to be right always.
 */
function lot(total: number, index: number): number {
  let bits = Math.imul(total + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d)
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39)
  return (bits ^ (bits >>> 15)) >>> 0
}
