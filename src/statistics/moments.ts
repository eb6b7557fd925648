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

/**
 * Mean and spread of a stream of values in constant memory. The spread is Welford's (Technometrics 4, 1962),
 * the mean a sum by Neumaier (ZAMM 54, 1974), so that it does not depend on the order in which rows end.
 */
export class Moments {
  n = 0
  min: number = Infinity
  max: number = -Infinity
  #sum = 0
  #lost = 0
  #running = 0
  #squares = 0
  #binary = true

  add(value: number): void {
    this.n++
    const delta = value - this.#running
    this.#running += delta / this.n
    this.#squares += delta * (value - this.#running)
    const sum = this.#sum + value
    this.#lost +=
      Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum
    this.#sum = sum
    this.min = Math.min(this.min, value)
    this.max = Math.max(this.max, value)
    this.#binary &&= value === 0 || value === 1
  }

  get mean(): number {
    // rounding must not put the mean of equal values beside them
    return Math.min(this.max, Math.max(this.min, (this.#sum + this.#lost) / this.n))
  }

  estimate(): Estimate {
    const { n, mean } = this
    const stderr = n > 1 ? Math.sqrt(this.#squares / (n - 1) / n) : null
    if (this.#binary) return { n, mean, stderr, ci: wilson(this.#sum, n), method: 'wilson' }
    const ci = stderr === null ? null : studentInterval(mean, stderr, n)
    return { n, mean, stderr, ci, method: 't' }
  }
}
