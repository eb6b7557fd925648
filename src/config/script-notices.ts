import type { AssayConfig } from './file/config.ts'
import { snake } from './file/names.ts'

/** What of a configuration file holds for runs of evals alone. */
const OF_RUNS = ['providers', 'budget', 'rememberKeys'] as const

/** What a script should know of its configuration file. */
export function noticesOf(config: AssayConfig): string[] {
  const unused = OF_RUNS.filter((name) => config[name] !== undefined)
  return [
    ...config.warnings,
    ...unused.map((name) => {
      const [, at = config.path] =
        Object.entries(config.places).find(([place]) => place.split('.')[0] === name) ?? []
      return `${at}: \`${snake(name)}\` is for runs of evals; createProviders() does without it.`
    }),
  ]
}
