import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'fast-string-width'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** Where it is left out: if all its cells are empty, or, of a table that is too wide, if they are `0` too. */
  readonly optional?: 'empty' | 'narrow'
  /** Which end of its cells may be cut off when the table is wider than the terminal. @default neither */
  readonly cut?: 'start' | 'end'
}

const GAP = '  '
const NARROWEST = 12

/** Lays out a table without borders, at most `width` columns wide where cells that may be cut allow it. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const isEmpty = columns.map(
    ({ optional }, i) => optional === 'empty' && !rows.some((row) => row[i]),
  )
  if (isEmpty.includes(true)) return renderTable(...without(isEmpty, columns, rows), width)
  const all = [columns.map(({ title }) => title), ...rows]
  const widths = columns.map((_, i) => Math.max(...all.map((row) => widthOf(row[i] ?? ''))))
  if (totalOf(widths) > width) {
    const isIdle = columns.map(
      ({ optional }, i) =>
        optional === 'narrow' && rows.every((row) => ['0', ''].includes(row[i] ?? '')),
    )
    if (isIdle.includes(true)) return renderTable(...without(isIdle, columns, rows), width)
  }
  shrink(columns, widths, width)
  return all.map((row) =>
    columns
      .map((column, i) => pad(cut(row[i] ?? '', widths[i]!, column), widths[i]!, column))
      .join(GAP)
      .trimEnd(),
  )
}

type Cells = readonly (readonly string[])[]

function without(
  left: readonly boolean[],
  columns: readonly Column[],
  rows: Cells,
): [readonly Column[], Cells] {
  const only = <T>(list: readonly T[]) => list.filter((_, i) => !left[i])
  return [only(columns), rows.map((row) => only(row))]
}

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1))
}

/** Takes the columns that are over from the widest cells that may be cut. */
function shrink(columns: readonly Column[], widths: number[], width: number): void {
  while (totalOf(widths) > width) {
    const candidates = widths.map((one, i) => (columns[i]!.cut ? one : 0))
    const widest = candidates.indexOf(Math.max(...candidates))
    if (candidates[widest]! <= NARROWEST) return
    widths[widest]!--
  }
}

const segmenter = new Intl.Segmenter()

function cut(text: string, width: number, { cut: end }: Column): string {
  if (widthOf(text) <= width) return text
  const segments = segmenter.segment(stripVTControlCharacters(text))
  const characters = Array.from(segments, ({ segment }) => segment)
  while (widthOf(characters.join('')) > width - 1) {
    if (end === 'start') characters.shift()
    else characters.pop()
  }
  return end === 'start' ? `…${characters.join('')}` : `${characters.join('')}…`
}

function pad(text: string, width: number, { align = 'left' }: Column): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'left' ? text + space : space + text
}

/** In columns of a terminal, where an East Asian character takes two. */
function widthOf(text: string): number {
  return stringWidth(text)
}

/** Whether no line is wider than the terminal. */
export function fits(lines: readonly string[], width: number): boolean {
  return lines.every((line) => widthOf(line) <= width)
}
