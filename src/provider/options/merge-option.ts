import { isPlain } from '../../model/plain-data.ts'
import { isTemplate } from './template.ts'

/** Objects in which `null` takes a field away, too; in others it may say something. */
const OF_REQUEST = new Set(['body', 'headers'])

/** Puts a value over that of another place. `null` takes it away; objects are merged, lists are not. */
export function mergeOption(target: Record<string, unknown>, name: string, value: unknown): void {
  merge(target, name, value, true)
}

function merge(
  target: Record<string, unknown>,
  name: string,
  value: unknown,
  nullDeletes: boolean,
  isOption: boolean = true,
): void {
  if (value === null && nullDeletes) {
    delete target[name]
  } else if (isPlain(value) && !isTemplate(value)) {
    const known = target[name]
    const merged: Record<string, unknown> = isPlain(known) && !isTemplate(known) ? { ...known } : {}
    const within = isOption ? OF_REQUEST.has(name) : nullDeletes
    for (const [key, one] of Object.entries(value)) merge(merged, key, one, within, false)
    target[name] = merged
  } else {
    target[name] = value
  }
}
