import type { ProviderContext } from '../../src/provider/definition.ts'
import { namesOf, onlyOf, type Variable, variablesByProvider } from '../../src/provider/keys.ts'
import type { ModelProvider } from '../../src/provider/provider.ts'
import { builtIn } from '../built-in.ts'
import { openaiCompatible } from '../openai-compatible.ts'
import { parseBaseURL } from '../shared/remote/endpoint.ts'

/**
 * Makes a provider of each `NAME_API_BASE`: an OpenAI-compatible server, with the keys `NAME_API_KEY`,
 * `NAME_API_KEY_1`, … or without one. A built-in provider reads its own. What is wrong with a provider's
 * variables is an error when a model of it is set up, so that other providers are not in its way.
 */
export function providersFromEnv(env: ProviderContext['env']): ModelProvider[] {
  return [...variablesByProvider(env)].flatMap(([name, variables]) => {
    const spellings = variables.get('API_BASE')
    if (!spellings || builtInNames.has(name)) return []
    return [openaiCompatible({ name, baseURL: () => baseURLIn(onlyOf(spellings)) })]
  })
}

/** As variables spell them, which have no dash. */
const builtInNames: ReadonlySet<string> = new Set(builtIn.flatMap((provider) => namesOf(provider)))

function baseURLIn({ name, value }: Variable): string {
  return parseBaseURL(value, name).href
}
