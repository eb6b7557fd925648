import type { Env } from '../keys.ts'
import { isPlain, mapData } from '../../model/plain-data.ts'
import { LooseText } from './loose-options.ts'
import { expandTemplate, isTemplate, scalarOf } from './template.ts'

/** No schema says what fields of the request's JSON are: there a template is what it would be in YAML. */
const OF_JSON = 'body'

/** What a text without quotes is that came out of a template. */
type Read = (text: string) => unknown

/**
 * Options with what the variables of their templates hold: a loose text where that may be no text. `${NAME:-}` of a
 * variable that is not set says nothing. @throws AssayError for a variable that is not set
 */
export function expandOptions(options: object, env: Env): object {
  const within = (key: string, read: Read) => (key === OF_JSON ? scalarOf : read)
  return expandTemplates(options, env, { read: (text) => new LooseText(text), within }) as object
}

/** A text, or a template, as a text. */
export function expandText(text: unknown, env: Env): string {
  return isTemplate(text) ? expandTemplate(text, env) : String(text)
}

export interface Expansion {
  readonly read: Read
  /** How texts below a key are read; nothing where templates stay as they are. */
  within(key: string, read: Read): Read | undefined
}

/** Data with what the variables of its templates hold. What is `${NAME:-}` of one that is not set is left out. */
export function expandTemplates(value: unknown, env: Env, { read, within }: Expansion): unknown {
  if (isTemplate(value)) {
    const text = expandTemplate(value, env)
    return value.plain ? read(text) : text
  }
  if (Array.isArray(value)) return value.map((one) => expandTemplates(one, env, { read, within }))
  if (!isPlain(value)) return value
  const entries = Object.entries(value).map(([key, one]) => {
    const below = within(key, read)
    const expanded = below ? expandTemplates(one, env, { read: below, within }) : one
    return [key, isTemplate(one) && isEmpty(expanded) ? undefined : expanded] as const
  })
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined))
}

function isEmpty(value: unknown): boolean {
  return (value instanceof LooseText ? value.text : value) === ''
}

/** Whether a value is `${NAME:-}` of a variable that is not set: what a weaker place says stays then. */
export function saysNothing(value: unknown, env: Env): boolean {
  if (!isTemplate(value)) return false
  try {
    return expandTemplate(value, env) === ''
  } catch {
    return false // a variable that is not set matters where nothing goes over it
  }
}

/** Options with templates, and texts of the environment, as they were written. */
export function asWritten(value: unknown): unknown {
  return mapData(value, (one) => {
    if (isTemplate(one)) return one.$template
    return one instanceof LooseText ? one.text : undefined
  })
}
