import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** Path of the program, as it was built for the tests. */
export const program: string = fileURLToPath(
  new URL('../../.tmp/node_modules/vitest-assay/dist/cli.mjs', import.meta.url),
)

export interface AssayOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Whether nobody reads what it prints. */
  readonly closed?: boolean
}

export interface AssayResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the real program in a process of its own, without a terminal. */
export async function runAssay(
  args: readonly string[],
  { cwd, env, closed = false }: AssayOptions = {},
): Promise<AssayResult> {
  const { FORCE_COLOR: _, NO_COLOR: __, ...rest } = process.env
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { ...rest, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (closed) child.stdout.destroy()
  const [exitCode, stdout, stderr] = await Promise.all([
    new Promise<number | null>((resolve) => {
      child.once('close', (code) => resolve(code))
    }),
    closed ? '' : text(child.stdout),
    text(child.stderr),
  ])
  return { exitCode, stdout, stderr }
}
