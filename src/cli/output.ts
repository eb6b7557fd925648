import { reportFailure } from './failure.ts'

/** Version of the JSON documents. */
const VERSION = 1

/** For a command's `option()`. */
export const jsonOption = ['--json', 'print one JSON document'] as const

export function printLines(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
}

const write = process.stdout.write.bind(process.stdout)

/** Sends to stderr whatever modules of the project print, so that stdout has the JSON document alone. */
export function reserveOutput(): void {
  process.stdout.write = process.stderr.write.bind(process.stderr)
}

/** Prints the one JSON document of a command. */
export function printJson(content: Readonly<Record<string, unknown>>): void {
  write(`${JSON.stringify({ version: VERSION, ...content }, null, 2)}\n`)
}

/** Ends the process as soon as all is printed, whatever modules of the project have left running. */
export async function endProcess(): Promise<never> {
  await new Promise<void>((resolve) => void write('', () => resolve()))
  process.exit()
}

/** A reader that has seen enough, as `head`, is no reason to stop in the middle of the work. */
export function allowClosedPipes(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') reportFailure(error)
  })
  process.stderr.on('error', () => {
    // there is nowhere to say it
  })
}
