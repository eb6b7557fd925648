import type { Plugin, ViteUserConfig } from 'vitest/config'
import { checkOptions, type EvalsOptions } from './options.ts'
import { defineEvalsProject, evalsRequested, PROJECT_NAME } from './project.ts'

type TestConfig = NonNullable<ViteUserConfig['test']> & { assay?: 'unit' }

/**
 * The Vitest plugin: `plugins: [evals()]` adds the project `evals`, when a run asks for it by
 * `--project evals` (or `EVALS=1`). A plain `vitest` is as it was.
 */
export function evals(options: EvalsOptions = {}): Plugin {
  checkOptions(options)
  return {
    name: 'vitest-assay',
    enforce: 'pre',
    config(config) {
      const test: TestConfig = (config.test ??= {})
      if (isInnerConfig(test) || !evalsRequested(options)) return
      const evalsProject = defineEvalsProject(options)
      if (test.projects) {
        test.projects.push(evalsProject)
        return
      }
      // the user's own tests become a project beside the evals
      const own: TestConfig = { name: test.name ?? 'default', assay: 'unit' }
      test.projects = [{ extends: true, test: own }, evalsProject]
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
