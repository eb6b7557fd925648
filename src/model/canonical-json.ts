/**
 * JSON with sorted keys, so that equal values give equal text.
 *
 * @throws TypeError for what JSON cannot hold: a cycle, a bigint.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, sortKeys)
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const keys = Object.keys(value)
  if (keys.every((key, i) => i === 0 || keys[i - 1]! <= key)) return value
  const source = value as Record<string, unknown>
  // entries, not assignment: a key `__proto__` must stay a key
  return Object.fromEntries(keys.toSorted().map((key) => [key, source[key]]))
}
