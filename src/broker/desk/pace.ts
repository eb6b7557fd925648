import { Doubt } from './doubt.ts'

/** Requests that a new lane may send at once. */
const FIRST_CREDIT = 5
/** Requests per second that it goes on with. */
const FIRST_RATE = 20
const LOWEST_RATE = 0.02
/** A lane that has come so far without a 429 is not paced. */
const UNPACED = 2000
/** How late a timer may fire without a loss of speed. */
const LAG_MS = 50
const USED = 0.7
/** A limit met again so soon was missed by far, so it is approached in larger steps. */
const SOON_MS = 5000
/** A rate that has held for so long is no matter of chance. */
const HELD_MS = 8000

/** What a 429 tells of the rate. */
export interface Evidence {
  /** When the request was sent that the server refused. */
  readonly at: number
  /** Requests that the server has taken since the 429 before; 0 if there was none. */
  readonly accepted: number
  /** When that one was sent. */
  readonly since: number
  /** What it costs. */
  readonly pauseMs: number
}

/**
 * How many requests per second a lane may send. Until the first 429 the rate doubles; from then on it follows
 * what the server was seen to take. Between two 429s a server's bucket goes from empty to empty, so what it
 * took in that time, the pause included, is its refill rate: exact if the bucket never ran over, else too low.
 * Hence it bounds every cut from below, and no cut goes under it.
 */
export class Pace {
  #rate = FIRST_RATE
  #isStarting = true
  #care = 1
  #credit = FIRST_CREDIT
  #creditAt: number
  #latencyMs = 0
  #resumedAt: number
  #since: number
  #sent = 0
  #successes = 0
  #isDisturbed = false
  readonly #doubt = new Doubt()

  constructor(now: number) {
    this.#creditAt = now
    this.#resumedAt = now
    this.#since = now
  }

  get rate(): number {
    return this.#isStarting && this.#rate > UNPACED ? Number.POSITIVE_INFINITY : this.#rate
  }

  /** When the next request may go. */
  readyAt(): number {
    if (this.#credit >= 1) return this.#creditAt
    return this.#creditAt + ((1 - this.#credit) * 1000) / this.rate
  }

  sent(now: number): void {
    this.#grow(now)
    this.#refill(now)
    this.#credit = Math.max(0, this.#credit - 1)
    this.#sent++
  }

  succeeded(latencyMs: number, now: number): void {
    this.#latencyMs += (latencyMs - this.#latencyMs) / (this.#latencyMs === 0 ? 1 : 8)
    this.#successes++
    this.#grow(now)
  }

  disturbed(): void {
    this.#isDisturbed = true
  }

  /** @returns how many in flight the server was seen to bear */
  refused({ at, accepted, since, pauseMs }: Evidence): number {
    this.#isStarting = false
    if (this.#doubt.tolerates()) return Number.POSITIVE_INFINITY
    const isSoon = at - this.#resumedAt < SOON_MS
    const former = this.#doubt.refused({
      rate: this.#rate,
      accepted,
      isSoon: at - this.#resumedAt < HELD_MS,
    })
    if (former !== undefined) {
      this.#rate = 2 * former // it was no limit, so there may be more
      return Number.POSITIVE_INFINITY
    }
    const taken = (accepted * 1000) / Math.max(1, at - since)
    const cut = isSoon ? 0.5 : 0.88
    const rate = Math.min(this.#rate, Math.max(cut * this.#rate, taken))
    this.#rate = Math.max(LOWEST_RATE, rate)
    this.#care = Math.min(8, Math.max(1, Math.sqrt(pauseMs / 1000)))
    return (taken * this.#latencyMs) / 1000
  }

  /** Goes on at `until` at the paced rate, since all who wait at once would be refused again. */
  pause(until: number): void {
    this.#credit = 1
    this.#creditAt = until
    this.#resumedAt = until
    this.#startInterval(until)
  }

  #refill(now: number): void {
    if (now <= this.#creditAt) return
    const most = 1 + (this.#rate * LAG_MS) / 1000
    const grown = this.#credit + ((now - this.#creditAt) * this.#rate) / 1000
    this.#credit = Math.max(this.#credit, Math.min(most, grown))
    this.#creditAt = now
  }

  /** More is tried only after an interval in which what is allowed was used, and nothing went wrong. */
  #grow(now: number): void {
    const elapsed = now - this.#since
    if (elapsed < this.#intervalMs()) return
    const wasUsed = this.#sent >= (USED * this.#rate * elapsed) / 1000
    if (wasUsed && this.#successes > 0 && !this.#isDisturbed) {
      this.#refill(now)
      this.#rate *= this.#growth(elapsed, now)
    }
    this.#startInterval(now)
  }

  #intervalMs(): number {
    return this.#isStarting ? Math.max(100, this.#latencyMs) : Math.max(1000, 1000 / this.#rate)
  }

  /**
   * 1 % a second for ten seconds after a 429, then faster: the limit may have been raised. Where the next 429
   * would cost a long pause the seconds are stretched, so that it comes later.
   */
  #growth(elapsed: number, now: number): number {
    if (this.#isStarting) return 2
    const second = 1000 * this.#care
    const percent = Math.min(8, Math.max(1, Math.floor((now - this.#resumedAt) / second) - 8))
    return Math.min(1.25, (1 + percent / 100) ** (elapsed / second))
  }

  #startInterval(now: number): void {
    this.#since = now
    this.#sent = 0
    this.#successes = 0
    this.#isDisturbed = false
  }
}
