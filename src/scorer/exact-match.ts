import { isDeepStrictEqual } from 'node:util'
import type { Score } from './score.ts'

export interface ExactMatchOptions {
  /** Takes `Paris` and `PARIS` for the same. @default false */
  readonly ignoreCase?: boolean
  /** Leaves white space around both texts out. @default true */
  readonly trim?: boolean
}

/**
 * Scores 1 where `actual` is `expected`, else 0. The options are for two texts; objects and lists are
 * compared deeply, with the texts in them as they are.
 */
export function exactMatch(
  actual: unknown,
  expected: unknown,
  options: ExactMatchOptions = {},
): Score<'exactMatch'> {
  const score = { name: 'exactMatch', expected, actual } as const
  if (isEqual(actual, expected, options)) return { ...score, value: 1 }
  return { ...score, value: 0, reason: difference(actual, expected, options) }
}

function isEqual(actual: unknown, expected: unknown, options: ExactMatchOptions): boolean {
  if (typeof actual === 'string' && typeof expected === 'string') {
    return normalized(actual, options) === normalized(expected, options)
  }
  return actual === expected || isDeepStrictEqual(actual, expected) // the first for 0 and -0
}

function normalized(text: string, { ignoreCase = false, trim = true }: ExactMatchOptions): string {
  const trimmed = trim ? text.trim() : text
  return ignoreCase ? trimmed.toLowerCase() : trimmed
}

/** A report shows `5` and `'5'` alike, so their difference is worth words. */
function difference(actual: unknown, expected: unknown, options: ExactMatchOptions): string {
  const [came, wanted] = [typeOf(actual), typeOf(expected)]
  if (came !== wanted) return `${came} instead of ${wanted}`
  const onlyCase = isEqual(actual, expected, { ...options, ignoreCase: true })
  return onlyCase ? 'differs in case only' : 'not equal'
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'list' : typeof value
}
