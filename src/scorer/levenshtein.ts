import { distance } from 'fastest-levenshtein'
import { scorerPool, workerFile } from './pool.ts'
import type { Score } from './score.ts'

export interface LevenshteinOptions {
  /** Takes `Paris` and `PARIS` for the same. @default false */
  readonly ignoreCase?: boolean
}

/** Texts whose lengths multiply to more than this are compared on a thread: 2000 by 2000 take about 1 ms. */
export const inlineLimit = 4_000_000

/**
 * Scores how alike two texts are: 1 less the share of the longer text (in UTF-16 code units) that must be
 * inserted, deleted or replaced to make one into the other. Two empty texts score 1.
 */
export async function levenshtein(
  actual: string,
  expected: string,
  { ignoreCase = false }: LevenshteinOptions = {},
): Promise<Score<'levenshtein'>> {
  const fold = (text: string) => (ignoreCase ? text.toLowerCase() : text)
  const [a, b] = [fold(actual), fold(expected)]
  const score = { name: 'levenshtein', expected, actual } as const
  if (a === b) return { ...score, value: 1 }
  const edits = await editsBetween(a, b)
  const reason = edits === 1 ? '1 edit apart' : `${edits} edits apart`
  return { ...score, value: 1 - edits / Math.max(a.length, b.length), reason }
}

function editsBetween(a: string, b: string): number | Promise<number> {
  if (a.length * b.length <= inlineLimit) return distance(a, b)
  return scorerPool().run([a, b], { filename: workerFile('levenshtein-worker') })
}
