import { Secret } from '../model/secret.ts'

/** Names under which options carry what must not be written down. */
const secretNames = /key|auth|secret|password|cookie|credential|^headers$|(?<!max\w*)token(?!s)/i

/** A model's options as they may stand in a file: plain data, with `***` for what is or may be secret. */
export function shownOptions(options: object): Readonly<Record<string, unknown>> {
  return shown(options) as Record<string, unknown>
}

function shown(value: unknown): unknown {
  if (value instanceof Secret) return String(value)
  if (typeof value === 'function') return `[function ${value.name}]`
  if (Array.isArray(value)) return value.map((item) => shown(item))
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value)
  if (typeof value !== 'object' || value === null) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  // an instance may hold anything, itself too
  if (prototype !== Object.prototype && prototype !== null) return `[${value.constructor.name}]`
  const entries = Object.entries(value).map(([name, item]) => [
    name,
    secretNames.test(name) && item !== undefined ? '***' : shown(item),
  ])
  return Object.fromEntries(entries)
}
