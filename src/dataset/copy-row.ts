/**
 * Copies the plain objects and lists of a row, so that a body which changes its row changes no other trial's
 * and no other model's. Anything with a class of its own is handed on as it is.
 */
export function copyRow(value: unknown, copies: Map<object, unknown> = new Map()): unknown {
  if (typeof value !== 'object' || value === null) return value
  const known = copies.get(value)
  if (known !== undefined) return known
  if (Array.isArray(value)) {
    const list: unknown[] = []
    copies.set(value, list)
    for (const item of value) list.push(copyRow(item, copies))
    return list
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  const copy: object = Object.create(prototype)
  copies.set(value, copy)
  for (const [key, item] of Object.entries(value)) {
    const copied = {
      value: copyRow(item, copies),
      enumerable: true,
      writable: true,
      configurable: true,
    }
    Object.defineProperty(copy, key, copied) // also for a key `__proto__`
  }
  return copy
}
