import type { Limits } from '../../model/permit.ts'
import { type Entry, SlidingWindow } from './sliding-window.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

type Limit = 'rpm' | 'tpm' | 'rpd'

const spans = { rpm: MINUTE, tpm: MINUTE, rpd: DAY } as const

/** What requests and tokens have been used up of the limits per minute and per day. */
export class Meters {
  readonly #windows = new Map<Limit, SlidingWindow>()

  constructor(limits: Limits) {
    this.tighten(limits)
  }

  /** Of two limits on the same thing the lower one holds. */
  tighten(limits: Limits): void {
    for (const name of ['rpm', 'tpm', 'rpd'] as const) {
      const limit = limits[name]
      if (limit === undefined) continue
      const window = this.#windows.get(name)
      if (window) window.limit = Math.min(window.limit, limit)
      else this.#windows.set(name, new SlidingWindow(limit, spans[name]))
    }
  }

  /** When a request of so many tokens may go. */
  readyAt(tokens: number, now: number): number {
    let at = now
    for (const [name, window] of this.#windows) {
      at = Math.max(at, window.readyAt(amountOf(name, tokens), now))
    }
    return at
  }

  /** The limit that holds such a request up the longest. */
  obstacle(tokens: number, now: number): Limit | undefined {
    let last = now
    let obstacle: Limit | undefined
    for (const [name, window] of this.#windows) {
      const at = window.readyAt(amountOf(name, tokens), now)
      if (at > last) obstacle = name
      last = Math.max(last, at)
    }
    return obstacle
  }

  /** @returns the entry of its tokens, to be corrected when they are known */
  take(tokens: number, now: number): Entry | undefined {
    let reserved: Entry | undefined
    for (const [name, window] of this.#windows) {
      const entry = window.take(amountOf(name, tokens), now)
      if (name === 'tpm') reserved = entry
    }
    return reserved
  }

  correct(reserved: Entry | undefined, tokens: number, now: number): void {
    if (reserved) this.#windows.get('tpm')?.correct(reserved, tokens, now)
  }
}

function amountOf(name: Limit, tokens: number): number {
  return name === 'tpm' ? tokens : 1
}
