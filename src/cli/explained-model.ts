import { builtIn } from '../../providers/index.ts'
import { providersFromEnv } from '../../providers/from-env.ts'
import type { Explanation } from '../config/explain.ts'
import { AssayError } from '../model/error.ts'
import { explainOf } from '../provider/explain.ts'
import type { Env } from '../provider/keys.ts'
import type { ProjectModels } from '../provider/model-settings.ts'
import { createRegistry } from '../provider/registry.ts'
import type { Origin } from '../provider/settle.ts'
import { parseSpec } from '../provider/spec.ts'

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
  const { providerName, modelName } = parseSpec(given, models.names)
  const provider = registry.get(providerName)
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
        told.map(([name, value]) => [name, { value: masked(name, value), source: sourceOf(name) }]),
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

const telling = /key|token|secret|password|credential|authorization|cookie/i

/** A value, with `***` for what may be secret. */
function masked(name: string, value: unknown): unknown {
  if (telling.test(name) && !/^max|tokens?(?:field)?$/i.test(name)) return hidden(value)
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, name === 'headers' ? '***' : masked(key, one)]),
  )
}

function hidden(value: unknown): unknown {
  return Array.isArray(value) ? value.map(() => '***') : '***'
}

/** A URL without what may be secret in it. */
function serverOf(url: string): string {
  const parsed = URL.parse(url.trim())
  return parsed ? `${parsed.origin}${parsed.pathname}` : '***'
}
