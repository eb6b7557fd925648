import { Pace } from './pace.ts'
import { Room } from './room.ts'

export type CoolDownKind = 'rate_limit' | 'quota' | 'server'

/** What a lane remembers of one request that it sent. */
export interface Ticket {
  /** Place in the order of the lane's requests. */
  readonly number: number
  readonly at: number
  /** How many episodes of 429 the lane had had by then. */
  readonly episode: number
}

export interface Refusal {
  readonly retryAfterMs: number | undefined
  /** Whether the model has another key, so that this one can rest. */
  readonly hasOthers: boolean
  readonly random: () => number
}

const BACKOFF = 500
const LONGEST_BACKOFF = 30_000
const TIERS = [10_000, 30_000, 60_000, 120_000]

/** One model with one key: what servers count their limits by. */
export class Lane {
  /** Counted by who sends, the request of a ticket included. */
  inFlight = 0
  successes = 0
  coolsUntil: number = Number.NEGATIVE_INFINITY
  coolsFor: CoolDownKind = 'rate_limit'
  /** Why it is of no use for the rest of the run. */
  retired: 'quota' | 'forbidden' | undefined
  readonly #pace: Pace | undefined
  readonly #room = new Room()
  #count = 0
  #episode = 0
  #streak = 0
  #pauseMs = 0
  /** The request that the last episode began with, and how many sent after it had no answer. */
  #since: Ticket | undefined
  #unanswered = 0

  constructor(now: number, isPaced: boolean) {
    this.#pace = isPaced ? new Pace(now) : undefined
  }

  get hasRoom(): boolean {
    return this.inFlight < this.#room.size
  }

  /** When its rate lets the next request go. */
  pacedUntil(now: number): number {
    return this.#pace?.readyAt() ?? now
  }

  send(now: number): Ticket {
    const ticket = { number: this.#count++, at: now, episode: this.#episode }
    this.#room.sent(this.inFlight)
    this.#pace?.sent(now)
    return ticket
  }

  succeeded(ticket: Ticket, now: number): void {
    this.successes++
    if (ticket.episode === this.#episode) this.#room.succeeded(this.inFlight)
    this.#pace?.succeeded(now - ticket.at, now)
  }

  /** The server or the way to it failed, which says nothing about the limit. */
  disturbed(ticket: Ticket): void {
    this.unanswered(ticket)
    this.#room.disturbed(this.inFlight)
    this.#pace?.disturbed()
  }

  /** It does not count as one that the server has taken. */
  unanswered({ number }: Ticket): void {
    if (this.#since && number > this.#since.number) this.#unanswered++
  }

  /** All that was in flight when an episode began can be refused, but it is one episode. */
  refused(ticket: Ticket, refusal: Refusal, now: number): void {
    if (ticket.episode === this.#episode) this.#startEpisode(ticket, refusal)
    else this.unanswered(ticket)
    this.cool(now + (refusal.retryAfterMs ?? this.#pauseMs), 'rate_limit')
  }

  cool(until: number, kind: CoolDownKind): void {
    if (until <= this.coolsUntil) return
    this.coolsUntil = until
    this.coolsFor = kind
    this.#pace?.pause(until)
  }

  #startEpisode(ticket: Ticket, { retryAfterMs, hasOthers, random }: Refusal): void {
    const since = this.#since
    // what came before the first one was not all refill: the bucket was full
    const sent = since ? ticket.number - since.number - 1 : 0
    const accepted = Math.max(0, sent - this.#unanswered)
    this.#streak = accepted > 0 ? 1 : this.#streak + 1
    this.#pauseMs = pauseAfter(this.#streak, hasOthers, random)
    const pauseMs = retryAfterMs ?? this.#pauseMs
    const evidence = { at: ticket.at, accepted, since: since?.at ?? 0, pauseMs }
    this.#room.refused(this.inFlight, this.#pace?.refused(evidence) ?? 0)
    this.#since = ticket
    this.#unanswered = 0
    this.#episode++
  }
}

/** How long to wait where the server does not say. */
function pauseAfter(streak: number, hasOthers: boolean, random: () => number): number {
  if (hasOthers && streak > 1) return TIERS[Math.min(streak - 1, TIERS.length) - 1]!
  return Math.min(LONGEST_BACKOFF, BACKOFF * 2 ** (streak - 1)) * (0.5 + random() / 2)
}
