import { join, relative, resolve } from 'node:path'
import { styleText } from 'node:util'
import type { Reporter, TestModule, TestProject, TestSpecification, Vitest } from 'vitest/node'
import type { EvalDefaults, RunSettings, RunSwitches } from '../evaluation/settings.ts'
import { type CollectedEval, collectEvals } from './collect.ts'
import { readRecords } from './journal-reader.ts'
import { createManifest, type Manifest } from './manifest.ts'
import { createRunFolder, createRunId, writeAtomically } from './run-folder.ts'
import { createSummary, writeSummary } from './summary-file.ts'
import { renderReport, type TerminalReport } from './terminal.ts'

export interface RunReporterOptions {
  readonly project: TestProject
  /** Folder of the runs, relative to the project's root. */
  readonly outputDir: string
  readonly switches: RunSwitches
  readonly defaults: EvalDefaults
}

const SHOWN_MISSES = 5
const WIDE = 1000

interface Run {
  readonly id: string
  readonly folder: string
  readonly startedAt: Date
  readonly manifest: Manifest
}

/** Opens a folder for each run, tells the workers of it, and at the end writes and prints what came of it. */
export class RunReporter implements Reporter {
  readonly #options: RunReporterOptions
  #vitest!: Vitest
  #run: Run | undefined

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
    const { root } = project.config
    const startedAt = new Date()
    const id = createRunId(startedAt)
    const folder = await createRunFolder(resolve(root, outputDir), id)
    const manifest = await createManifest({
      runId: id,
      startedAt,
      vitestVersion: this.#vitest.version,
      root,
      switches,
      defaults,
      files,
    })
    this.#run = { id, folder, startedAt, manifest }
    await this.#writeManifest(manifest)
    const settings: RunSettings = {
      version: 1,
      runId: id,
      runDir: folder,
      root,
      switches,
      defaults,
    }
    project.provide('assay', settings)
  }

  async onTestRunEnd(
    modules: readonly TestModule[],
    _errors: readonly unknown[],
    reason: 'passed' | 'interrupted' | 'failed',
  ): Promise<void> {
    const run = this.#run
    if (!run) return
    const { project } = this.#options
    const own = modules.filter((module) => module.project.name === project.name)
    const evals = collectEvals(own)
    const status = reason === 'interrupted' || wasCutOff(evals) ? 'interrupted' : 'completed'
    const summary = createSummary(
      {
        runId: run.id,
        status,
        startedAt: run.startedAt.toISOString(),
        durationMs: Date.now() - run.startedAt.getTime(),
      },
      evals,
    )
    await writeSummary(run.folder, summary)
    await this.#writeManifest({
      ...run.manifest,
      evals: evals.map(({ summary: one }) => sourceOf(one)),
    })
    this.#print(await this.#report(run, status, evals))
    if (status === 'completed') this.#failIfNothingRan(evals)
  }

  async #writeManifest(manifest: Manifest): Promise<void> {
    const text = `${JSON.stringify(manifest, undefined, 2)}\n`
    await writeAtomically(join(this.#run!.folder, 'run.json'), text)
  }

  async #report(
    run: Run,
    status: TerminalReport['status'],
    evals: readonly CollectedEval[],
  ): Promise<TerminalReport> {
    const misses: TerminalReport['misses'][number][] = []
    // the worst of each eval first, then the second worst of each
    for (let rank = 0; misses.length < SHOWN_MISSES; rank++) {
      const ranked = evals.filter(({ summary }) => summary.misses.length > rank)
      if (ranked.length === 0) break
      for (const { summary } of ranked.slice(0, SHOWN_MISSES - misses.length)) {
        const [record] = await readRecords(run.folder, [summary.misses[rank]!])
        misses.push({ eval: summary, record: record! })
      }
    }
    const folder = relative(process.cwd(), run.folder) || run.folder
    return { status, folder, evals: evals.filter(({ shown }) => shown), misses }
  }

  #print(report: TerminalReport): void {
    const { stdout } = process
    const width = stdout.isTTY ? stdout.columns : WIDE
    const text = renderReport(report, (format, part) => styleText(format, part), width)
    this.#vitest.logger.log(text)
  }

  /** Vitest is content with a run of which every test was skipped; a person who asked for a row is not. */
  #failIfNothingRan(evals: readonly CollectedEval[]): void {
    const { rows, tags } = this.#options.switches
    if ((rows ?? tags) === undefined || evals.some(({ summary }) => summary.rows > 0)) return
    const wanted = rows ? `--row ${rows.join(', --row ')}` : `--tags "${tags}"`
    this.#vitest.logger.error(`No row of any eval matches ${wanted}.`)
    process.exitCode = 1
  }
}

/** A worker that died leaves tests without a result. */
function wasCutOff(evals: readonly CollectedEval[]): boolean {
  return evals.some(({ state }) => state === 'pending')
}

function sourceOf({
  id,
  model,
  datasetHash,
}: CollectedEval['summary']): NonNullable<Manifest['evals']>[number] {
  return { id, model, datasetHash }
}
