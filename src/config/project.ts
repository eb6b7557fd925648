import type { Plugin } from 'vitest/config'
import type { TestProjectInlineConfiguration } from 'vitest/config'
import type { TestProject } from 'vitest/node'
import { RunReporter } from '../report/reporter.ts'
import { endInOrder } from './interrupt.ts'
import { checkOptions, type EvalsOptions } from './options.ts'
import { ownFile } from './own-file.ts'
import { isRequested } from './project-filter.ts'
import { readSwitches } from './switches.ts'

export const PROJECT_NAME = 'evals'

/** Whether this `vitest` is to run evals. */
export function evalsRequested({ always = false }: EvalsOptions): boolean {
  return always || process.env['EVALS'] === '1' || isRequested(PROJECT_NAME, process.argv)
}

/** The project `evals`, for a config that lists its projects itself. */
export function defineEvalsProject(options: EvalsOptions = {}): TestProjectInlineConfiguration {
  checkOptions(options)
  const requested = evalsRequested(options)
  const include = requested ? [...(options.include ?? ['**/*.eval.{js,mjs,ts,mts}'])] : []
  return {
    extends: true,
    plugins: [projectPlugin(options, include)],
    test: {
      name: PROJECT_NAME,
      include,
      setupFiles: [ownFile('worker-setup', '../evaluation/worker-setup.ts')],
      environment: 'node',
      testTimeout: 0,
      hookTimeout: 0,
      retry: 0,
      isolate: false,
      maxWorkers: 1,
      expect: { requireAssertions: false }, // scores are returned, not asserted
      sequence: { groupOrder: 1000 }, // Vitest wants a group of its own for another maxWorkers
      ...options.test,
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

function projectPlugin(options: EvalsOptions, include: string[]): Plugin {
  return {
    name: 'vitest-assay:project',
    enforce: 'post',
    config(config) {
      // `extends` joins lists: without this the unit tests of the root would run as evals
      const { test } = config
      if (!test) return
      test.include = include
      // a root that keeps eval files out of the unit tests does not mean this project
      test.exclude = test.exclude?.filter((pattern) => !pattern.includes('.eval')) ?? []
    },
    configureVitest({ vitest, project }) {
      const { model, concurrency, rowTimeout, maxErrorRate, outputDir = '.assay' } = options
      const reporter = new RunReporter({
        project,
        outputDir,
        switches: readSwitches(process.argv, process.env),
        defaults: {
          ...(model !== undefined && { model }),
          ...(concurrency !== undefined && { concurrency }),
          ...(rowTimeout !== undefined && { rowTimeout }),
          ...(maxErrorRate !== undefined && { maxErrorRate }),
        },
      })
      vitest.config.reporters.push(reporter)
      boundMemory(project.config)
      // saving a file must not spend money; `a` in watch mode still runs the evals
      vitest.onFilterWatchedSpecification((specification) => specification.project !== project)
      if (!vitest.config.watch) endInOrder(vitest)
    },
  }
}
