/** An object of JSON's kind, and no instance of a class. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** A copy of data with what `read` gives in the place of a value; where it gives nothing, it is asked of the parts. */
export function mapData(value: unknown, read: (value: unknown) => unknown): unknown {
  const own = read(value)
  if (own !== undefined) return own
  if (Array.isArray(value)) return value.map((one) => mapData(one, read))
  if (!isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapData(one, read)]))
}
