/**
 * Copies the plain objects and lists of a row, so that a body which changes its row changes no other trial's
 * and no other model's. Anything with a class of its own is handed on as it is.
 */
export function copyRow(value: unknown): unknown {
  return copy(value, new Map())
}

function copy(value: unknown, copies: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value
  const known = copies.get(value)
  if (known !== undefined) return known
  if (Array.isArray(value)) {
    const list: unknown[] = []
    copies.set(value, list)
    for (const item of value) list.push(copy(item, copies))
    return list
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  const record: Record<string, unknown> = { ...value }
  copies.set(value, record)
  for (const key of Object.keys(record)) {
    const item = record[key]
    // to assign to a key `__proto__` would change the prototype
    if (typeof item === 'object' && key !== '__proto__') record[key] = copy(item, copies)
  }
  return record
}
