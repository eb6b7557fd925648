import { inspect } from 'node:util'

/**
 * JSON with sorted keys, so that equal values give equal text and others do not: what JSON would drop or
 * flatten, as a function, a Map or NaN, stands as a text.
 *
 * @throws TypeError for what JSON cannot hold: a cycle, a bigint.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, sortKeys)
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') return String(value)
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  if (value instanceof RegExp || value instanceof Map || value instanceof Set) return inspect(value)
  const keys = Object.keys(value)
  if (keys.every((key, i) => i === 0 || keys[i - 1]! <= key)) return value
  const source = value as Record<string, unknown>
  // entries, not assignment: a key `__proto__` must stay a key
  return Object.fromEntries(keys.toSorted().map((key) => [key, source[key]]))
}
