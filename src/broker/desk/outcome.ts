import type { PermitOutcome } from '../../model/permit.ts'
import type { Ticket } from './lane.ts'
import type { Pool } from './pool.ts'
import { isRetired, type Seat } from './seat.ts'

/** A server that asks for more than a day means something else. */
const LONGEST_DELAY = 24 * 60 * 60_000

export interface Sent {
  readonly pool: Pool
  readonly seat: Seat
  readonly ticket: Ticket
}

/** Outcomes that say nothing of whether a key is good, or that it is not. */
const silent = new Set<PermitOutcome['failure']>([
  'auth',
  'forbidden',
  'server',
  'timeout',
  'network',
  'cancelled',
  'internal',
])

/** What the end of a request tells of its lane and its key. */
export function learn(
  { pool, seat, ticket }: Sent,
  outcome: PermitOutcome,
  { now, random }: { now: number; random: () => number },
): void {
  const { key, lane } = seat
  const retryAfterMs = delayOf(outcome)
  if (!silent.has(outcome.failure)) key.isKnown = true
  switch (outcome.failure) {
    case null:
      lane.succeeded(ticket, now)
      break
    case 'rate_limit': {
      const hasOthers = pool.seats.some((other) => other !== seat && !isRetired(other))
      lane.refused(ticket, { retryAfterMs, hasOthers, random }, now)
      key.widen(lane, now)
      break
    }
    case 'quota':
      if (retryAfterMs === undefined) lane.retired = 'quota'
      else lane.cool(now + retryAfterMs, 'quota')
      break
    case 'auth':
      key.isRetired = true
      break
    case 'forbidden':
      lane.retired = 'forbidden'
      break
    case 'server':
    case 'timeout':
    case 'network':
      lane.disturbed(ticket)
      if (retryAfterMs !== undefined) lane.cool(now + retryAfterMs, 'server')
      break
    case 'cancelled':
    case 'internal':
      lane.unanswered(ticket)
      break
    default: // an answer all the same, and the fault is the request's own
  }
}

/** A delay of nothing is none: to believe it would be to send again at once. */
function delayOf({ retryAfterMs }: PermitOutcome): number | undefined {
  if (retryAfterMs === undefined || !(retryAfterMs > 0)) return undefined
  return Math.min(retryAfterMs, LONGEST_DELAY)
}
