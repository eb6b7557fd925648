import { inspect } from 'node:util'
import { CommanderError } from 'commander'
import { AssayError } from '../model/error.ts'

const FAILED = 1
const WRONG_USE = 2

/** Says on stderr why a command failed, and sets the exit code: 2 for wrong use or configuration, else 1. */
export function reportFailure(error: unknown): void {
  if (error instanceof CommanderError) {
    // it has printed its message already; help and version come this way too, with 0
    if (error.exitCode !== 0) process.exitCode = WRONG_USE
    return
  }
  process.exitCode = AssayError.is(error) && error.kind === 'config' ? WRONG_USE : FAILED
  process.stderr.write(`error: ${textOf(error)}\n`)
}

/** With a stack only what nobody expected: whoever sees it is to report it. */
function textOf(error: unknown): string {
  return AssayError.is(error) || isOfSystem(error) ? error.message : inspect(error)
}

/** Of a file or a socket: `EACCES`, but not `ERR_INVALID_ARG_TYPE`. */
function isOfSystem(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^E[A-Z\d]+$/.test(String(error.code))
}
