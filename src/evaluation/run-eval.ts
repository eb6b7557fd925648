import { dirname } from 'node:path'
import type { TestContext } from 'vitest'
import { brokerAt } from '../broker/client.ts'
import { messageOf } from '../model/error.ts'
import { chosenModel, chosenModels, type Definition, type EvalMeta } from './definition.ts'
import { claimEvalId, suitesOf } from './eval-id.ts'
import { failedGates, lowerIsBetter, passMarks } from './gates.ts'
import { openJournal } from './journal.ts'
import { runLanes } from './lanes.ts'
import { evalError } from './problem.ts'
import { runRow, skippedByBudget } from './run-row.ts'
import { defaultLanes, ROW_TIMEOUT, type RunSettings } from './settings.ts'
import { shownOptions } from './shown-options.ts'
import type { EvalSummary } from './summary.ts'
import { Tally } from './tally.ts'
import { createUnits, type Unit } from './units.ts'

/** Runs an eval's rows inside its Vitest test, and fails the test if the eval failed. */
export async function runEval(
  definition: Definition,
  meta: EvalMeta,
  context: TestContext,
  settings: RunSettings,
): Promise<void> {
  const run = startEval(definition, meta, context, settings)
  // Vitest abandons the test's function at a timeout or a cancel, but it awaits this hook
  context.onTestFinished(() => {
    if (run.nothingChosen()) return
    const summary = run.summary()
    // on Vitest 4 a retry after a timeout reads no row: what the first attempt scored stays
    if (summary.rows > 0 || !meta.summary) meta.summary = summary
  }, 0)
  await run.rows()
  // a retry after a timeout starts with an aborted signal on Vitest 4: no rows, and yet no failure
  context.signal.throwIfAborted()
  const nothing = run.nothingChosen()
  if (nothing) context.skip(nothing)
  const failure = run.failure()
  if (failure) throw evalError(failure, definition.declaredAt)
}

function startEval(
  definition: Definition,
  meta: EvalMeta,
  context: TestContext,
  settings: RunSettings,
) {
  const { runDir, broker, switches, defaults } = settings
  const { task, signal } = context
  const { options, gates } = definition
  const id = claimEvalId(task)
  const trials = switches.trials ?? options.trials ?? 1
  const tally = new Tally(trials, passMarks(gates), lowerIsBetter(gates))
  const journal = openJournal(runDir)
  const desk = brokerAt(broker)
  let done = 0
  let unpaid = 0 // rows that the budget had nothing left for
  let fallbacks = 0 // rows that another model has answered than the one that is measured
  const source = createUnits(definition, dirname(task.file.filepath), trials, switches)
  const timeout = options.rowTimeout ?? defaults.rowTimeout ?? ROW_TIMEOUT
  const started = performance.now()
  const attempt = { retry: task.result?.retryCount ?? 0, repeat: task.result?.repeatCount ?? 0 }
  let complete = false
  let failure: string | null = null

  async function work({ rowId, index, trial, row, value, problem }: Unit): Promise<void> {
    const info = { id: rowId, index, trial }
    const body = problem ? () => Promise.reject(problem) : definition.body
    const { spent } = desk
    const sample = trial + trials * attempt.repeat // a retry may take what was paid before
    const result =
      spent === undefined
        ? await runRow({ row: info, value, body, testContext: context, timeout, sample })
        : skippedByBudget(spent)
    if (!result) return
    if (spent !== undefined) unpaid++
    if (result.skippedBy === 'fallback') fallbacks++
    const { outcome, scores, error, reason, ...rest } = result
    const record = {
      version: 1,
      evalId: id,
      rowId,
      index,
      trial,
      attempt,
      model: meta.model,
      row,
      outcome,
      scores,
      ...(error && { error }),
      ...(reason !== undefined && { reason }),
      ...rest,
    } as const
    tally.add(record, journal.append(record))
    desk.report(id, ++done, tally.outcomes.error)
  }

  return {
    async rows(): Promise<void> {
      // a retry that the budget has nothing for must not write over what was paid
      if (attempt.retry > 0 && desk.spent !== undefined) {
        throw evalError(desk.spent, definition.declaredAt)
      }
      const concurrency = options.concurrency ?? defaultLanes(chosenModel(meta), settings)
      try {
        await runLanes(source.units, { concurrency, signal }, work)
      } catch (error) {
        failure = messageOf(error)
        throw evalError(failure, definition.declaredAt, error)
      } finally {
        tally.close()
      }
      complete = !signal.aborted && unpaid === 0
    },

    /** Why no row ran, where the switches of the run chose none. */
    nothingChosen(): string | undefined {
      if (tally.rows > 0 || source.read() === 0) return undefined
      const { rows, tags } = switches
      if (rows) return `no row ${rows.map((row) => `"${row}"`).join(', ')}`
      return tags === undefined ? undefined : `no row with --tags "${tags}"`
    },

    failure(): string | null {
      const problems = [
        ...(unpaid > 0
          ? [`${desk.spent}: ${unpaid} rows were skipped; raise it, or ask fewer rows`]
          : []),
        ...(fallbacks > 0 && tally.outcomes.scored === 0
          ? [`the model itself answered no row, and a fallback ${fallbacks}, which do not count`]
          : []),
        ...tooManyErrors(tally, options.maxErrorRate ?? defaults.maxErrorRate ?? 0),
        ...failedGates(gates, tally.scores),
      ]
      failure = problems.length > 0 ? problems.join('\n') : null
      return failure
    },

    summary(): NonNullable<EvalMeta['summary']> {
      return {
        id,
        file: task.file.name,
        name: [...suitesOf(task), meta.name].join(' > '),
        model: meta.model,
        ...tally.figures(),
        trials,
        gate: gateState(definition, tally, complete),
        durationMs: performance.now() - started,
        complete,
        failure,
        namedRows: source.named(),
        datasetHash: source.hash(),
        modelOptions: shownOptions(chosenModels(meta)?.options ?? {}),
      }
    },
  }
}

function gateState({ gates }: Definition, tally: Tally, complete: boolean): EvalSummary['gate'] {
  if (gates.length === 0) return null
  if (!complete) return 'inconclusive'
  return failedGates(gates, tally.scores).length > 0 ? 'failed' : 'passed'
}

function tooManyErrors(tally: Tally, maxErrorRate: number): string[] {
  const { scored, blocked, error } = tally.outcomes
  const total = scored + blocked + error
  if (error === 0 || error / total <= maxErrorRate) return []
  const [first] = tally.errors
  const share = `${((100 * error) / total).toFixed(1)} %`
  return [
    `${error} of ${total} rows ended in an error (${share}, maxErrorRate ${maxErrorRate}); ` +
      `row ${first!.rowId}: ${first!.message}`,
  ]
}
