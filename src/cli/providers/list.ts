import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { builtIn } from '../../../providers/built-in.ts'
import { providersFromEnv } from '../../../providers/openai-compatible/from-env.ts'
import { shownURL } from '../../evaluation/shown-options.ts'
import { messageOf } from '../../model/error.ts'
import { findPackage } from '../../plugin/find-package.ts'
import { type ExplainedModel, explainOf } from '../../provider/explain.ts'
import { namesOf } from '../../provider/keys.ts'
import type { ModelProvider } from '../../provider/provider.ts'
import { bindProviders } from '../../provider/providers.ts'
import { inVariable, type ShownKey, takesKeys } from '../models/keys.ts'
import { printJson, printLines } from '../output.ts'
import { foundIn, openProject, type Project, providersOf } from '../project.ts'
import { viewOf } from '../server-table.ts'
import { type Origin, originOf } from './origin.ts'
import { renderProviders } from './table.ts'

export interface ProviderFlags {
  readonly json?: true
}

/** A provider, who brings it, and what it needs. */
export interface ListedProvider {
  readonly name: string
  readonly aliases: readonly string[]
  readonly origin: Origin
  /** Variables that it looks for keys in, with the masked value of those that are set. */
  readonly keys: readonly ShownKey[]
  /** The variable of its base URL, if it has one, and what is in it. */
  readonly baseURL: { readonly variable: string; readonly value: string | null } | null
  /** The package that people install for it; `install` is the command where it is missing. */
  readonly peer: { readonly name: string; readonly install: string | null } | null
  /** Why it cannot be loaded. */
  readonly problem: string | null
}

/** `assay providers list`. */
export async function listProviders({ json }: ProviderFlags): Promise<void> {
  const providers = await allProviders(await openProject())
  if (json) printJson({ providers })
  else printLines(...renderProviders(providers, viewOf(process.stdout)))
}

/** All providers of a project by name: the one that a spec would find. */
export async function allProviders(project: Project): Promise<readonly ListedProvider[]> {
  const { env, root, settings } = project
  const own = await providersOf(project)
  const fromEnv = providersFromEnv(env)
  const bound = bindProviders({
    providers: own,
    fromEnv: () => fromEnv,
    models: settings.models,
    env,
    baseDir: root,
  })
  const place = { own, builtIn, found: foundIn(project), fromEnv, project }
  const listed = bound.names.map((name) =>
    describe(bound.get(name), originOf(name, place), project),
  )
  return (await Promise.all(listed)).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

async function describe(
  provider: ModelProvider,
  origin: Origin,
  { env, named }: Project,
): Promise<ListedProvider> {
  const { name, aliases = [] } = provider
  const base = { name, aliases, origin, keys: [], baseURL: null, peer: null }
  try {
    const explained = await explainOf(provider)?.('', { expand: false })
    if (!explained) return { ...base, problem: null }
    const { traits } = explained
    const keys = variablesOf(explained).map((variable) => ({
      ...inVariable(variable, env),
      variable: named(variable),
    }))
    const peer = traits.peer === undefined ? null : peerOf(traits.peer)
    const baseURL = urlOf(provider, explained, { env, named })
    return { ...base, keys, baseURL, peer, problem: null }
  } catch (error) {
    return { ...base, problem: messageOf(error) }
  }
}

/** Those that are set, else those that would be read. */
function variablesOf(explained: ExplainedModel): readonly string[] {
  const { keyVariables, traits } = explained
  if (keyVariables.length > 0) return keyVariables
  return takesKeys(explained) ? traits.keyNames : []
}

const SERVERS = ['baseURL', 'attach', 'host', 'endpoint']

function urlOf(
  provider: ModelProvider,
  { traits, baseVariable: name }: ExplainedModel,
  { env, named }: Pick<Project, 'env' | 'named'>,
): ListedProvider['baseURL'] {
  if (name !== undefined) return { variable: named(name), value: shownURL(env[name]!.trim()) }
  if (!SERVERS.some((one) => traits.optionNames.includes(one))) return null
  const [prefix] = namesOf(provider)
  return { variable: `${prefix!.toUpperCase()}_API_BASE`, value: null }
}

/** As the provider itself imports it: for this package. */
function peerOf(name: string): ListedProvider['peer'] {
  const here = dirname(fileURLToPath(import.meta.url))
  const isThere = findPackage(name, here) !== undefined
  return { name, install: isThere ? null : `npm install -D ${name}` }
}
