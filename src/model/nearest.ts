import { distance } from 'fastest-levenshtein'

const FEW = 2

/** Which of the known words is meant by one that is none of them: a slip of one or two letters away. */
export function meantBy(word: string, known: readonly string[]): string | undefined {
  const [nearest] = byNearness(word, known)
  if (nearest === undefined) return undefined
  // of a short word two letters are nearly all
  const few = Math.min(FEW, word.length - 1)
  return slips(word, nearest) <= few ? nearest : undefined
}

/** The words, those first that are the most like a given one. */
export function byNearness(word: string, known: readonly string[]): string[] {
  return known.toSorted((a, b) => slips(word, a) - slips(word, b))
}

/** Upper and lower case are no slip. */
function slips(a: string, b: string): number {
  return distance(a.toLowerCase(), b.toLowerCase())
}
