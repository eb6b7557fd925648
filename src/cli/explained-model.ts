import type { Explained, Explanation } from '../config/explain.ts'
import { shownOptions, shownURL } from '../evaluation/shown-options.ts'
import { AssayError } from '../model/error.ts'
import { explainOf } from '../provider/explain.ts'
import type { Env } from '../provider/keys.ts'
import type { Providers } from '../provider/providers.ts'
import type { Origin } from '../provider/options/settle.ts'

/** A model as a set-up would make it. Keys are told by the names of their variables alone. */
export interface ExplainedOptions {
  readonly spec: string
  readonly provider: string
  readonly options: Explanation
}

export interface ModelPlace {
  readonly providers: Providers
  readonly env: Env
  /** What people call a source. */
  readonly named: (source: string) => string
}

/** The options of a model, with their sources, and without asking its server. */
export async function explainModel(
  given: string,
  { providers, env, named }: ModelPlace,
): Promise<ExplainedOptions> {
  const { provider, modelName } = providers.find(given)
  const explain = explainOf(provider)
  if (!explain) {
    throw new AssayError(`${provider.name}: this provider does not tell of its options.`, {
      kind: 'config',
    })
  }
  const { options, system, origins, keyVariables, baseVariable } = await explain(modelName)
  const sourced = (name: string, value: unknown): [string, Explained] => [
    name,
    { value, source: shownSource(origins.get(name), named) },
  ]
  const told = fieldsOf(shownOptions(options)).map(([name, value]) => sourced(name, value))
  const says = (names: readonly string[]) => names.some((name) => name in options)
  return {
    spec: `${provider.name}/${modelName}`,
    provider: provider.name,
    options: {
      ...(baseVariable && !says(SERVERS) && serverIn(env, baseVariable, named)),
      ...(keyVariables.length > 0 && !says(KEYS) && keysIn(keyVariables, named)),
      ...Object.fromEntries(told),
      ...Object.fromEntries(system === undefined ? [] : [sourced('system', system)]),
    },
  }
}

/** Options, and those that are fields of the request's JSON by themselves. */
function fieldsOf({ body, ...own }: Readonly<Record<string, unknown>>): [string, unknown][] {
  const fields = Object.entries(body ?? {}) as [string, unknown][]
  return [
    ...Object.entries(own),
    ...fields.map(([name, value]): [string, unknown] => [`body.${name}`, value]),
  ]
}

/** Options that go before the variables of the environment. */
const SERVERS = ['baseURL', 'attach', 'host', 'endpoint', 'url']
const KEYS = ['apiKey', 'apiKeys']

function serverIn(env: Env, variable: string, named: ModelPlace['named']): Explanation {
  return { baseURL: { value: shownURL(env[variable]?.trim() ?? ''), source: named(variable) } }
}

function keysIn(variables: readonly string[], named: ModelPlace['named']): Explanation {
  const value = variables.map(() => '***')
  return { apiKeys: { value, source: variables.map((one) => named(one)).join(', ') } }
}

function shownSource(origin: Origin | undefined, named: ModelPlace['named']): string {
  return origin?.at ?? named(origin?.source ?? 'default')
}
