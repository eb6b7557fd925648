import { relative } from 'node:path'
import { styleText } from 'node:util'
import type { Reporter, TestModule, TestProject, TestSpecification, Vitest } from 'vitest/node'
import type { RunSettings } from '../evaluation/settings.ts'
import type { ServerHistory } from '../model/lease.ts'
import { type CollectedEval, collectEvals } from './collect.ts'
import { misnamed } from './misnamed.ts'
import { readMisses } from './misses.ts'
import { showProgress } from './progress.ts'
import { recoverEvals } from './recover.ts'
import { type Run, type RunInput, startRun, writeManifest } from './run.ts'
import { fromRunFolder } from './servers.ts'
import { describeWait, watchForStall } from './stall.ts'
import { createSummary, type RunSummary, writeSummary } from './summary-file.ts'
import { renderReport } from './terminal.ts'

/** What is known of every run of the project before it starts. */
export interface RunReporterOptions extends Omit<RunInput, 'root' | 'vitestVersion' | 'files'> {
  readonly project: TestProject
}

const SHOWN_MISSES = 5
const WIDE = 1000
const TTY_INTERVAL = 5000
const LOG_INTERVAL = 30_000
/** Reporters whose output on stdout is read by a program. */
const MACHINE_REPORTERS = new Set(['json', 'junit', 'tap', 'tap-flat'])

/** Opens a run when tests start, tells the workers of it, and at the end writes and prints what came of it. */
export class RunReporter implements Reporter {
  readonly #options: RunReporterOptions
  #vitest!: Vitest
  #run: Run | undefined
  #running = 0
  #watches: readonly { stop(): void }[] = []

  constructor(options: RunReporterOptions) {
    this.#options = options
  }

  /** What workers are told outside of a run, by `vitest list`. */
  get settings(): RunSettings {
    const { configDir: root, switches, defaults, requests, models, providers } = this.#options
    const { permits, budget, plan } = requests
    return {
      version: 1,
      runId: '',
      runDir: '',
      broker: '',
      root,
      switches,
      defaults,
      permits,
      hasBudget: budget !== undefined,
      requests: { ...plan, keySalt: '' },
      models,
      providers,
    }
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  async onTestRunStart(specifications: readonly TestSpecification[]): Promise<void> {
    const { project } = this.#options
    const files = specifications
      .filter((specification) => specification.project.name === project.name)
      .map(({ moduleId }) => moduleId)
    this.#run = undefined
    this.#running = 0
    if (files.length === 0) return
    const { version: vitestVersion } = this.#vitest
    const { root } = project.config
    const input = { ...this.#options, root, vitestVersion, files }
    this.#run = await startRun(input, (line) => this.#print(` ${line}`))
    project.provide('assay', this.#run.settings)
    const { progress, desk, servers } = this.#run.broker
    const print = (line: string) => this.#print(styleText('dim', ` ${line}`))
    this.#watches = [
      showProgress(progress, print, process.stdout.isTTY ? TTY_INTERVAL : LOG_INTERVAL),
      watchForStall({
        progress,
        print,
        isRunning: () => this.#running > 0,
        waits: () => [...desk.waits().map((wait) => describeWait(wait)), ...servers.waits],
      }),
    ]
  }

  onTestModuleStart({ project }: TestModule): void {
    if (project.name === this.#options.project.name) this.#running++
  }

  onTestModuleEnd({ project }: TestModule): void {
    if (project.name === this.#options.project.name) this.#running--
  }

  async onTestRunEnd(
    modules: readonly TestModule[],
    _errors: readonly unknown[],
    reason: 'passed' | 'interrupted' | 'failed',
  ): Promise<void> {
    const run = this.#run
    if (!run) return
    for (const watch of this.#watches) watch.stop()
    const hints = misnamed(this.#options.requests, run.broker.desk.inFlight())
    await run.close()
    const { project } = this.#options
    const own = modules.filter((module) => module.project.name === project.name)
    const evals = await recoverEvals(run.folder, collectEvals(own))
    const status = reason === 'interrupted' || wasCutOff(evals) ? 'interrupted' : 'completed'
    await this.#show(run, evals, status)
    for (const hint of hints) this.#print(styleText('yellow', ` ${hint}`))
    if (status === 'completed') this.#failIfRowsAreMissing(evals)
    await this.#write(run, evals, status)
  }

  async #write(
    { id, folder, startedAt, manifest, broker }: Run,
    evals: readonly CollectedEval[],
    status: RunSummary['status'],
  ): Promise<void> {
    const durationMs = Date.now() - startedAt.getTime()
    const run = {
      runId: id,
      status,
      startedAt: startedAt.toISOString(),
      durationMs,
      servers: serversOf({ folder, broker }),
    }
    await writeSummary(folder, createSummary(run, evals))
    const sources = evals.map(({ summary }) => ({
      id: summary.id,
      model: summary.model,
      options: summary.modelOptions,
      datasetHash: summary.datasetHash,
    }))
    await writeManifest(folder, { ...manifest, evals: sources })
  }

  async #show(
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
      servers: serversOf(run),
    }
    const width = stdout.isTTY ? stdout.columns : WIDE
    this.#print(renderReport(report, (format, text) => styleText(format, text), width))
  }

  /** Prints beside Vitest's own report, and not into one that a program reads. */
  #print(text: string): void {
    const { logger, config } = this.#vitest
    const isRead = config.reporters.some(
      (reporter) => Array.isArray(reporter) && MACHINE_REPORTERS.has(String(reporter[0])),
    )
    if (isRead && !process.stdout.isTTY) logger.error(text)
    else logger.log(text)
  }

  /** Vitest is content with a run of which every test was skipped; a person who asked for a row is not. */
  #failIfRowsAreMissing(evals: readonly CollectedEval[]): void {
    const { rows = [], tags } = this.#options.switches
    const found = new Set(evals.flatMap(({ summary }) => summary.namedRows))
    const missing = rows.filter((row) => !found.has(row)).map((row) => `--row ${row}`)
    const nothingRan = evals.every(({ summary }) => summary.rows === 0)
    if (missing.length === 0 && tags !== undefined && nothingRan) missing.push(`--tags "${tags}"`)
    if (missing.length === 0) return
    this.#vitest.logger.error(`No row of any eval matches ${missing.join(', ')}.`)
    process.exitCode = 1
  }
}

/** The run's local servers, as its files and its report name them. */
function serversOf({ broker, folder }: Pick<Run, 'broker' | 'folder'>): readonly ServerHistory[] {
  return broker.servers.history.map((history) => fromRunFolder(history, folder))
}

/** A worker that died leaves tests without a result. */
function wasCutOff(evals: readonly CollectedEval[]): boolean {
  return evals.some(({ state }) => state === 'pending')
}
