import type { Plugin, ViteUserConfig } from 'vitest/config'
import { checkOptions, type EvalsOptions } from './options.ts'
import { evalsProject, evalsRequested, PROJECT_NAME, type ProjectTools } from './project.ts'

/** What other programs may ask of the plugin in a config. */
export interface PluginApi {
  readonly options: EvalsOptions
}

type TestConfig = NonNullable<ViteUserConfig['test']> & { assay?: 'unit' }

/** Adds the project `evals` to a config, when a run asks for it. */
export function evalsPlugin(options: EvalsOptions, tools: ProjectTools): Plugin {
  checkOptions(options)
  return {
    name: 'vitest-assay',
    api: { options } satisfies PluginApi,
    enforce: 'pre',
    config(config) {
      const test: TestConfig = (config.test ??= {})
      if (isInnerConfig(test) || !evalsRequested(options)) return
      const project = evalsProject(options, tools)
      if (test.projects) {
        test.projects.push(project)
        return
      }
      // the user's own tests become a project beside the evals
      const own: TestConfig = { name: test.name ?? 'default', assay: 'unit' }
      test.projects = [{ extends: true, test: own }, project]
    },
  }
}

/** Vitest loads the config, and so this plugin, once more for each project that extends it. */
function isInnerConfig(test: TestConfig): boolean {
  if (test.assay === 'unit' || test.name === PROJECT_NAME) return true
  return (test.projects ?? []).some(
    (project) =>
      typeof project === 'object' && 'test' in project && project.test?.name === PROJECT_NAME,
  )
}
