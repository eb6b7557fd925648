/** How an input differs from the nearest of others. */
export interface Difference {
  /** Characters that both have in common at the beginning. */
  readonly at: number
  /** The part of the nearest that is around it. */
  readonly recorded: string
  /** The part of the input that is around it. */
  readonly asked: string
}

/** Compares an input with the one of `inputs` from which the shortest part differs. */
export function differenceOf(input: string, inputs: readonly string[]): Difference {
  const compared = inputs.map((other) => compare(input, other))
  const nearest = compared.reduce((a, b) => (b.size < a.size ? b : a))
  return {
    at: nearest.at,
    recorded: excerpt(nearest.other, nearest.at),
    asked: excerpt(input, nearest.at),
  }
}

/** The part that is left once a common beginning and a common end are taken away: of long texts, too, quickly. */
function compare(input: string, other: string): { other: string; at: number; size: number } {
  const shorter = Math.min(input.length, other.length)
  let at = 0
  while (at < shorter && input[at] === other[at]) at++
  let end = 0
  while (end < shorter - at && input.at(-1 - end) === other.at(-1 - end)) end++
  return { other, at, size: Math.max(input.length, other.length) - at - end }
}

const BEFORE = 25
const LENGTH = 74

/** The text around a place, in quotes and on one line; with escapes it may be a little longer. */
function excerpt(text: string, at: number): string {
  const start = Math.max(0, at - BEFORE)
  const end = start + LENGTH
  const part = text.slice(start, end)
  return JSON.stringify(`${start > 0 ? '…' : ''}${part}${end < text.length ? '…' : ''}`)
}
