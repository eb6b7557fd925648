import { aliasesOf, type ProviderAliases } from '../config/aliases.ts'
import { loadEnvFile } from '../config/env-file.ts'
import type { EvalsOptions } from '../config/options.ts'
import { type ProjectSettings, projectSettings } from '../config/project-settings.ts'
import { listsOf } from '../config/provider-lists.ts'
import { findProviders } from '../plugin/find-providers.ts'
import type { ProviderSurroundings } from '../provider/definition.ts'
import type { FoundProvider } from '../provider/found-provider.ts'
import type { Env } from '../provider/keys.ts'
import type { ModelProvider } from '../provider/provider.ts'
import { bindProviders, type Providers } from '../provider/providers.ts'
import { withFound } from '../provider/with-found.ts'
import { providersFromEnv } from '../../providers/openai-compatible/from-env.ts'
import { builtIn } from '../../providers/built-in.ts'
import { pluginOptions } from './plugin-options.ts'

/** What holds in the folder of a project. */
export interface Project {
  readonly root: string
  readonly env: Env
  /** The options of `evals()`. */
  readonly given: EvalsOptions
  /** What people call their place. */
  readonly givenAt: string
  readonly settings: ProjectSettings
  readonly aliases: ProviderAliases
  /** What people call a source: variables of the `.env` file are told as such. */
  readonly named: (source: string) => string
}

export interface ProjectPlace {
  /** @default the working directory */
  readonly root?: string
  /** Gets the variables of the `.env` file, too. @default process.env */
  readonly env?: NodeJS.ProcessEnv
}

/**
 * Reads the options of `evals()`, `.env` and the configuration file, `config` where it is given.
 * @throws AssayError `config`
 */
export async function openProject(
  config?: string,
  { root = process.cwd(), env = process.env }: ProjectPlace = {},
): Promise<Project> {
  const fromFile = new Set(loadEnvFile(root, env))
  const plugin = await pluginOptions(root)
  const given = { ...plugin.options, ...(config !== undefined && { config }) }
  const aliases = aliasesOf(builtIn)
  const settings = projectSettings(given, { root, env, aliases })
  for (const line of settings.config?.warnings ?? []) warn(line)
  return {
    root,
    env,
    given,
    givenAt: plugin.source,
    settings,
    aliases,
    named: (source) => (fromFile.has(source) ? `${source} (.env)` : source),
  }
}

/** The providers of a project, with those that its packages and its lists bring, without those of the environment. */
export async function providersOf(project: Project): Promise<readonly ModelProvider[]> {
  const importModule = (url: string) => import(url) as Promise<unknown>
  return withFound(foundIn(project, warn), { builtIn, importModule, notice: warn })
}

/** All providers of a project, by name. */
export async function bindAll(project: Project): Promise<Providers> {
  return bindFor(project, await providersOf(project))
}

/** Providers of a project, with what holds in it, in these surroundings. */
export function bindFor(
  { env, root, settings: { models, options } }: Pick<Project, 'root' | 'env' | 'settings'>,
  providers: readonly ModelProvider[],
  surroundings: Partial<ProviderSurroundings> = {},
): Providers {
  const { prices = {} } = options
  const own = { fromEnv: providersFromEnv, models, prices, env, baseDir: root }
  return bindProviders({ providers, ...own, ...surroundings })
}

/** The providers that packages and files bring. `notice` gets what is wrong with them. */
export function foundIn(
  { root, given, settings: { options, config } }: Project,
  notice: (line: string) => void = () => {},
): readonly FoundProvider[] {
  const { found, warnings } = findProviders({
    root,
    lists: listsOf(given, root, config),
    discover: options.discover ?? true,
  })
  for (const line of warnings) notice(line)
  return found
}

function warn(line: string): void {
  process.stderr.write(`${line}\n`)
}
