import { relative } from 'node:path'
import { explainSettings } from '../config/explain.ts'
import { bindProviders } from '../provider/providers.ts'
import { providersFromEnv } from '../../providers/openai-compatible/from-env.ts'
import { type ExplainedOptions, explainModel } from './explained-model.ts'
import { renderExplanation } from './explanation-table.ts'
import { printJson, printLines } from './output.ts'
import { explainedSwitches } from './explained-switches.ts'
import { openProject, type Project, providersOf } from './project.ts'
import { viewOf } from './server-table.ts'

export interface ConfigOptions {
  readonly explain?: true
  readonly json?: true
  readonly config?: string
}

/** Prints what holds in the current folder, and for a model. */
export async function showConfig(spec: string | undefined, options: ConfigOptions): Promise<void> {
  const project = await openProject(options.config)
  const { root, env, givenAt, settings, aliases, named } = project
  const explained = explainSettings(settings, {
    givenAt,
    switches: explainedSwitches(env, named),
    aliases,
  })
  const model = spec === undefined ? undefined : await explainedIn(project, spec)
  const file = settings.config ? relative(root, settings.config.path) : null
  if (options.json) {
    printJson({ config: file, settings: explained, ...(model && { model }) })
  } else {
    const view = { ...viewOf(process.stdout), sources: options.explain === true }
    printLines(...renderExplanation({ file, settings: explained, model }, view))
  }
}

async function explainedIn(project: Project, spec: string): Promise<ExplainedOptions> {
  const { env, named, settings } = project
  const providers = bindProviders({
    providers: await providersOf(project),
    fromEnv: providersFromEnv,
    models: settings.models,
  })
  return explainModel(spec, { providers, env, named })
}
