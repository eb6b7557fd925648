/** Adds up the time during which nothing of a pool can be had. */
export class Cooling {
  until: number = Number.NEGATIVE_INFINITY
  #total = 0
  #since = 0

  /** All of it in milliseconds, up to now. */
  total(now: number): number {
    return this.#total + Math.max(0, Math.min(now, this.until) - this.#since)
  }

  /** @returns whether it takes longer than was thought */
  extend(until: number, now: number): boolean {
    if (until <= this.until) return false
    this.#total = this.total(now)
    this.#since = now
    this.until = until
    return true
  }
}
