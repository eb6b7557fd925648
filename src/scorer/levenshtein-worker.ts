import { distance } from 'fastest-levenshtein'

/** The part of `levenshtein` that runs on a thread of the pool. */
export default function levenshteinWorker([a, b]: readonly [a: string, b: string]): number {
  return distance(a, b)
}
