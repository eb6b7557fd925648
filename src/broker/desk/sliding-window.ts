export interface Entry {
  readonly at: number
  amount: number
}

/** Counts what was taken in the last `spanMs`, so that it is never more than the limit in any such span. */
export class SlidingWindow {
  limit: number
  readonly #spanMs: number
  readonly #entries: Entry[] = []
  #start = 0
  #sum = 0

  constructor(limit: number, spanMs: number) {
    this.limit = limit
    this.#spanMs = spanMs
  }

  /** When `amount` may be taken. More than the limit may go when nothing else is in the window. */
  readyAt(amount: number, now: number): number {
    this.#forget(now)
    let left = this.limit - this.#sum
    const needed = Math.min(amount, this.limit)
    for (let i = this.#start; left < needed; i++) {
      const entry = this.#entries[i]
      if (!entry) break
      left += entry.amount
      if (left >= needed) return entry.at + this.#spanMs
    }
    return now
  }

  take(amount: number, now: number): Entry {
    const entry = { at: now, amount }
    this.#entries.push(entry)
    this.#sum += amount
    return entry
  }

  /** Puts right what was taken by an estimate. */
  correct(entry: Entry, amount: number, now: number): void {
    this.#forget(now)
    if (entry.at + this.#spanMs > now) this.#sum += amount - entry.amount
    entry.amount = amount
  }

  #forget(now: number): void {
    const entries = this.#entries
    for (let entry = entries[this.#start]; entry; entry = entries[++this.#start]) {
      if (entry.at + this.#spanMs > now) break
      this.#sum -= entry.amount
    }
    if (this.#start > 1000 && this.#start * 2 > entries.length) {
      entries.splice(0, this.#start)
      this.#start = 0
    }
  }
}
