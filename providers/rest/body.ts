import { hasPlaceholder, namesIn, type Values, valueOf, wrong } from './placeholders.ts'

/** A text of a template, and where it stands, as in `body.messages[0].content`. */
export interface TemplateText {
  readonly path: string
  readonly text: string
}

/** All texts of a template. @throws AssayError for what JSON cannot hold, or a placeholder in a name */
export function textsIn(value: unknown, path: string): TemplateText[] {
  if (typeof value === 'string') return [{ path, text: value }]
  if (Array.isArray(value)) return value.flatMap((one, i) => textsIn(one, `${path}[${i}]`))
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, one]) => {
      if (!hasPlaceholder(name)) return textsIn(one, `${path}.${name}`)
      throw wrong(`\`${path}\`: a placeholder stands in a value, and not in a name: "${name}".`)
    })
  }
  if (value === null || ['number', 'boolean', 'undefined'].includes(typeof value)) return []
  throw wrong(`\`${path}\`: expected what JSON can hold, got a ${typeof value}.`)
}

/**
 * The template with values in its texts. A placeholder without a value takes its field with it, also an object or a
 * list that is empty without it, and an element of a list in which nothing else was to be filled in: the message of
 * the system where there is none.
 */
export function fillBody(template: unknown, values: Values): unknown {
  if (typeof template === 'string') return valueOf(template, values)
  if (Array.isArray(template)) {
    const elements = template.filter((one) => !isVacant(one, values))
    const filled = elements.map((one) => fillBody(one, values)).filter((one) => one !== undefined)
    return filled.length > 0 || template.length === 0 ? filled : undefined
  }
  if (typeof template !== 'object' || template === null) return template
  const fields = Object.entries(template).map(([name, one]) => [name, fillBody(one, values)])
  const filled = fields.filter(([, value]) => value !== undefined)
  return filled.length > 0 || fields.length === 0 ? Object.fromEntries(filled) : undefined
}

/** Whether there is something to fill in, and nothing to fill it with. */
function isVacant(template: unknown, values: Values): boolean {
  const names = textsIn(template, '').flatMap(({ text }) => namesIn(text))
  return names.length > 0 && names.every((name) => values[name] === undefined)
}
