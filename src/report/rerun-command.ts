import type { RowRecord } from '../evaluation/record.ts'
import type { EvalSummary } from '../evaluation/summary.ts'

/**
 * The command that runs one row again. It selects the eval by its name, since its file may have others, and the
 * row by its id.
 */
export function rerunCommand({ id, file, model }: EvalSummary, { rowId }: RowRecord): string {
  const name = id.slice(`${file} > `.length)
  const isNamed = name.endsWith(`[${model}]`)
  return [
    'npx vitest run --project evals',
    quoted(file),
    `-t ${quoted(namePattern(name))}`,
    '--',
    rowId.startsWith('-') ? quoted(`--row=${rowId}`) : `--row ${quoted(rowId)}`,
    ...(model === null || isNamed ? [] : [`--model ${quoted(model)}`]),
  ].join(' ')
}

/** Matches this name alone; suites are joined by ` > ` in Vitest 5 and by a space in Vitest 4. */
function namePattern(name: string): string {
  const parts = name.split(' > ').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return `^${parts.join('( > | )')}$`
}

function quoted(word: string): string {
  return /^[\w./:@#%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
