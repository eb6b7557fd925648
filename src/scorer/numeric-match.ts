import { AssayError } from '../model/error.ts'
import type { Score } from './score.ts'

export interface NumericMatchOptions {
  /**
   * How far off a number may be.
   * @default 0 between whole numbers, else 1e-9 of the expected number, for floating rounding
   */
  readonly tolerance?: number
  /** The same as a share of the expected number; the wider of the two counts. @default 0 */
  readonly relativeTolerance?: number
  /** The decimal mark in both texts; the other of the two parts thousands. @default '.' */
  readonly decimal?: '.' | ','
}

/**
 * Scores 1 where the number in `actual` is the number in `expected`, else 0. The number of a text is the one
 * right behind its last `####`, as GSM8K marks it, else the last one in the text.
 * @throws AssayError where `expected` has no number
 */
export function numericMatch(
  actual: string | number,
  expected: string | number,
  options: NumericMatchOptions = {},
): Score<'numericMatch'> {
  const decimal = options.decimal ?? '.'
  const wanted = numberOf(expected, decimal)
  if (wanted === undefined || !Number.isFinite(wanted)) throw noNumber(expected)
  const came = numberOf(actual, decimal)
  const score = { name: 'numericMatch', expected: wanted } as const
  if (came === undefined || Number.isNaN(came)) {
    return { ...score, value: 0, actual, reason: 'no number in the response' }
  }
  const allowed = allowance(came, wanted, options)
  if (isWithin(allowed, came, wanted)) return { ...score, value: 1, actual: came }
  const { tolerance, relativeTolerance } = options
  const near = tolerance || relativeTolerance ? `within ${allowed} of ` : ''
  return { ...score, value: 0, actual: came, reason: `${came} is not ${near}${wanted}` }
}

function numberOf(value: string | number, decimal: '.' | ','): number | undefined {
  return typeof value === 'number' ? value : readNumber(value, patterns[decimal])
}

function allowance(came: number, wanted: number, options: NumericMatchOptions): number {
  const { tolerance, relativeTolerance } = options
  if (tolerance === undefined && relativeTolerance === undefined) {
    const whole = Number.isInteger(came) && Number.isInteger(wanted)
    return whole ? 0 : 1e-9 * Math.abs(wanted)
  }
  for (const [name, value] of Object.entries({ tolerance, relativeTolerance })) {
    if (value === undefined || (Number.isFinite(value) && value >= 0)) continue
    throw new AssayError(
      `Expected ${name} of numericMatch() to be a number from 0 up, got ${value}; correct the option.`,
      { kind: 'config' },
    )
  }
  return Math.max(tolerance ?? 0, (relativeTolerance ?? 0) * Math.abs(wanted))
}

function isWithin(allowed: number, came: number, wanted: number): boolean {
  if (allowed === 0) return came === wanted
  // 1.1 - 1 is a little more than 0.1
  const rounding = 4 * Number.EPSILON * (Math.abs(wanted) + allowed)
  return Math.abs(came - wanted) <= allowed + rounding
}

function noNumber(expected: string | number): AssayError {
  const text = String(expected)
  const shown = JSON.stringify(text.length > 60 ? `…${text.slice(-60)}` : text)
  return new AssayError(
    `Expected \`expected\` of numericMatch() to have a number, got ${shown}; correct the row.`,
    { kind: 'config' },
  )
}

interface Patterns {
  readonly anywhere: RegExp
  readonly marked: RegExp
  readonly decimal: string
  readonly group: string
}

const patterns = { '.': patternsFor('.', ','), ',': patternsFor(',', '.') }

/** A hyphen is no sign behind a word, a number or a bracket; digits in a word (`m2`) are no number. */
function patternsFor(decimal: string, group: string): Patterns {
  const sign = String.raw`(?:(?<![\p{LC}\p{N}\p{Pe}\p{Sc}%\-−])[\-−+])?(?:(?<!\d)\p{Sc} ?[\-−+]?)?`
  const grouped = String.raw`\d{1,3}(?<mark>[${group}\u{A0}\u{202F}])\d{3}(?:\k<mark>\d{3})*(?!\d)`
  const exponent = String.raw`(?:[eE][\-−+]?\d+)?`
  const fraction = String.raw`(?:(?<whole>\d+) ?)?(?<fraction>[¼-¾⅐-⅞])`
  const plain = String.raw`(?:(?:${grouped}|\d+)(?:[${decimal}]\d+)?|(?<![\p{LC}.,])[${decimal}]\d+)${exponent}`
  const number = String.raw`(?<sign>${sign})(?<![\p{LC}\d])(?:${fraction}|(?<plain>${plain}))`
  return {
    anywhere: new RegExp(number, 'gu'),
    marked: new RegExp(String.raw`####[^\p{L}\p{N}#]*?${number}`, 'gu'),
    decimal,
    group,
  }
}

function readNumber(text: string, { anywhere, marked, decimal, group }: Patterns) {
  const found =
    [...text.matchAll(marked)].findLast((match) => !isHeading(match)) ??
    [...text.matchAll(anywhere)].at(-1)
  if (!found) return undefined
  const { sign = '', whole = '0', fraction, plain = '' } = found.groups ?? {}
  const size = fraction ? Number(whole) + ratio(fraction) : Number(toSource(plain, decimal, group))
  return /[-−]/.test(sign) ? 0 - size : size // never -0
}

/** Whether the number counts a heading of Markdown: `#### 2. Add the costs`. */
function isHeading({ 0: match, index, input }: RegExpExecArray): boolean {
  return /^[.):][^\S\n]+\S/.test(input.slice(index + match.length))
}

function toSource(number: string, decimal: string, group: string): string {
  const ungrouped = number.replaceAll(group, '').replaceAll(/[\u{A0}\u{202F}]/gu, '')
  return ungrouped.replace(decimal, '.').replace('−', '-')
}

/** `½` decomposes into 1, a fraction slash and 2. */
function ratio(fraction: string): number {
  const [over = 0, under = 1] = fraction.normalize('NFKC').split('⁄').map(Number)
  return over / under
}
