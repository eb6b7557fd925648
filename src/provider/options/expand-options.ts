import type { Env } from '../keys.ts'
import { isPlain, LooseText } from './loose-options.ts'
import { expandTemplate, isTemplate, scalarOf } from './template.ts'

/** No schema says what fields of the request's JSON are: there a template is what it would be in YAML. */
const OF_JSON = 'body'

/**
 * Options with what the variables of their templates hold: a loose text where that may be no text. `${NAME:-}` of a
 * variable that is not set says nothing. @throws AssayError for a variable that is not set
 */
export function expandOptions(options: object, env: Env): object {
  return expand(options, env, loose) as object
}

/** A text, or a template, as a text. */
export function expandText(text: unknown, env: Env): string {
  return isTemplate(text) ? expandTemplate(text, env) : String(text)
}

function expand(value: unknown, env: Env, read: (text: string) => unknown): unknown {
  if (isTemplate(value)) {
    const text = expandTemplate(value, env)
    return value.plain ? read(text) : text
  }
  if (Array.isArray(value)) return value.map((one) => expand(one, env, read))
  if (!isPlain(value)) return value
  const entries = Object.entries(value).map(([key, one]) => {
    const expanded = expand(one, env, key === OF_JSON ? scalarOf : read)
    return [key, isTemplate(one) && isEmpty(expanded) ? undefined : expanded] as const
  })
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined))
}

function loose(text: string): LooseText {
  return new LooseText(text)
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
  if (isTemplate(value)) return value.$template
  if (value instanceof LooseText) return value.text
  if (Array.isArray(value)) return value.map((one) => asWritten(one))
  if (!isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, asWritten(one)]))
}
