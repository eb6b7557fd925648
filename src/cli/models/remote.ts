import { messageOf } from '../../model/error.ts'
import { explainOf } from '../../provider/explain.ts'
import type { ModelProvider } from '../../provider/provider.ts'
import type { KnownModel } from './known.ts'

/** What a provider lists, or why it does not. */
export interface RemoteList {
  readonly provider: string
  /** Specs. */
  readonly models: readonly string[]
  readonly error: string | null
}

/**
 * Asks providers for their models, all at once, with the options that their first model has: its server and its key.
 * A provider that lists none is left out; one that fails is told, and keeps no other from answering.
 */
export async function askProviders(
  providers: readonly ModelProvider[],
  known: readonly KnownModel[],
): Promise<readonly RemoteList[]> {
  const lists = providers
    .filter(({ listModels }) => listModels !== undefined)
    .map((provider) => ask(provider, known))
  return Promise.all(lists)
}

async function ask(provider: ModelProvider, known: readonly KnownModel[]): Promise<RemoteList> {
  const { name } = provider
  try {
    const first = known.find(({ spec }) => spec.startsWith(`${name}/`))
    const explained = first && (await explainOf(provider)?.(first.spec.slice(name.length + 1)))
    const listed = await provider.listModels!(serverOf(explained?.options ?? {}))
    const models = listed.map(({ id, name: other = id }) => `${name}/${other}`)
    return { provider: name, models, error: null }
  } catch (error) {
    return { provider: name, models: [], error: messageOf(error) }
  }
}

/** What says of one model alone is nothing for the list. */
const OF_ONE = new Set(['id', 'path', 'limits', 'requirements', 'body'])

function serverOf(options: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !OF_ONE.has(name)))
}
