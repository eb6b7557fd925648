import { builtIn } from '../../providers/index.ts'
import { providersFromEnv } from '../../providers/from-env.ts'
import type { Explanation } from '../config/explain.ts'
import { shownOptions } from '../evaluation/shown-options.ts'
import { AssayError } from '../model/error.ts'
import { explainOf } from '../provider/explain.ts'
import type { Env } from '../provider/keys.ts'
import type { ProjectModels } from '../provider/model-settings.ts'
import { createRegistry } from '../provider/registry.ts'
import type { Origin } from '../provider/settle.ts'

/** A model as a set-up would make it. Keys are told by the names of their variables alone. */
export interface ExplainedOptions {
  readonly spec: string
  readonly provider: string
  readonly options: Explanation
}

export interface ModelPlace {
  readonly env: Env
  readonly models: ProjectModels
  /** What people call a source. */
  readonly named: (source: string) => string
}

/** The options of a model, with their sources, and without asking its server. */
export async function explainModel(
  given: string,
  { env, models, named }: ModelPlace,
): Promise<ExplainedOptions> {
  const registry = createRegistry({ providers: builtIn, fromEnv: providersFromEnv, env, models })
  const { provider, modelName } = registry.find(given)
  const explain = explainOf(provider)
  if (!explain) {
    throw new AssayError(`${provider.name}: this provider does not tell of its options.`, {
      kind: 'config',
    })
  }
  const { options, system, origins, keyVariables, baseVariable } = await explain(modelName, 'model')
  const sourceOf = (name: string) => shownSource(origins.get(name), named)
  const { body, ...own } = options
  const fields = Object.entries((body ?? {}) as object).map(([name, value]) => [
    `body.${name}`,
    value,
  ])
  const told = [...Object.entries(own), ...fields] as [string, unknown][]
  return {
    spec: `${provider.name}/${modelName}`,
    provider: provider.name,
    options: {
      ...Object.fromEntries(
        Object.entries(shownOptions(Object.fromEntries(told))).map(([name, value]) => [
          name,
          { value, source: sourceOf(name) },
        ]),
      ),
      ...(system !== undefined && { system: { value: system, source: sourceOf('system') } }),
      ...(baseVariable && {
        baseURL: { value: serverOf(env[baseVariable] ?? ''), source: named(baseVariable) },
      }),
      ...(keyVariables.length > 0 &&
        !('apiKey' in own || 'apiKeys' in own) && {
          apiKeys: {
            value: keyVariables.map(() => '***'),
            source: keyVariables.map(named).join(', '),
          },
        }),
    },
  }
}

function shownSource(origin: Origin | undefined, named: (source: string) => string): string {
  return origin?.at ?? named(origin?.source ?? 'default')
}

/** A URL without what may be secret in it. */
function serverOf(url: string): string {
  const parsed = URL.parse(url.trim())
  return parsed ? `${parsed.origin}${parsed.pathname}` : '***'
}
