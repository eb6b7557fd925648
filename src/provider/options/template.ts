import { AssayError } from '../../model/error.ts'
import type { Env } from '../keys.ts'

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

/** `$${`, which stands for a plain `${`; else `${NAME}` or `${NAME:-default}`; else what is only begun like one. */
const variable =
  /\$\$(?=\{)|\$\{(?<name>[A-Za-z_]\w*)(?::-(?<fallback>(?:(?!\$\{)[^}])*))?\}|(?<wrong>\$\{)/g

/** The text as a template; the text itself where it names no variable. @throws AssayError for a wrong template */
export function toTemplate(
  text: string,
  { at, quoted }: { at: string; quoted: boolean },
): string | Template {
  const found = [...text.matchAll(variable)].map(({ groups }) => groups ?? {})
  if (found.some(({ wrong }) => wrong !== undefined)) {
    // not what stands there: it may be a key
    throw new AssayError(
      `${at}: expected \${NAME} or \${NAME:-default}; write $\${ where the text itself has \${.`,
      { kind: 'config' },
    )
  }
  if (found.every(({ name }) => name === undefined)) return text.replaceAll('$${', '${')
  const plain = !quoted && /^\$\{[^}]*\}$/.test(text)
  return { $template: text, at, plain }
}

export function isTemplate(value: unknown): value is Template {
  if (typeof value !== 'object' || value === null || !('$template' in value)) return false
  return typeof value.$template === 'string'
}

/** What YAML makes of a text without quotes, as far as numbers and truth values go. */
export function scalarOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
}

/**
 * The text with what the variables hold, which is not looked through again. An empty variable counts as one that
 * is not set, as in a shell. @throws AssayError for one without a value and without a default
 */
export function expandTemplate({ $template: text, at }: Template, env: Env): string {
  return text.replaceAll(variable, (...match) => {
    const { name, fallback } = match.at(-1) as { name?: string; fallback?: string }
    if (name === undefined) return '$'
    const value = (Object.hasOwn(env, name) && env[name]) || fallback
    if (value !== undefined) return value
    throw new AssayError(
      `${at}: the environment has no ${name}: set it, or give a default, \${${name}:-…}.`,
      { kind: 'config' },
    )
  })
}
