import stringWidth from 'fast-string-width'
import type { TableView } from '../server-table.ts'
import type { CheckResult, CheckStatus } from './report.ts'

const signs: Readonly<Record<CheckStatus, string>> = {
  passed: '✓',
  failed: '✗',
  skipped: '–',
  warning: '!',
}
const WIDTH = 80
/** That of the longest name. */
const NAME = '  streamBatch'.length
const INDENT = ' '.repeat(NAME + 6)

/** A check for a person: a paragraph, readable at 80 columns. */
export function renderCheck(
  { name, status, message }: CheckResult,
  { dim, width }: Pick<TableView, 'dim' | 'width'>,
): string[] {
  const shown = name.replace('conformance.', '  ').padEnd(NAME)
  const [first = '', ...others] = wrap(message, Math.min(width, WIDTH) - INDENT.length)
  const lines = [`  ${signs[status]} ${shown}  ${first}`, ...others.map((one) => INDENT + one)]
  return status === 'skipped' ? lines.map((line) => dim(line)) : lines
}

/** Words of a text in lines; a word that is longer than a line stays whole. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word
    if (lines.length > 0 && stringWidth(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}
