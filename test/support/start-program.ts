import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, vi } from 'vitest'

/** A program that runs in a process group of its own. */
export interface StartedProgram extends AsyncDisposable {
  readonly pid: number
  /** What it and its children have printed so far, on stdout and stderr. */
  output(): string
  /** Waits until it has printed a text, for ten seconds at most. */
  printed(text: string): Promise<void>
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>
}

/** Starts a program; disposing of it kills its whole process group. */
export function startProgram(
  bin: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): StartedProgram {
  const child = spawn(bin, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const exited = once(child, 'exit').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as string | null,
  }))
  return {
    pid: child.pid!,
    output: () => output,
    printed: (text) => vi.waitFor(() => expect(output).toContain(text), { timeout: 10_000 }),
    exited,
    async [Symbol.asyncDispose]() {
      try {
        process.kill(-child.pid!, 'SIGKILL')
      } catch {
        // the whole group has gone
      }
      await exited
      child.stdout.destroy()
      child.stderr.destroy()
    },
  }
}
