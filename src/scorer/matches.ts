import { AssayError, messageOf } from '../model/error.ts'
import type { Score } from './score.ts'

export interface MatchesOptions {
  /** Takes `Paris` and `PARIS` for the same, also with a pattern that has no flag `i`. @default false */
  readonly ignoreCase?: boolean
}

/**
 * Scores 1 where the regular expression `expected`, or the source of one, matches in `actual`, else 0.
 * @throws AssayError for a source that does not compile, or that is empty: it would match every response
 */
export function matches(
  actual: string,
  expected: RegExp | string,
  { ignoreCase = false }: MatchesOptions = {},
): Score<'matches'> {
  const pattern = compile(expected, ignoreCase)
  const score = { name: 'matches', expected: String(pattern), actual } as const
  // unlike `test`, `search` starts at 0 whatever lastIndex a `g` or `y` pattern comes with
  if (actual.search(pattern) !== -1) return { ...score, value: 1 }
  return { ...score, value: 0, reason: 'no match' }
}

function compile(expected: RegExp | string, ignoreCase: boolean): RegExp {
  if (expected === '') throw unusable(expected, 'which matches every response')
  const flags = typeof expected === 'string' ? '' : expected.flags
  try {
    return new RegExp(expected, ignoreCase && !flags.includes('i') ? `${flags}i` : flags)
  } catch (error) {
    throw unusable(expected, messageOf(error), error)
  }
}

function unusable(expected: RegExp | string, why: string, cause?: unknown): AssayError {
  return new AssayError(
    `Expected \`expected\` of matches() to be a regular expression, got ${JSON.stringify(String(expected))} (${why}); correct the row.`,
    { kind: 'config', cause },
  )
}
