import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** A Vitest that runs, in a process group of its own as a shell would give it. */
export interface Session {
  /** Everything that it has printed. */
  readonly output: string
  readonly hasEnded: boolean
  /** `null` while it runs, and after a signal. */
  readonly exitCode: number | null
  readonly ended: Promise<void>
  /** The first process: Vitest's main one, or that of its terminal. */
  readonly pid: number
  /** Types on the keyboard of its terminal. */
  press(keys: string): void
}

export interface SessionOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Vitest's main file, and the words behind it. */
  readonly command: readonly string[]
  /** Whether it is given a terminal. The session then is that of the terminal, and ends with it. */
  readonly terminal: boolean
}

export function startSession({ cwd, env, command, terminal }: SessionOptions): Session {
  const words = [process.execPath, ...command]
  const [file = '', ...args] = terminal ? inTerminal(words) : words
  const child = spawn(file, args, {
    cwd,
    env,
    detached: true,
    stdio: [terminal ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  })
  child.stdin?.on('error', () => {}) // nobody reads any more
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const ended = exitOf(child)
  return {
    get output() {
      return output
    },
    get hasEnded() {
      return child.exitCode !== null || child.signalCode !== null
    },
    get exitCode() {
      return child.exitCode
    },
    ended,
    pid: child.pid!,
    press: (keys) => void child.stdin?.write(keys),
  }
}

/** util-linux's `script` opens a pseudo-terminal, which closes when it is killed. */
function inTerminal(words: readonly string[]): string[] {
  const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  return ['script', '-qefc', `stty rows 40 cols 120; exec ${quoted}`, '/dev/null']
}

/** Not `close`: a process that is left behind may hold the output open. */
async function exitOf(child: ChildProcess): Promise<void> {
  await once(child, 'exit')
}
