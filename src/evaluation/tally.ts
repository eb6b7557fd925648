import { addCost, addUsage, type Usage } from '../model/response.ts'
import { quantile } from '../model/quantile.ts'
import type { JournalPlace } from './journal.ts'
import type { Outcome, RowRecord } from './record.ts'
import { ScoreTally } from './score-tally.ts'
import { Spending } from './spending.ts'
import type { ErrorGroup, ReportedSummary } from './summary.ts'

const SHOWN_MISSES = 5
const SHOWN_ERRORS = 50

interface Miss {
  readonly index: number
  readonly value: number
  readonly place: JournalPlace
}

type Figures = Pick<
  ReportedSummary,
  | 'rows'
  | 'outcomes'
  | 'scores'
  | 'usage'
  | 'costUsd'
  | 'knownCostUsd'
  | 'roles'
  | 'latencyMs'
  | 'misses'
  | 'errors'
>

/** Adds up the records of one eval as they come, in memory that does not grow with the rows' content. */
export class Tally {
  readonly outcomes: Record<Outcome, number> = { scored: 0, blocked: 0, error: 0, skipped: 0 }
  rows = 0
  #usage: Usage | null = null
  #costUsd: number | null = 0
  readonly #spending = new Spending()
  readonly #misses: Miss[] = []
  readonly #errors = new Map<string, { count: number; rowId: string }>()
  readonly #latencies: number[] = []
  readonly #scores = new Map<string, ScoreTally>()
  readonly #open = new Map<number, { left: number; values: Map<string, number[]> }>()
  readonly #trials: number
  readonly #passMarks: readonly number[]
  readonly #unranked: ReadonlySet<string>

  /** @param unranked scores whose low values are no misses */
  constructor(
    trials: number,
    passMarks: readonly number[],
    unranked: ReadonlySet<string> = new Set(),
  ) {
    this.#trials = trials
    this.#passMarks = passMarks
    this.#unranked = unranked
  }

  add(record: RowRecord, place: JournalPlace): void {
    this.outcomes[record.outcome]++
    this.#addCost(record)
    if (record.error) this.#addError(record)
    if (record.outcome === 'scored') this.#addMiss(record, place)
    this.#addTrial(record)
  }

  /** Counts the rows of which some trials never ran by those that did. */
  close(): void {
    for (const index of [...this.#open.keys()]) this.#closeRow(index)
  }

  get scores(): ReadonlyMap<string, ScoreTally> {
    return this.#scores
  }

  get errors(): readonly ErrorGroup[] {
    return [...this.#errors].map(([message, group]) => ({ message, ...group }))
  }

  /** What has come together so far, as a summary has it. */
  figures(): Figures {
    return {
      rows: this.rows,
      outcomes: this.outcomes,
      scores: Object.fromEntries([...this.#scores].map(([name, one]) => [name, one.estimate()])),
      usage: this.#usage,
      costUsd: this.#costUsd,
      knownCostUsd: this.#spending.knownUsd,
      roles: this.#spending.roles,
      latencyMs: { p50: quantile(this.#latencies, 0.5), p95: quantile(this.#latencies, 0.95) },
      misses: this.#misses.map(({ place }) => place),
      errors: this.errors,
    }
  }

  #addCost(record: RowRecord): void {
    this.#usage = addUsage([this.#usage, record.usage])
    this.#costUsd = addCost(this.#costUsd, record.costUsd)
    for (const call of record.calls) this.#spending.add(call)
    if (record.calls.some(({ cached }) => !cached)) this.#latencies.push(record.latencyMs)
  }

  #addError({ error, rowId }: RowRecord): void {
    const group = this.#errors.get(error!.message)
    if (group) group.count++
    else if (this.#errors.size < SHOWN_ERRORS) this.#errors.set(error!.message, { count: 1, rowId })
  }

  /** Keeps the lowest, one trial of a row; of equals the one that came first. */
  #addMiss({ index, scores }: RowRecord, place: JournalPlace): void {
    let value = 1
    for (const name in scores) {
      if (!this.#unranked.has(name)) value = Math.min(value, scores[name]!.value)
    }
    if (value >= 1) return
    const misses = this.#misses
    const same = misses.findIndex((miss) => miss.index === index)
    if (same >= 0 && misses[same]!.value <= value) return
    if (same >= 0) misses.splice(same, 1)
    const at = misses.findIndex((miss) => miss.value > value)
    if (at < 0 && misses.length >= SHOWN_MISSES) return
    misses.splice(at < 0 ? misses.length : at, 0, { index, value, place })
    if (misses.length > SHOWN_MISSES) misses.pop()
  }

  #addTrial({ index, outcome, scores }: RowRecord): void {
    let row = this.#open.get(index)
    if (!row) {
      row = { left: this.#trials, values: new Map() }
      this.#open.set(index, row)
    }
    if (outcome === 'scored') {
      for (const name in scores) {
        const values = row.values.get(name)
        if (values) values.push(scores[name]!.value)
        else row.values.set(name, [scores[name]!.value])
      }
    }
    if (--row.left === 0) this.#closeRow(index)
  }

  #closeRow(index: number): void {
    this.rows++
    for (const [name, values] of this.#open.get(index)!.values) {
      let score = this.#scores.get(name)
      if (!score) this.#scores.set(name, (score = new ScoreTally(this.#passMarks)))
      score.add(meanOf(values))
    }
    this.#open.delete(index)
  }
}

/** The mean of equal trials is exactly their value, which a gate may ask for. */
function meanOf(values: readonly number[]): number {
  const [first] = values
  if (values.every((value) => value === first)) return first!
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
