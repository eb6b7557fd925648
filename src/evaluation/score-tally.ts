import { type Estimate, Moments } from '../statistics/moments.ts'
import type { GatedScore } from './gates.ts'

/** The rows' values of one score. */
export class ScoreTally implements GatedScore {
  readonly #moments = new Moments()
  readonly #passed = new Map<number, number>()

  constructor(passMarks: readonly number[]) {
    for (const mark of passMarks) this.#passed.set(mark, 0)
  }

  add(value: number): void {
    this.#moments.add(value)
    for (const [mark, count] of this.#passed) if (value >= mark) this.#passed.set(mark, count + 1)
  }

  estimate(): Estimate {
    return this.#moments.estimate()
  }

  get n(): number {
    return this.#moments.n
  }

  get mean(): number {
    return this.estimate().mean
  }

  get ci(): readonly [low: number, high: number] | null {
    return this.estimate().ci
  }

  get min(): number {
    return this.#moments.min
  }

  get max(): number {
    return this.#moments.max
  }

  passRate(passMark: number): number {
    return (this.#passed.get(passMark) ?? 0) / this.n
  }
}
