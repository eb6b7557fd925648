import { dirname, join, resolve, sep } from 'node:path'
import type { Plugin, TestProjectInlineConfiguration } from 'vitest/config'
import type { TestProject, Vitest } from 'vitest/node'
import { AssayError } from '../model/error.ts'
import { findProviders } from '../plugin/find-providers.ts'
import { RunReporter } from '../report/reporter.ts'
import type { ProviderAliases } from './aliases.ts'
import { loadEnvFile } from './env-file.ts'
import { endInOrder } from './interrupt.ts'
import { checkOptions, type EvalsOptions } from './options.ts'
import { ownFile } from './own-file.ts'
import { isRequested } from './project-filter.ts'
import { projectSettings } from './project-settings.ts'
import { listsOf } from './provider-lists.ts'
import { runRequests } from './run-requests.ts'
import { readSwitches } from './switches.ts'

export const PROJECT_NAME = 'evals'

/** Whether this `vitest` is to run evals. */
export function evalsRequested({ always = false }: EvalsOptions): boolean {
  return always || process.env['EVALS'] === '1' || isRequested(PROJECT_NAME, process.argv)
}

/** What the plugin is told of the package around it. */
export interface ProjectTools {
  aliases(): Promise<ProviderAliases>
}

/** The project `evals`. */
export function evalsProject(
  options: EvalsOptions,
  tools: ProjectTools,
): TestProjectInlineConfiguration {
  checkOptions(options)
  const requested = evalsRequested(options)
  const include = requested ? [...(options.include ?? ['**/*.eval.{js,mjs,ts,mts}'])] : []
  return {
    extends: true,
    plugins: [projectPlugin(options, include, tools)],
    test: {
      environment: 'node',
      testTimeout: 0,
      hookTimeout: 0,
      retry: 0,
      isolate: false,
      maxWorkers: 1,
      expect: { requireAssertions: false }, // scores are returned, not asserted
      sequence: { groupOrder: 1000 }, // Vitest wants a group of its own for another maxWorkers
      ...options.test,
      name: PROJECT_NAME,
      include,
      setupFiles: [
        ownFile('worker-setup', '../evaluation/worker-setup.ts'),
        ...[options.test?.setupFiles ?? []].flat(),
      ],
    },
  }
}

/**
 * Rows leave much short-lived garbage, for which V8 would keep up to 48 MB of young generation: a quarter of
 * that costs no time here and saves 60 MB at 100,000 rows. A thread takes no such flag.
 */
function boundMemory(config: TestProject['config']): void {
  if (config.pool !== 'forks' || config.execArgv.some((flag) => flag.includes('semi-space'))) return
  config.execArgv.push('--max-semi-space-size=4')
}

/** By Vite server: Vitest makes a new one when the config was saved. */
const roots = new WeakMap<Vitest['vite'], string[]>()

/** In a monorepo the config of a package and that of the root may both have the plugin. */
function requireOnce(vitest: Vitest, root: string): void {
  const others = roots.get(vitest.vite) ?? []
  roots.set(vitest.vite, [...others, root])
  const inside = (a: string, b: string) => `${b}${sep}`.startsWith(`${a}${sep}`)
  const other = others.find((one) => inside(one, root) || inside(root, one))
  if (other === undefined) return
  throw new AssayError(
    `evals() is in the configs of ${other} and of ${root}, so evals would run, and be paid for, twice; keep one of them.`,
    { kind: 'config' },
  )
}

/** What is wrong in a file needs no stack, which would say where this package reads it. */
function said<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (AssayError.is(error)) error.stack = `${error.name}: ${error.message}`
    throw error
  }
}

function projectPlugin(given: EvalsOptions, include: string[], tools: ProjectTools): Plugin {
  return {
    name: 'vitest-assay:project',
    enforce: 'post',
    config(config) {
      // `extends` joins lists: without this the unit tests of the root would run as evals
      const { test } = config
      if (!test) return
      test.include = include
      // a root that keeps eval files out of the unit tests does not mean this project
      const own = given.test?.exclude ?? []
      const isMeant = (pattern: string) => own.includes(pattern) || !pattern.includes('.eval')
      if (test.exclude) test.exclude = test.exclude.filter((pattern) => isMeant(pattern))
    },
    // oxlint-disable-next-line typescript/no-misused-promises -- Vitest awaits it; only its type does not say so
    async configureVitest({ vitest, project }) {
      const { root } = project.config
      requireOnce(vitest, root)
      loadEnvFile(root)
      const aliases = await tools.aliases()
      const settings = said(() => projectSettings(given, { root, env: process.env, aliases }))
      const { options, defaults, models, config } = settings
      const outputDir = resolve(root, options.outputDir ?? '.assay')
      const configDir = dirname(vitest.vite.config.configFile ?? join(root, 'none'))
      const { found: providers, warnings } = findProviders({
        root,
        lists: listsOf(given, configDir, config),
        discover: options.discover ?? true,
      })
      for (const warning of [...(config?.warnings ?? []), ...warnings]) vitest.logger.warn(warning)
      const { cache: cacheMode, ...switches } = readSwitches(process.argv, process.env)
      const reporter = new RunReporter({
        project,
        outputDir,
        configDir,
        switches,
        requests: runRequests(options, { outputDir, configDir, cacheMode }),
        defaults,
        models,
        providers,
      })
      vitest.config.reporters.push(reporter)
      project.provide('assay', reporter.settings) // `vitest list` collects without a run
      boundMemory(project.config)
      // saving a file must not spend money; `a` in watch mode still runs the evals
      vitest.onFilterWatchedSpecification((specification) => specification.project !== project)
      if (!vitest.config.watch) endInOrder(vitest)
    },
  }
}
