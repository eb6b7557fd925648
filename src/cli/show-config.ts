import { relative } from 'node:path'
import { aliasesOf } from '../config/aliases.ts'
import { loadEnvFile } from '../config/env-file.ts'
import { explainSettings } from '../config/explain.ts'
import type { EvalsOptions } from '../config/options.ts'
import { type ProjectSettings, projectSettings } from '../config/project-settings.ts'
import { listsOf } from '../config/provider-lists.ts'
import { findProviders } from '../plugin/find-providers.ts'
import { bindProviders, type Providers } from '../provider/providers.ts'
import { withFound } from '../provider/with-found.ts'
import { providersFromEnv } from '../../providers/openai-compatible/from-env.ts'
import { builtIn } from '../../providers/built-in.ts'
import { explainModel } from './explained-model.ts'
import { renderExplanation } from './explanation-table.ts'
import { printJson, printLines } from './output.ts'
import { pluginOptions } from './plugin-options.ts'
import { explainedSwitches } from './explained-switches.ts'
import { viewOf } from './server-table.ts'

export interface ConfigOptions {
  readonly explain?: true
  readonly json?: true
  readonly config?: string
}

/** Prints what holds in the current folder, and for a model. */
export async function showConfig(spec: string | undefined, options: ConfigOptions): Promise<void> {
  const root = process.cwd()
  const { env } = process
  const fromFile = new Set(loadEnvFile(root))
  const plugin = await pluginOptions(root)
  const given = {
    ...plugin.options,
    ...(options.config !== undefined && { config: options.config }),
  }
  const aliases = aliasesOf(builtIn)
  const settings = projectSettings(given, { root, env, aliases })
  warn(...(settings.config?.warnings ?? []))
  /** Variables of the file are told as such. */
  const named = (source: string) => (fromFile.has(source) ? `${source} (.env)` : source)
  const explained = explainSettings(settings, {
    givenAt: plugin.source,
    switches: explainedSwitches(env, named),
    aliases,
  })
  const model =
    spec === undefined
      ? undefined
      : await explainModel(spec, { providers: await allProviders(given, settings), env, named })
  const file = settings.config ? relative(root, settings.config.path) : null
  if (options.json) {
    printJson({ config: file, settings: explained, ...(model && { model }) })
  } else {
    const view = { ...viewOf(process.stdout), sources: options.explain === true }
    printLines(...renderExplanation({ file, settings: explained, model }, view))
  }
}

/** The providers of this folder, with those that its packages and its lists bring. */
async function allProviders(
  given: EvalsOptions,
  { options, config, models }: ProjectSettings,
): Promise<Providers> {
  const root = process.cwd()
  const { found, warnings } = findProviders({
    root,
    lists: listsOf(given, root, config),
    discover: options.discover ?? true,
  })
  warn(...warnings)
  const importModule = (url: string) => import(url) as Promise<unknown>
  return bindProviders({
    providers: await withFound(found, { builtIn, importModule, notice: warn }),
    fromEnv: providersFromEnv,
    models,
  })
}

function warn(...lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`${line}\n`)
}
