import type { ProgressMessage } from '../broker/protocol.ts'

/** One line on how far a run is. */
export function renderProgress(
  progress: readonly Pick<ProgressMessage, 'rows' | 'errors'>[],
  elapsedMs: number,
): string {
  const rows = progress.reduce((sum, one) => sum + one.rows, 0)
  const errors = progress.reduce((sum, one) => sum + one.errors, 0)
  const seconds = elapsedMs / 1000
  return [
    `evals after ${Math.round(seconds)} s: ${rows} rows in ${counted(progress.length, 'eval')}`,
    ...(errors > 0 ? [counted(errors, 'error')] : []),
    `${(rows / seconds).toFixed(1)} rows/s`,
  ].join(', ')
}

/** Prints a line every `intervalMs` until it is stopped. */
export function showProgress(
  progress: ReadonlyMap<string, ProgressMessage>,
  print: (line: string) => void,
  intervalMs: number,
): { stop(): void } {
  const started = performance.now()
  const timer = setInterval(() => {
    if (progress.size === 0) return
    print(renderProgress([...progress.values()], performance.now() - started))
  }, intervalMs)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
