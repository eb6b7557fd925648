import * as v from 'valibot'
import { type Candidate, type Fields, least, type Strategy, triesOf } from './strategy.ts'

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

/** The part of the bonus that is left to the lot. */
const CHANCE = 0.1

/**
 * The model with the highest upper confidence bound, mean + factor · √(ln(T + 1) / n), where n counts its pulls with
 * those under way and those without a reward, T those of all that can be taken, and the mean is of the rewarded ones
 * alone (after P. Auer, N. Cesa-Bianchi and P. Fischer, Machine Learning 47, 2002). What is equal goes to the model
 * with fewer pulls, then by lot. The lot also decides of a tenth of the bonus: else models would take turns in step with the rows, and
 * one that is right on every other row alone could seem to be right always. It is the same in each run.
 */
export function ucbStrategy({ explorationFactor = 2, minTrials = 5 }: UcbOptions): Strategy {
  return {
    name: 'ucb',
    choose(candidates) {
      const total = candidates.reduce((sum, one) => sum + triesOf(one), 0)
      const lotOf = (one: Candidate) => lot(total, candidates.indexOf(one))
      const untried = candidates.filter((one) => triesOf(one) < Math.max(1, minTrials))
      if (untried.length > 0) return least(untried, triesOf, lotOf)
      const meanOf = ({ pulls }: Candidate) => pulls.mean ?? UNKNOWN
      const [first] = candidates
      // of models that are equal so far none is to be preferred
      const chance = candidates.every((one) => meanOf(one) === meanOf(first!)) ? 0 : CHANCE
      const bonus = (one: Candidate) =>
        explorationFactor *
        Math.sqrt(Math.log(total + 1) / triesOf(one)) *
        (1 + chance * (lotOf(one) - 0.5))
      return least(candidates, (one) => -(meanOf(one) + bonus(one)), triesOf, lotOf)
    },
  }
}

/** A number from 0 to 1 that looks like chance, and is the same for the same pull of the same model. */
function lot(total: number, index: number): number {
  let bits = Math.imul(total + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d)
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39)
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32
}
