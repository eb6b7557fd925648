import type { KeyStrategy } from '../../model/permit.ts'
import type { Key } from './key.ts'
import type { Lane } from './lane.ts'

/** A key as one pool has it. */
export interface Seat {
  /** Place in the pool's keys; -1 for a server without keys. */
  readonly place: number
  /** Its name for a person, never the key or its id. */
  readonly name: string
  readonly key: Key
  readonly lane: Lane
}

export function isRetired({ key, lane }: Seat): boolean {
  return key.isRetired || lane.retired !== undefined
}

export function coolsUntil({ key, lane }: Seat): number {
  return Math.max(key.coolsUntil, lane.coolsUntil)
}

/** When it could send a request of so many tokens, as far as that depends on time. */
export function readyAt(seat: Seat, tokens: number, now: number): number {
  if (isRetired(seat)) return Number.POSITIVE_INFINITY
  const { key, lane } = seat
  return Math.max(coolsUntil(seat), lane.pacedUntil(now), key.meters.readyAt(tokens, now))
}

export interface Choice {
  readonly strategy: KeyStrategy
  /** Index of the seat that was taken last; -1 before the first. */
  readonly last: number
  /** Place of a key to take only if there is no other. */
  readonly avoid: number | undefined
  readonly isReady: (seat: Seat) => boolean
}

/** Takes one of those that can send now, so that no request waits for a key while another could go. */
export function chooseSeat(seats: readonly Seat[], choice: Choice): Seat | undefined {
  const { strategy, last, avoid, isReady } = choice
  const start = strategy === 'sticky' ? Math.max(0, last) : last + 1
  let best: Seat | undefined
  let avoided: Seat | undefined
  for (let i = 0; i < seats.length; i++) {
    const seat = seats[(start + i) % seats.length]!
    if (!isReady(seat)) continue
    if (seat.place === avoid) avoided = seat
    else if (strategy !== 'least-used') return seat
    else if (!best || usesOf(seat) < usesOf(best)) best = seat
  }
  return best ?? avoided
}

function usesOf({ lane }: Seat): number {
  return lane.successes + lane.inFlight
}
