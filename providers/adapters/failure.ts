import { inspect } from 'node:util'
import { AssayError, cancelledBy, messageOf } from '../../src/model/error.ts'
import { networkError } from '../../src/request/network-error.ts'
import { redact } from '../../src/request/redact.ts'
import { kindOf } from '../../src/request/status-kind.ts'
import type { Subject } from './subject.ts'

/** What a user's object said of its failure, for people and for programs. */
interface Said {
  readonly text: string
  readonly words?: readonly unknown[]
  readonly status?: unknown
}

const MESSAGE_LENGTH = 2048

/** The error of an answer that tells of a failure. Its kind is that of the status and the words for programs. */
export function failureSaid({ text, words = [], status }: Said, subject: Subject): AssayError {
  const { spec, provider } = subject
  const known = isErrorStatus(status) ? status : undefined
  return new AssayError(`${spec}: ${shown(text, subject)}`, {
    kind: kindOf(
      words.filter((word) => typeof word === 'string'),
      known,
    ),
    provider,
    status: known,
  })
}

/**
 * The AssayError for what a user's object threw: of the network, of the status that it carries, or else of the
 * server. A mistake in its code stays one, of the kind `internal`.
 */
export function failureOf(error: unknown, subject: Subject, signal?: AbortSignal): AssayError {
  const { provider, spec } = subject
  if (AssayError.is(error)) return error
  if (signal?.aborted) return cancelledBy(signal, provider)
  if (isOfNetwork(error)) {
    const failure = networkError(error, { provider: spec, host: 'its server' })
    if (failure) return failure
  }
  const { status, code, type, name } = (error ?? {}) as Readonly<Record<string, unknown>>
  const words = name === 'TimeoutError' ? ['timeout'] : [code, type]
  const said = failureSaid({ text: messageOf(error), words, status }, subject)
  const kind = isMistake(error) ? 'internal' : said.kind
  const cause = causeOf(error, subject)
  return new AssayError(said.message, { kind, provider, status: said.status, cause })
}

/** The error of a set-up that failed; `step` says at what, where that is not plain. */
export function setupFailure(error: unknown, subject: Subject, step?: string): AssayError {
  if (AssayError.is(error)) return error
  const { provider, spec } = subject
  const place = step === undefined ? '' : `${step}: `
  const message = `Failed to set up '${spec}': ${place}${shown(messageOf(error), subject)}`
  return new AssayError(message, { kind: 'setup', provider, cause: causeOf(error, subject) })
}

function shown(text: string, { secrets }: Subject): string {
  const redacted = redact(text, secrets)
  return redacted.length > MESSAGE_LENGTH ? `${redacted.slice(0, MESSAGE_LENGTH)}…` : redacted
}

/** What was thrown, unless a key is in it: reports print causes. */
function causeOf(error: unknown, { secrets }: Subject): unknown {
  const text = inspect(error, { depth: 9 })
  return redact(text, secrets) === text ? error : undefined
}

function isErrorStatus(status: unknown): status is number {
  return Number.isInteger(status) && Number(status) >= 400 && Number(status) < 600
}

const networkCodes =
  /^(?:ECONN|EAI_|EHOST|ENET|ENOTFOUND|EPIPE|ETIMEDOUT|UND_ERR_|DEPTH_|SELF_|UNABLE_)/

/** Whether a connection broke; files have codes too. */
function isOfNetwork(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (typeof code === 'string' && networkCodes.test(code)) return true
  }
  return false
}

/** What the language throws where code is wrong, and nobody for a server that fails. */
function isMistake(error: unknown): boolean {
  return [TypeError, ReferenceError, RangeError, SyntaxError].some((one) => error instanceof one)
}
