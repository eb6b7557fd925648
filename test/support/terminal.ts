import { spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'

export interface TerminalOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

/** A program that a person sits before: it reads from a terminal, and writes to one. */
export interface Terminal extends Disposable {
  /** Presses keys once the program has written a text, which it has not written before the last keys. */
  answer(question: string, keys: string): Promise<void>
  /** All that was written, without colours and moves of the cursor, and the exit code. */
  ended(): Promise<{ readonly exitCode: number | null; readonly output: string }>
}

export const ENTER = '\r'
export const DOWN = '\u001b[B'
export const CTRL_C = '\u0003'

/** Whether this machine has the pseudo-terminals of util-linux. */
export const hasTerminal: boolean = process.platform === 'linux'

/** Runs a program in a pseudo-terminal: that of `script`, which every Debian has. */
export function openTerminal(
  command: readonly string[],
  { cwd, env = {} }: TerminalOptions,
): Terminal {
  const words = command.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`)
  const line = `stty cols 120 rows 40; exec ${words.join(' ')}`
  const { CI: _, NO_COLOR: __, FORCE_COLOR: ___, ...rest } = process.env
  const child = spawn(
    'script',
    ['--quiet', '--return', '--flush', '--command', line, '/dev/null'],
    {
      cwd,
      env: { ...rest, SHELL: '/bin/sh', TERM: 'xterm', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  let output = ''
  let seen = 0
  let check = () => {}
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    check()
  })
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (exitCode) => resolve(exitCode))
  })
  return {
    async answer(question, keys) {
      const asked = new Promise<true>((resolve) => {
        check = () => {
          if (stripVTControlCharacters(output.slice(seen)).includes(question)) resolve(true)
        }
        check()
      })
      if ((await Promise.race([asked, ended])) !== true) {
        throw new Error(`"${question}" was not asked: ${stripVTControlCharacters(output)}`)
      }
      seen = output.length
      child.stdin.write(keys)
    },
    async ended() {
      const exitCode = await ended
      return { exitCode, output: stripVTControlCharacters(output) }
    },
    [Symbol.dispose]() {
      child.kill() // one that still waits for an answer, of a test that failed
    },
  }
}
