import { relative } from 'node:path'
import { AssayError, toAssayError } from '../model/error.ts'
import type { ServerNeed } from '../model/lease.ts'
import type { Secret } from '../model/secret.ts'
import { likelyCause, saysPortTaken } from './log/cause.ts'
import { readLogEnd } from './log/end.ts'
import { createMask, maskArguments } from './log/mask.ts'
import { HOST, type ServerExit, type StartOrder } from './protocol.ts'
import { isNotReady, type NotReady } from './ready.ts'

interface Failed {
  readonly need: ServerNeed
  /** `null` while it still runs. */
  readonly exit: ServerExit | null
  readonly key: Secret | null
}

export interface FailedStart extends Failed {
  /** What `untilReady` rejected with. */
  readonly reason: unknown
  readonly order: Pick<StartOrder, 'command' | 'args' | 'log'>
  /** Port that it was given. */
  readonly port: number
  /** Milliseconds since it was started. */
  readonly elapsedMs: number
}

export interface Crashed extends Failed {
  /** How it ended, in words. */
  readonly how: string
  /** How often it has crashed in a short time. */
  readonly crashes: number
  /** Path of the log of its last start. */
  readonly log: string
}

/** Lines of the log that are shown. */
const SHOWN = 50
/** Lines before them in which the first error is looked for: a start has it 20 to 80 lines up, a crash near. */
const BEFORE_START = 2000
const BEFORE_CRASH = 200
const LONGEST_OF_LOG = 500
const LONGEST = 2000
const errorLine = /error|failed|out of memory|traceback/i

/**
 * The error of a start that failed: what happened, why perhaps, how it was started, the end of its log. And
 * whether another port may help.
 */
export async function startFailure(
  failed: FailedStart,
): Promise<{ readonly error: AssayError; readonly portWasTaken: boolean }> {
  const { need, reason, order, port } = failed
  if (!isNotReady(reason)) {
    return { error: toAssayError(reason, 'internal', need.provider), portWasTaken: false }
  }
  const lines = await linesOf(order.log, BEFORE_START + SHOWN)
  const args = order.args.map((arg) =>
    arg.replaceAll('{port}', `${port}`).replaceAll('{host}', HOST),
  )
  const line = [order.command, ...maskArguments(args)].map((word) => quote(word)).join(' ')
  const said = [whatHappened(failed, reason), `  command: ${line}`]
  return {
    error: failure(failed, { said, log: order.log, lines, args }),
    portWasTaken:
      reason.type === 'stranger' ||
      isRefusedKey(reason) ||
      (reason.type === 'ended' && saysPortTaken(lines)),
  }
}

/** The error of a server that crashed too often to be started again. */
export async function crashFailure(crashed: Crashed): Promise<AssayError> {
  const { how, crashes, log } = crashed
  const lines = await linesOf(log, BEFORE_CRASH + SHOWN)
  const often = crashes === 1 ? '' : `, for the ${ordinal(crashes)} time in a short while`
  const said = [`the server crashed (${how})${often}; it is not started again.`]
  return failure(crashed, { said, log, lines })
}

/** The error for those who need a server that somebody has stopped by hand. */
export function stoppedByPerson({ provider, model }: ServerNeed): AssayError {
  const message = `${provider}: the server of ${model} was stopped by hand during the run; it is not started again.`
  return new AssayError(message, { kind: 'setup', provider })
}

/** The error for a program that is not there, with how to install it. */
export function missingProgram({ provider, command, install }: ServerNeed): AssayError {
  const where = /[/\\]/.test(command) ? 'there is no program' : 'the PATH has no program'
  return new AssayError(`${provider}: ${where} \`${command}\`. ${install}`, {
    kind: 'setup',
    provider,
  })
}

/** How a process ended, in words: `exit code 1`, `signal SIGKILL`. */
export function describeExit({ exitCode, signal }: ServerExit): string {
  return signal === null ? `exit code ${exitCode ?? 'unknown'}` : `signal ${signal}`
}

function failure(
  { need, exit, key }: Failed,
  {
    said,
    log,
    lines,
    args = [],
  }: { said: string[]; log: string; lines: readonly string[]; args?: string[] },
): AssayError {
  const { provider, model, env } = need
  const cause = likelyCause(lines, exit, need)
  const [first, ...details] = said
  const mask = createMask({ secrets: [key], args, envs: [process.env, env] })
  const message = [
    `${provider}: ${model}: ${first}`,
    ...(cause === undefined ? [] : [`  likely cause: ${cause}`]),
    ...details,
    `  log: ${shownPath(log)}${lines.length === 0 ? ' (empty)' : ''}`,
  ]
  const end = endOf(lines).map((line) => `  | ${cut(mask(line), LONGEST_OF_LOG)}`)
  const text = [...message.map((line) => cut(mask(line), LONGEST)), ...end].join('\n')
  return new AssayError(text, { kind: 'setup', provider })
}

/** None of a log that cannot be read: what it was to explain must still be told. */
async function linesOf(log: string, count: number): Promise<string[]> {
  return readLogEnd(log, count).catch(() => [])
}

/** The last lines, and the first error where it stands above them. */
function endOf(lines: readonly string[]): string[] {
  const above = lines.slice(0, -SHOWN).find((line) => errorLine.test(line))
  return [...(above === undefined ? [] : [above, '…']), ...lines.slice(-SHOWN)]
}

const byWhom = { run: 'by the run', person: 'by hand' }

function whatHappened({ exit, elapsedMs }: FailedStart, reason: NotReady): string {
  const after = `after ${(elapsedMs / 1000).toFixed(1)} s`
  if (reason.type === 'ended') {
    const how = exit?.by === null ? 'ended' : 'was stopped'
    const detail = exit?.by === null ? describeExit(exit) : byWhom[exit?.by ?? 'run']
    return `the server ${how} while it started: ${detail}, ${after}.`
  }
  if (reason.type === 'timeout') {
    return (
      `the server was not ready after ${reason.timeoutMs / 1000} s; what it last brought: ` +
      `${reason.seen}. A larger \`startTimeout\` gives it more time.`
    )
  }
  if (reason.type === 'stranger') {
    if (reason.listed.length === 0) {
      return (
        `a process that this start is not known to own answers on the port, ${after}. If it is the ` +
        "server's own, put `{nonce}` into a name that it serves."
      )
    }
    return `another server with ${reason.listed.join(', ')} answers on the port that this one was given, ${after}.`
  }
  const { request, status, said } = reason
  const hint = isRefusedKey(reason) ? ' Perhaps it is another server that listens there.' : ''
  return `the server came up, but ${request} was answered with HTTP ${status}${said && `: ${said}`} (${after}).${hint}`
}

/** Our own server knows its key. */
function isRefusedKey(reason: NotReady): boolean {
  return reason.type === 'refused' && (reason.status === 401 || reason.status === 403)
}

function shownPath(path: string): string {
  const fromHere = relative(process.cwd(), path)
  return fromHere.startsWith('..') ? path : fromHere
}

/** As a POSIX shell takes it. */
function quote(word: string): string {
  return /^(?:[\w@%+=:,./-]+|(?:--[\w-]+=)?\*{3})$/.test(word)
    ? word
    : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** Called with what is masked already: half a secret would not be found. */
function cut(line: string, longest: number): string {
  return line.length > longest ? `${line.slice(0, longest)}…` : line
}

function ordinal(count: number): string {
  return ({ 2: '2nd', 3: '3rd' } as Record<number, string>)[count] ?? `${count}th`
}
