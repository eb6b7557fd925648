import { stripVTControlCharacters } from 'node:util'
import type { EvalSummary } from '../evaluation/summary.ts'
import type { ServerHistory } from '../model/lease.ts'
import type { Estimate } from '../statistics/moments.ts'
import type { CollectedEval } from './collect.ts'
import { costLine, costOf } from './cost.ts'
import type { Miss } from './misses.ts'
import { rerunCommand } from './rerun-command.ts'
import { describeCrashes } from './servers.ts'
import { shareLines } from './shares.ts'
import { type Column, fits, renderTable } from './table.ts'

/** Colours a text, or leaves it as it is. */
export type Paint = (format: 'bold' | 'dim' | 'green' | 'red' | 'yellow', text: string) => string

export interface TerminalReport {
  readonly status: 'completed' | 'interrupted'
  /** The run's folder as the user would type it. */
  readonly folder: string
  readonly evals: readonly CollectedEval[]
  readonly misses: readonly Miss[]
  /** Local servers of the run; paths of their logs start at its folder. */
  readonly servers: readonly ServerHistory[]
}

const columns: readonly Column[] = [
  { title: 'eval', cut: 'end' },
  { title: 'model', cut: 'start' },
  { title: 'rows', align: 'right' },
  { title: 'score', cut: 'end' },
  { title: 'mean', align: 'right' },
  { title: '95 % interval' },
  { title: 'errors', align: 'right', optional: 'narrow' },
  { title: 'blocked', align: 'right', optional: 'narrow' },
  { title: 'cost', align: 'right', optional: 'empty' },
  { title: 'time', align: 'right' },
]

const SHOWN_ERRORS = 3
const TEXT_WIDTH = 160

/** What a run prints at its end: one table, the errors, the worst misses. Nothing per passing row. */
export function renderReport(report: TerminalReport, paint: Paint, width: number): string {
  return [
    '',
    ...tableLines(report, paint, width - 1),
    ...errorLines(report, paint),
    ...missLines(report, paint),
    '',
    ...shareLines(report.evals.map(({ summary }) => summary)).map((line) =>
      paint('dim', oneLine(line)),
    ),
    ...costLines(report, paint),
    ...describeCrashes(report.servers, report.folder).map((line) => paint('yellow', line)),
    ...(report.status === 'interrupted' ? [paint('yellow', 'interrupted: partial results')] : []),
    paint('dim', `results in ${report.folder}`),
  ]
    .map((line) => (line === '' ? line : ` ${line}`))
    .join('\n')
}

function tableLines({ evals }: TerminalReport, paint: Paint, width: number): string[] {
  if (evals.length === 0) return ['no eval ran']
  const rows = evals.flatMap((one) => tableRows(one, paint))
  const table = renderTable(columns, rows, width)
  if (!fits(table, width)) return evals.flatMap((one) => listLines(one, paint))
  const [head, ...lines] = table
  return [paint('dim', head!), ...lines]
}

/** An eval on lines of its own, where the terminal is too narrow for a table. */
function listLines({ summary, state }: CollectedEval, paint: Paint): string[] {
  const { outcomes, scores, durationMs } = summary
  const facts = [
    `${rowCount(summary)} rows`,
    ...(outcomes.error > 0 ? [paint('red', `${outcomes.error} errors`)] : []),
    ...(outcomes.blocked > 0 ? [paint('yellow', `${outcomes.blocked} blocked`)] : []),
    ...(isFree(summary) ? [] : [`cost ${costOf(summary)}`]),
    duration(durationMs),
  ]
  const figures = Object.entries(scores).map(([score, estimate]) => {
    const [label, mean, interval] = scoreCells(score, estimate, summary)
    return `  ${label} ${mean}${interval && ` (${interval})`}`
  })
  return [
    `${mark({ state, summary }, paint)} ${title(summary)}`,
    `  ${facts.join(', ')}`,
    ...figures,
  ]
}

function tableRows({ summary, state }: CollectedEval, paint: Paint): string[][] {
  const { name, model, outcomes, scores, durationMs } = summary
  const lines = Object.entries(scores).map(([score, estimate]) =>
    scoreCells(score, estimate, summary),
  )
  if (lines.length === 0) lines.push([paint('dim', 'no score'), '', ''])
  return lines.map((cells, i) =>
    i === 0
      ? [
          `${mark({ state, summary }, paint)} ${oneLine(name)}`,
          model ?? '',
          rowCount(summary),
          ...cells,
          count(outcomes.error, 'red', paint),
          count(outcomes.blocked, 'yellow', paint),
          isFree(summary) ? '' : costOf(summary),
          duration(durationMs),
        ]
      : ['', '', '', ...cells],
  )
}

function rowCount({ rows, trials, outcomes: { skipped } }: EvalSummary): string {
  const all = trials > 1 ? `${rows}×${trials}` : String(rows)
  return skipped > 0 ? `${all} (${skipped} skipped)` : all
}

function mark({ state, summary }: Pick<CollectedEval, 'state' | 'summary'>, paint: Paint): string {
  if (state === 'failed') return paint('red', '✗')
  if (state === 'passed') return paint('green', '✓')
  return summary.complete ? '·' : paint('yellow', '…')
}

/** Where not every scored row has the score, its name says how many do. */
function scoreCells(
  name: string,
  { n, mean, ci }: Estimate,
  { rows, outcomes, trials }: EvalSummary,
): [string, string, string] {
  const scored = trials > 1 ? rows : outcomes.scored
  const label = n < scored ? `${name} (${n} of ${scored})` : name
  return [oneLine(label), number(mean), ci ? `${number(ci[0])} – ${number(ci[1])}` : '']
}

function errorLines({ evals }: TerminalReport, paint: Paint): string[] {
  const failed = evals.filter(({ summary }) => summary.errors.length > 0)
  if (failed.length === 0) return []
  return [
    '',
    paint('bold', 'errors'),
    ...failed.flatMap(({ summary }) => [
      title(summary),
      ...summary.errors
        .slice(0, SHOWN_ERRORS)
        .map(
          ({ message, count: times, rowId }) =>
            `  ${paint('red', `${times}×`)} ${oneLine(message)} ${paint('dim', `row ${oneLine(rowId)}`)}`,
        ),
    ]),
  ]
}

function isFree({ costUsd }: EvalSummary): boolean {
  return costUsd === 0
}

function costLines({ evals }: TerminalReport, paint: Paint): string[] {
  const line = costLine(evals.map(({ summary }) => summary))
  return line === undefined ? [] : [paint('dim', line)]
}

function missLines({ misses }: TerminalReport, paint: Paint): string[] {
  if (misses.length === 0) return []
  return ['', paint('bold', 'worst misses'), ...misses.flatMap((miss) => missLine(miss, paint))]
}

function missLine({ eval: summary, record }: Miss, paint: Paint) {
  const [name, score] = Object.entries(record.scores).reduce((a, b) =>
    b[1].value < a[1].value ? b : a,
  )
  const call = record.calls.findLast(({ role }) => role === 'model')
  const fields: [string, unknown][] = [
    ['input', call ? lastText(call.input) : record.row],
    ['expected', score.expected],
    ['row', call && score.expected === undefined ? record.row : undefined],
    ['response', call?.text],
    ['actual', call ? undefined : score.actual],
    ['reason', score.reason],
    ['again', rerunCommand(summary, record)],
  ]
  return [
    `${title(summary)} ${paint('dim', 'row')} ${oneLine(record.rowId)} ${paint('red', `${name} ${number(score.value)}`)}`,
    ...fields
      .filter(([, value]) => value !== undefined)
      .map(([label, value]) => `  ${paint('dim', label.padEnd(8))} ${shown(label, value)}`),
  ]
}

function title({ name, model }: EvalSummary): string {
  return oneLine(model === null ? name : `${name} [${model}]`)
}

function lastText(input: unknown): unknown {
  if (!Array.isArray(input)) return input
  return (input.at(-1) as { content?: unknown } | undefined)?.content
}

function shown(label: string, value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return label === 'again' ? text : oneLine(text)
}

function oneLine(text: string): string {
  const line = stripVTControlCharacters(text)
    .replaceAll(/\s*\n\s*/g, ' ⏎ ')
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
  return line.length > TEXT_WIDTH ? `${line.slice(0, TEXT_WIDTH - 1)}…` : line
}

function count(value: number, format: 'red' | 'yellow', paint: Paint): string {
  return value > 0 ? paint(format, String(value)) : '0'
}

function number(value: number): string {
  return Math.abs(value) >= 1000 ? value.toPrecision(5) : value.toFixed(3)
}

function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000
  if (seconds < 60) return `${seconds.toFixed(1)}s`
  return `${Math.floor(seconds / 60)}m${String(Math.floor(seconds % 60)).padStart(2, '0')}s`
}
