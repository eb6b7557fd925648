import type { Case, Outcome } from './case.ts'

export interface Result {
  readonly one: Case
  readonly outcome: Outcome
}

/** A line for each ending, a column for each Vitest and pool. */
export function table(results: readonly Result[]): string {
  const columnOf = ({ vitest, pool }: Case) => `${vitest} ${pool}`
  const columns = [...new Set(results.map(({ one }) => columnOf(one)))].toSorted()
  const rows = [...Map.groupBy(results, ({ one }) => one.ending)].map(([ending, its]) => [
    ending.name,
    ...columns.map((column) => cell(its.filter(({ one }) => columnOf(one) === column))),
    ending.about,
  ])
  return aligned([['ending', ...columns, ''], ...rows])
}

/** Rounds that went well, of all where some did not, and the longest time until all was gone. */
function cell(results: readonly Result[]): string {
  if (results.length === 0) return '–'
  const failed = results.filter(({ outcome }) => outcome.problems.length > 0).length
  const rounds = failed > 0 ? `${failed} of ${results.length} FAILED` : `${results.length} ok`
  return `${rounds}, ${seconds(Math.max(...results.map(({ outcome }) => outcome.goneMs)))}`
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function aligned(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)))
  return lines
    .map((line) =>
      line
        .map((text, i) => text.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
