import { expandTemplates } from '../../provider/options/expand-options.ts'
import { scalarOf } from '../../provider/options/template.ts'
import type { Env } from '../../provider/keys.ts'

/** What is said of models keeps its templates: only a model that is set up needs their variables. */
const OF_MODELS = new Set(['config', 'params', 'options', 'systemInstruction'])

/** Replaces the templates of all that concerns the run itself. */
export function expandSettings(value: unknown, env: Env): unknown {
  return expandTemplates(value, env, {
    read: scalarOf,
    within: (key, read) => (OF_MODELS.has(key) ? undefined : read),
  })
}
