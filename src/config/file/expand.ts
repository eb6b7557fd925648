import { isPlain } from '../../provider/options/loose-options.ts'
import { expandTemplate, isTemplate, scalarOf } from '../../provider/options/template.ts'
import type { Env } from '../../provider/keys.ts'

/** What is said of models keeps its templates: only a model that is set up needs their variables. */
const OF_MODELS = new Set(['config', 'params', 'options', 'systemInstruction'])

/** Replaces the templates of all that concerns the run itself. */
export function expandSettings(value: unknown, env: Env): unknown {
  if (isTemplate(value)) {
    const text = expandTemplate(value, env)
    return value.plain ? scalarOf(text) : text
  }
  if (Array.isArray(value)) return value.map((one) => expandSettings(one, env))
  if (!isPlain(value)) return value
  const fields = Object.entries(value).map(([key, one]) => {
    const expanded = OF_MODELS.has(key) ? one : expandSettings(one, env)
    return [key, isTemplate(one) && expanded === '' ? undefined : expanded] as const // `${NAME:-}`
  })
  return Object.fromEntries(fields.filter(([, one]) => one !== undefined))
}
