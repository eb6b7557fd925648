import { AssayError } from '../model/error.ts'
import type { Score } from './score.ts'

export interface IncludesOptions {
  /** Asks for one of several texts instead of all. @default false */
  readonly any?: boolean
  /** Takes `Paris` and `PARIS` for the same. @default false */
  readonly ignoreCase?: boolean
}

/**
 * Scores 1 where all texts of `expected` occur in `actual`, else 0.
 * @throws AssayError where nothing is expected, since every response would score 1
 */
export function includes(
  actual: string,
  expected: string | readonly string[],
  { any = false, ignoreCase = false }: IncludesOptions = {},
): Score<'includes'> {
  const wanted = typeof expected === 'string' ? [expected] : expected
  if (wanted.length === 0 || wanted.includes('')) throw nothingExpected(expected)

  const fold = (text: string) => (ignoreCase ? text.toLowerCase() : text)
  const response = fold(actual)
  const missing = wanted.filter((text) => !response.includes(fold(text)))

  const score = { name: 'includes', expected, actual } as const
  if (any ? missing.length < wanted.length : missing.length === 0) return { ...score, value: 1 }
  return { ...score, value: 0, reason: `without ${missing.map(quote).join(any ? ' or ' : ', ')}` }
}

function nothingExpected(expected: string | readonly string[]): AssayError {
  return new AssayError(
    `Expected \`expected\` of includes() to be a text or texts to look for, got ${JSON.stringify(expected)}, which every response includes; correct the row.`,
    { kind: 'config' },
  )
}

function quote(text: string): string {
  return JSON.stringify(text)
}
