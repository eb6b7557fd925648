import type { Member } from '../members/member.ts'

/** A member of a pool, as far as the order of asking goes. */
export interface Load {
  readonly member: Member
  readonly inFlight: number
  readonly weight: number
  /** Calls that it was asked so far. */
  readonly asked: number
}

/** Which of some members is asked next; there is at least one. */
export type Order = (loads: readonly Load[]) => Load

/** The first of the list: the others are there for when it fails. */
export const fallback: Order = ([first]) => first!

/** The one with the fewest calls in flight for its weight; of equal ones the one that was asked least. */
export const balanced: Order = (loads) =>
  loads.reduce((best, one) => (isLighter(one, best) ? one : best))

function isLighter(one: Load, other: Load): boolean {
  const [a, b] = [one.inFlight / one.weight, other.inFlight / other.weight]
  return a === b ? one.asked / one.weight < other.asked / other.weight : a < b
}
