import { stripVTControlCharacters } from 'node:util'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** Whether its cells may be cut when the table is wider than the terminal. */
  readonly shrinks?: boolean
}

const GAP = '  '
const NARROWEST = 12

/** Lays out a table without borders, at most `width` columns wide where cells that shrink allow it. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const all = [columns.map(({ title }) => title), ...rows]
  const widths = columns.map((_, i) => Math.max(...all.map((row) => widthOf(row[i] ?? ''))))
  shrink(columns, widths, width)
  return all.map((row) =>
    columns
      .map(({ align = 'left' }, i) => pad(cut(row[i] ?? '', widths[i]!), widths[i]!, align))
      .join(GAP)
      .trimEnd(),
  )
}

/** Takes the columns that are over from the widest cells that shrink. */
function shrink(columns: readonly Column[], widths: number[], width: number): void {
  const total = () => widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1))
  while (total() > width) {
    const candidates = widths.map((one, i) => (columns[i]!.shrinks ? one : 0))
    const widest = candidates.indexOf(Math.max(...candidates))
    if (candidates[widest]! <= NARROWEST) return
    widths[widest]!--
  }
}

/** Keeps the end of a text that is too long: specs and paths differ there. */
function cut(text: string, width: number): string {
  const plain = stripVTControlCharacters(text)
  if (plain.length <= width) return text
  const head = Math.ceil((width - 1) / 2)
  return `${plain.slice(0, head)}…${plain.slice(plain.length - (width - 1 - head))}`
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'left' ? text + space : space + text
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length
}
