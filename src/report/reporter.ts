import { relative } from 'node:path'
import { styleText } from 'node:util'
import type { Reporter, TestModule, TestProject, TestSpecification, Vitest } from 'vitest/node'
import type { EvalDefaults, RunSwitches } from '../evaluation/settings.ts'
import { type CollectedEval, collectEvals } from './collect.ts'
import { readMisses } from './misses.ts'
import { showProgress } from './progress.ts'
import { recoverEvals } from './recover.ts'
import { type Run, startRun, writeManifest } from './run.ts'
import { createSummary, type RunSummary, writeSummary } from './summary-file.ts'
import { renderReport } from './terminal.ts'

export interface RunReporterOptions {
  readonly project: TestProject
  /** Folder of the runs, relative to the project's root. */
  readonly outputDir: string
  readonly switches: RunSwitches
  readonly defaults: EvalDefaults
}

const SHOWN_MISSES = 5
const WIDE = 1000
const TTY_INTERVAL = 5000
const LOG_INTERVAL = 30_000

/** Opens a run when tests start, tells the workers of it, and at the end writes and prints what came of it. */
export class RunReporter implements Reporter {
  readonly #options: RunReporterOptions
  #vitest!: Vitest
  #run: Run | undefined
  #progress: { stop(): void } | undefined

  constructor(options: RunReporterOptions) {
    this.#options = options
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  async onTestRunStart(specifications: readonly TestSpecification[]): Promise<void> {
    const { project, outputDir, switches, defaults } = this.#options
    const files = specifications
      .filter((specification) => specification.project.name === project.name)
      .map(({ moduleId }) => moduleId)
    this.#run = undefined
    if (files.length === 0) return
    const { version: vitestVersion } = this.#vitest
    const { root } = project.config
    this.#run = await startRun({ root, outputDir, vitestVersion, switches, defaults, files })
    project.provide('assay', this.#run.settings)
    this.#progress = showProgress(
      this.#run.broker.progress,
      (line) => this.#vitest.logger.log(styleText('dim', ` ${line}`)),
      process.stdout.isTTY ? TTY_INTERVAL : LOG_INTERVAL,
    )
  }

  async onTestRunEnd(
    modules: readonly TestModule[],
    _errors: readonly unknown[],
    reason: 'passed' | 'interrupted' | 'failed',
  ): Promise<void> {
    const run = this.#run
    if (!run) return
    this.#progress?.stop()
    run.broker.close()
    const { project } = this.#options
    const own = modules.filter((module) => module.project.name === project.name)
    const evals = await recoverEvals(run.folder, collectEvals(own))
    const status = reason === 'interrupted' || wasCutOff(evals) ? 'interrupted' : 'completed'
    await this.#write(run, evals, status)
    await this.#print(run, evals, status)
    if (status === 'completed') this.#failIfNothingRan(evals)
  }

  async #write(
    { id, folder, startedAt, manifest }: Run,
    evals: readonly CollectedEval[],
    status: RunSummary['status'],
  ): Promise<void> {
    const durationMs = Date.now() - startedAt.getTime()
    const run = { runId: id, status, startedAt: startedAt.toISOString(), durationMs }
    await writeSummary(folder, createSummary(run, evals))
    const sources = evals.map(({ summary }) => ({
      id: summary.id,
      model: summary.model,
      datasetHash: summary.datasetHash,
    }))
    await writeManifest(folder, { ...manifest, evals: sources })
  }

  async #print(
    run: Run,
    evals: readonly CollectedEval[],
    status: RunSummary['status'],
  ): Promise<void> {
    const { stdout } = process
    const report = {
      status,
      folder: relative(process.cwd(), run.folder) || run.folder,
      evals: evals.filter(({ shown }) => shown),
      misses: await readMisses(run.folder, evals, SHOWN_MISSES),
    }
    const width = stdout.isTTY ? stdout.columns : WIDE
    this.#vitest.logger.log(renderReport(report, (format, text) => styleText(format, text), width))
  }

  /** Vitest is content with a run of which every test was skipped; a person who asked for a row is not. */
  #failIfNothingRan(evals: readonly CollectedEval[]): void {
    const { rows, tags } = this.#options.switches
    if ((rows ?? tags) === undefined || evals.some(({ summary }) => summary.rows > 0)) return
    const wanted = rows ? `--row ${rows.join(' --row ')}` : `--tags "${tags}"`
    this.#vitest.logger.error(`No row of any eval matches ${wanted}.`)
    process.exitCode = 1
  }
}

/** A worker that died leaves tests without a result. */
function wasCutOff(evals: readonly CollectedEval[]): boolean {
  return evals.some(({ state }) => state === 'pending')
}
