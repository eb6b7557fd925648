import { AssayError } from '../../model/error.ts'

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** What a store can count with: ten years. */
const LONGEST = 10 * 365 * 86_400_000

export const expectedTtl =
  "a time such as '90s', '15m', '1h', '2d' or '1w', or milliseconds, from 1 ms to 10 years"

/** Milliseconds of `'90s'`, `'1w'` or a number of them; `undefined` for what is no such time. */
export function toMilliseconds(ttl: unknown): number | undefined {
  const ms = typeof ttl === 'string' ? parse(ttl) : ttl
  if (typeof ms !== 'number' || Number.isNaN(ms)) return undefined
  const rounded = Math.round(ms)
  return rounded >= 1 && rounded <= LONGEST ? rounded : undefined
}

/** @throws AssayError that says what a time looks like */
export function parseTtl(ttl: unknown, where: string): number {
  const ms = toMilliseconds(ttl)
  if (ms !== undefined) return ms
  throw new AssayError(
    `${where}: expected ${expectedTtl}; got ${JSON.stringify(ttl) ?? typeof ttl}. To use no cache, set its \`mode\` to 'off'.`,
    { kind: 'config' },
  )
}

function parse(text: string): number {
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text.trim()) ?? []
  return Number(count) * (units[unit] ?? Number.NaN)
}
