/** A 429 as it was met: at this rate, after so many requests that were accepted. */
interface Refusal {
  readonly rate: number
  readonly accepted: number
  /** Whether the rate had not held for long by then. */
  readonly isSoon: boolean
}

const EPISODES = 6
const ENOUGH = 8
const FIRST_PATIENCE = 20

/**
 * Whether a server refuses for another reason than the rate. Below a limit refusals become rarer the lower
 * the rate is; those of a server that refuses at random do not, and to go on slowing down for them would end
 * in a crawl.
 */
export class Doubt {
  #refusals: Refusal[] = []
  #tolerated = 0
  #patience = FIRST_PATIENCE

  /** Whether the next refusal is to be taken for chance. */
  tolerates(): boolean {
    if (this.#tolerated === 0) return false
    this.#tolerated--
    return true
  }

  /** @returns the rate to return to, where slowing down has changed nothing */
  refused(refusal: Refusal): number | undefined {
    this.#refusals = refusal.isSoon ? [...this.#refusals, refusal].slice(-EPISODES) : []
    const [first] = this.#refusals
    if (this.#refusals.length < EPISODES || refusal.rate > first!.rate / 2) return undefined
    const half = EPISODES / 2
    const before = meanOf(this.#refusals.slice(0, half))
    const after = meanOf(this.#refusals.slice(half))
    if (Math.min(before, after) < ENOUGH || after > 1.5 * before) return undefined
    this.#refusals = []
    this.#tolerated = this.#patience
    this.#patience *= 2
    return first!.rate
  }
}

function meanOf(refusals: readonly Refusal[]): number {
  return refusals.reduce((sum, { accepted }) => sum + accepted, 0) / refusals.length
}
