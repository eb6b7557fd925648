import { existsSync } from 'node:fs'
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Variable that names the folder of a fake program: the fake ends when the folder is gone. */
const HOME = 'FAKE_HOME'

/** Halves the time until a fake does its work: it need not be compiled again. */
const cache = fileURLToPath(new URL('../../.tmp/compile-cache', import.meta.url))

/**
 * Puts an executable `name` into a folder, which runs a TypeScript file with this Node.
 * @returns its path
 */
export async function createProgram(
  folder: string,
  name: string,
  main: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  await mkdir(folder, { recursive: true })
  const bin = join(folder, name)
  const exports = Object.entries({ ...env, [HOME]: folder, NODE_COMPILE_CACHE: cache }).map(
    ([variable, value]) => `export ${variable}=${quote(value)}\n`,
  )
  const script = `#!/bin/sh\n${exports.join('')}exec ${quote(process.execPath)} ${quote(main)} "$@"\n`
  await writeFile(bin, script, { mode: 0o755 })
  return bin
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

const LONGEST_LIFE_MS = 10 * 60_000
const LOOK_MS = 500

/**
 * Keeps a fake alive, and ends it when its folder is gone or after ten minutes: it must not outlive a test
 * that failed to stop it.
 */
export function liveWithHome(home: string | undefined = homeOfProgram()): void {
  const started = performance.now()
  setInterval(() => {
    const isTooOld = performance.now() - started > LONGEST_LIFE_MS
    if (isTooOld || (home !== undefined && !existsSync(home))) process.kill(process.pid, 'SIGKILL')
  }, LOOK_MS)
}

export function homeOfProgram(): string | undefined {
  return process.env[HOME]
}

/** Prints on where a reader has gone, as programs do that ignore SIGPIPE. */
export function ignoreClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}

/** One start of a fake server, a line of its `startsFile`. */
export interface FakeStart {
  readonly pid: number
  readonly port: number
  readonly argv: readonly string[]
}

export async function recordStart(file: string | undefined, port: number): Promise<void> {
  if (file === undefined) return
  const start: FakeStart = { pid: process.pid, port, argv: process.argv.slice(2) }
  await mkdir(dirname(file), { recursive: true })
  await appendFile(file, `${JSON.stringify(start)}\n`)
}
