import { AssayError } from '../model/error.ts'
import type { Env } from './keys.ts'

/**
 * A text of a configuration file that names variables of the environment, `${NAME}` or `${NAME:-default}`. It is
 * plain data, which a worker gets as it stands in the file: what the variables hold is read where it is used, and
 * is written nowhere.
 */
export interface Template {
  readonly $template: string
  /** Where it stands: file, line and column. */
  readonly at: string
  /** Whether the whole is one variable without quotes, which may be a number or a truth value. */
  readonly plain: boolean
}

const variable = /\$\$|\$\{(?<name>[A-Za-z_]\w*)(?::-(?<fallback>[^}]*))?\}/g

/** The text as a template; the text itself where it names no variable. */
export function toTemplate(
  text: string,
  { at, quoted }: { at: string; quoted: boolean },
): string | Template {
  if (!text.includes('$')) return text
  if (![...text.matchAll(variable)].some(({ groups }) => groups?.['name'] !== undefined)) {
    return text.replaceAll('$${', '${') // the way to write one that is none
  }
  const plain = !quoted && /^\$\{[^}]*\}$/.test(text)
  return { $template: text, at, plain }
}

export function isTemplate(value: unknown): value is Template {
  return typeof value === 'object' && value !== null && '$template' in value
}

/**
 * The text with what the variables hold, which is not looked through again. An empty variable counts as one that
 * is not set, as in a shell. @throws AssayError for one without a value and without a default
 */
export function expandTemplate({ $template: text, at }: Template, env: Env): string {
  return text.replaceAll(variable, (...match) => {
    const { name, fallback } = match.at(-1) as { name?: string; fallback?: string }
    if (name === undefined) return '$'
    const value = env[name] || fallback
    if (value !== undefined) return value
    throw new AssayError(
      `${at}: the environment has no ${name}: set it, or give a default, \${${name}:-…}.`,
      { kind: 'config' },
    )
  })
}
