import { AssayError, cancelledBy, toAssayError } from '../../../src/model/error.ts'
import { apiError, type ApiServer } from '../../../src/request/api-error.ts'

/**
 * The AssayError for what an SDK threw, which is not handed on itself, not as a cause either: its message may
 * hold a key.
 */
export function toFailure(
  error: unknown,
  server: ApiServer,
  signal: AbortSignal | undefined,
): AssayError {
  const { provider } = server
  const known = assayErrorIn(error)
  if (known) return known
  if (signal?.aborted) return cancelledBy(signal, provider)
  if (error instanceof SyntaxError) {
    return new AssayError(`${provider}: the response is not JSON.`, { kind: 'parse', provider })
  }
  const body = errorEventIn(error)
  return body === undefined ? toAssayError(error, 'internal', provider) : apiError({ body }, server)
}

/** What the seam threw: an SDK wraps it. */
function assayErrorIn(error: unknown): AssayError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (AssayError.is(cause)) return cause
  }
  return undefined
}

/** The error that a server sent in the middle of a stream. */
function errorEventIn(error: unknown): unknown {
  return error instanceof Error && 'error' in error ? error.error : undefined
}
