import { studentInterval } from './student-t.ts'
import { wilson } from './wilson.ts'

export interface Estimate {
  /** Rows that were scored. */
  readonly n: number
  readonly mean: number
  /** `null` for one value: its spread is unknown, not 0. */
  readonly stderr: number | null
  /** 95 % interval; `null` where a t interval has one value only. */
  readonly ci: readonly [low: number, high: number] | null
  /** Wilson where every value is 0 or 1, Student's t otherwise. */
  readonly method: 'wilson' | 't'
}

/** Mean and spread of a stream of values in constant memory (B. P. Welford, Technometrics 4, 1962). */
export class Moments {
  n = 0
  mean = 0
  min: number = Infinity
  max: number = -Infinity
  #squares = 0
  #binary = true

  add(value: number): void {
    this.n++
    const delta = value - this.mean
    this.mean += delta / this.n
    this.#squares += delta * (value - this.mean)
    this.min = Math.min(this.min, value)
    this.max = Math.max(this.max, value)
    this.#binary &&= value === 0 || value === 1
  }

  estimate(): Estimate {
    const { n, mean } = this
    const stderr = n > 1 ? Math.sqrt(this.#squares / (n - 1) / n) : null
    if (this.#binary) {
      const exact = Math.round(mean * n) / n // a perfect score is 1, whatever the rounding
      return { n, mean: exact, stderr, ci: wilson(exact * n, n), method: 'wilson' }
    }
    const ci = stderr === null ? null : studentInterval(mean, stderr, n)
    return { n, mean, stderr, ci, method: 't' }
  }
}
