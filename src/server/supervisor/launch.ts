import { closeSync, openSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { AssayError, messageOf } from '../../model/error.ts'
import type { PortLease } from './ports.ts'
import { processTable } from './process-table.ts'
import { createTree, type ProcessTree } from './process-tree.ts'
import { HOST, MARK, type StartOrder } from '../protocol.ts'

/** The first process of a server. */
export interface Launched {
  readonly pid: number
  readonly start: string
  readonly tree: ProcessTree
  /** When it has ended. Never rejects. */
  readonly ended: Promise<{ readonly exitCode: number | null; readonly signal: string | null }>
}

/**
 * Starts the program of an order in a session of its own, so that no key of the terminal reaches it. It writes
 * to the log file itself: a pipe that nobody reads stops it, and one to a process that has died kills it.
 * @throws AssayError of kind `setup` if the program cannot be run
 */
export async function launch(
  order: StartOrder,
  { port }: PortLease,
  /** What goes before the command. */
  prefix: readonly string[],
): Promise<Launched> {
  const fill = (text: string) => text.replaceAll('{port}', String(port)).replaceAll('{host}', HOST)
  const env = Object.entries(order.env).map(([name, value]) => [name, fill(value)])
  const [file = order.command, ...args] = [...prefix, order.command, ...order.args.map(fill)]
  requireFolder(order)
  const { execa } = await import('execa')
  const log = openLog(order) as 3 // the types know some descriptors alone
  const running = execa(file, args, {
    cwd: order.cwd,
    env: { ...Object.fromEntries(env), [MARK]: order.id },
    extendEnv: false,
    stdin: 'ignore',
    stdout: log,
    stderr: log,
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    forceKillAfterDelay: false,
    windowsHide: true,
  })
  closeSync(log)
  const { pid } = running
  if (pid === undefined) {
    const { originalMessage } = await running
    throw failure(`${order.command} cannot be run: ${originalMessage}.`)
  }
  const start = processTable.startOf(pid) ?? 'unknown' // at once: it may end and be forgotten
  const ended = (async () => {
    const { exitCode, signal } = await running
    return { exitCode: exitCode ?? null, signal: signal ?? null }
  })()
  return {
    pid,
    start,
    tree: createTree({ leader: { pid, start }, mark: order.id, log: order.log }),
    ended,
  }
}

function requireFolder(order: StartOrder): void {
  // the system's own words blame the program
  if (statSync(order.cwd, { throwIfNoEntry: false })?.isDirectory()) return
  throw failure(`${basename(order.command)} is to run in ${order.cwd}, which is no folder.`)
}

function openLog(order: StartOrder): number {
  try {
    return openSync(order.log, 'a', 0o600)
  } catch (error) {
    throw failure(`The log ${order.log} cannot be written: ${messageOf(error)}`)
  }
}

function failure(sentence: string): AssayError {
  return new AssayError(sentence, { kind: 'setup' })
}
