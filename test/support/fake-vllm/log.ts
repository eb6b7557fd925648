/** Prints a line as vLLM does: on stdout, with the process, the time and the place in its source. */
export type Log = (level: 'INFO' | 'WARNING' | 'ERROR', place: string, message: string) => void

export function createLog(role: string): Log {
  return (level, place, message) => {
    const [date = '', time = ''] = new Date().toISOString().split(/[T.]/)
    const stamp = `${date.slice('2026-'.length)} ${time}`
    process.stdout.write(`(${role} pid=${process.pid}) ${level} ${stamp} [${place}] ${message}\n`)
  }
}

/** Prints a line of uvicorn, which knows no process and no time. */
export function uvicornLog(message: string): void {
  process.stderr.write(`INFO:     ${message}\n`)
}

/** Prints what Python prints of an error that nobody caught. */
export function traceback(role: string, place: string, error: string): void {
  const prefix = `(${role} pid=${process.pid}) `
  const lines = ['Traceback (most recent call last):', `  File "${place}", in <module>`, error]
  process.stderr.write(lines.map((line) => `${prefix}${line}\n`).join(''))
}

/** Draws a bar of progress over the one before it. */
export function progress(done: number, of: number): void {
  const percent = Math.round((100 * done) / of)
  const bar = '█'.repeat(Math.floor(percent / 10)).padEnd(10)
  process.stderr.write(
    `\rLoading safetensors checkpoint shards: ${String(percent).padStart(3)}% Completed |${bar}| ${done}/${of} [00:00<00:00,  9.99it/s]`,
  )
  if (done === of) process.stderr.write('\n')
}
