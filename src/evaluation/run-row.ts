import type { TestContext } from 'vitest'
import type { SettledRow } from '../model/call.ts'
import { startClock } from '../model/clock.ts'
import { AssayError, toAssayError } from '../model/error.ts'
import { addCost, addUsage } from '../model/response.ts'
import { type CurrentRow, currentRow } from './current-row.ts'
import { scoresOf } from './measured.ts'
import { onAbort } from './on-abort.ts'
import type { CallRecord, RowRecord, ScoreRecord } from './record.ts'
import {
  createRowContext,
  isAssertion,
  isAssertionError,
  nothingMeasured,
  type RowExpect,
  type RowInfo,
  RowSkip,
} from './row-context.ts'

export interface RowRun {
  readonly row: RowInfo
  /** What the body gets. */
  readonly value: unknown
  readonly body: (row: never, context: never) => unknown
  readonly testContext: TestContext
  /** Tells its responses in the cache from those of other trials and repeats. */
  readonly sample: number
  /** Time for the row, in milliseconds; 0 for none. */
  readonly timeout: number
}

type Ending = Pick<RowRecord, 'outcome' | 'scores' | 'error' | 'reason' | 'skippedBy'>

/** What running the body of one row came to; who asked adds which eval and row it was. */
export type RowResult = Ending &
  Pick<RowRecord, 'calls' | 'usage' | 'costUsd' | 'latencyMs' | 'startedAt'>

/**
 * Runs the body for one row until it settles, its time is over or the test's signal aborts.
 *
 * @returns `undefined` for a row that was cut off with the test: that is no result of the row
 */
export async function runRow(run: RowRun): Promise<RowResult | undefined> {
  const startedAt = new Date().toISOString()
  const { signal: testSignal } = run.testContext
  if (testSignal.aborted) return undefined
  const stop = new AbortController()
  const calls: CurrentRow['calls'] = []
  const listeners = createListeners()
  const expect = createRowContext(run.testContext, run.row, stop.signal)
  const ending = await new Promise<Ending | undefined>((resolve) => {
    const clock = startClock(run.timeout, expire)
    const current: CurrentRow = {
      signal: stop.signal,
      calls,
      trial: run.sample,
      clock,
      isOver: false,
      onSettled: listeners.add,
    }
    const offAbort = onAbort(testSignal, () => {
      stop.abort(testSignal.reason)
      end(undefined)
    })
    function expire() {
      const message = `The row took longer than its rowTimeout of ${run.timeout} ms.`
      const error = new AssayError(message, { kind: 'timeout' })
      stop.abort(error)
      end(failed(error))
    }
    function end(result: Ending | undefined) {
      clock.stop()
      offAbort()
      resolve(result)
    }
    const settled = currentRow.run(current, () => settle(run, expect))
    settled.finally(() => (current.isOver = true)).then(end, (error) => end(failed(error)))
  })
  if (!ending || testSignal.aborted) {
    listeners.tell(undefined)
    return undefined
  }
  const records = calls.map((call) => call.settled ?? unfinished(call, stop))
  const counted = blocked(records) ?? ending
  listeners.tell(counted)
  return { ...notCounted(records, counted), ...totals(records), startedAt }
}

type Listener = (row: SettledRow | undefined) => void

/** Those who want to know what the row came to; who comes late is told that it is no result any more. */
function createListeners() {
  const waiting: Listener[] = []
  let isOver = false
  return {
    add(listener: Listener): void {
      if (isOver) listener(undefined)
      else waiting.push(listener)
    },
    tell(row: SettledRow | undefined): void {
      isOver = true
      for (const listener of waiting) listener(row)
    },
  }
}

async function settle({ body, value }: RowRun, expect: RowExpect): Promise<Ending> {
  try {
    const returned = await body(value as never, expect.context as never)
    const scores = scoresOf(isAssertion(returned) ? undefined : returned)
    const assertions = expect.score()
    if (assertions) addAssertions(scores, assertions)
    if (Object.keys(scores).length === 0) throw nothingMeasured()
    return { outcome: 'scored', scores }
  } catch (error) {
    if (error instanceof RowSkip) {
      const reason = error.message && { reason: error.message }
      return { outcome: 'skipped', scores: {}, ...reason, skippedBy: 'body' }
    }
    // only what the row's own `expect` found is a score; an assertion in someone's library is an error
    const assertions = isAssertionError(error) && expect.isUsed() ? expect.score(error) : undefined
    return assertions ? { outcome: 'scored', scores: { assertions } } : failed(error)
  }
}

function addAssertions(scores: Record<string, ScoreRecord>, assertions: ScoreRecord): void {
  if (scores['assertions']) {
    const message =
      'The body returned a score "assertions", which is the name of what `expect` found.'
    throw new AssayError(message, { kind: 'config' })
  }
  scores['assertions'] = assertions
}

function failed(error: unknown): Ending {
  const { kind, message } = toAssayError(error, 'internal')
  return { outcome: 'error', scores: {}, error: { kind, message } }
}

/** The model's provider refused: whatever the body made of the empty text is no measurement. */
function blocked(calls: readonly CallRecord[]): Ending | undefined {
  const call = calls.find((one) => one.role === 'model' && one.blocked)
  return call && { outcome: 'blocked', scores: {}, reason: call.blocked!.reason }
}

/** What another model answered than the one that is measured says nothing of that one. */
function notCounted(calls: readonly CallRecord[], ending: Ending): Ending {
  const call = calls.find((one) => one.role === 'model' && one.fallbackFor !== undefined)
  if (!call || (ending.outcome !== 'scored' && ending.outcome !== 'blocked')) return ending
  return {
    ...ending,
    outcome: 'skipped',
    reason: `${call.servedBy} answered in the place of ${call.fallbackFor}.`,
    skippedBy: 'fallback',
  }
}

/** A call that the body did not wait for, or that its deadline cut off: it was made, and ends here. */
function unfinished({ asked }: CurrentRow['calls'][number], stop: AbortController): CallRecord {
  const message = 'The row ended before this call did.'
  if (!stop.signal.aborted) stop.abort(new AssayError(message, { kind: 'cancelled' }))
  return { ...asked, error: { kind: 'cancelled', message } }
}

function totals(
  calls: readonly CallRecord[],
): Pick<RowRecord, 'calls' | 'usage' | 'costUsd' | 'latencyMs'> {
  let costUsd: number | null = 0
  let latencyMs = 0
  for (const call of calls) {
    costUsd = addCost(costUsd, call.costUsd)
    if (!call.cached) latencyMs += call.latencyMs
  }
  return { calls, usage: addUsage(calls.map(({ usage }) => usage)), costUsd, latencyMs }
}

/** What a row came to that never ran, because the budget was spent before. */
export function skippedByBudget(reason: string): RowResult {
  const startedAt = new Date().toISOString()
  return {
    outcome: 'skipped',
    scores: {},
    reason,
    skippedBy: 'budget',
    ...totals([]),
    startedAt,
  }
}
