/** What went wrong, as a closed set: callers decide from it, never from a word in a message. */
export type ErrorKind =
  | 'rate_limit'
  | 'quota'
  | 'auth'
  | 'forbidden'
  | 'not_found'
  | 'invalid_request'
  | 'context_window'
  | 'content_filter'
  | 'timeout'
  | 'network'
  | 'server'
  | 'parse'
  | 'cancelled'
  | 'setup'
  | 'config'
  | 'internal'

export interface AssayErrorOptions {
  readonly kind: ErrorKind
  /** The provider that the error came from. */
  readonly provider?: string | undefined
  /** HTTP status of the response that caused it. */
  readonly status?: number | undefined
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined
  /** Requests that were sent before it was given up. */
  readonly attempts?: number | undefined
  /** Of several models behind one, which of them failed. */
  readonly servedBy?: string | undefined
  readonly cause?: unknown
}

const marker = Symbol.for('vitest-assay.AssayError')

/** The one error class of the package. Its message is a sentence that says what to do. */
export class AssayError extends Error {
  override readonly name = 'AssayError'
  readonly kind: ErrorKind
  declare readonly provider: string | undefined
  declare readonly status: number | undefined
  declare readonly retryAfterMs: number | undefined
  declare readonly attempts: number | undefined
  declare readonly servedBy: string | undefined

  constructor(message: string, options: AssayErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.kind = options.kind
    const { provider, status, retryAfterMs, attempts, servedBy } = options
    if (provider !== undefined) this.provider = provider
    if (status !== undefined) this.status = status
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs
    if (attempts !== undefined) this.attempts = attempts
    if (servedBy !== undefined) this.servedBy = servedBy
    Object.defineProperty(this, marker, { value: true })
  }

  /** Whether `value` is an AssayError, also one of another copy of this package. */
  static is(value: unknown): value is AssayError {
    return typeof value === 'object' && value !== null && marker in value
  }
}

/** Returns `error` as an AssayError; one that is none yet becomes the cause of a new one. */
export function toAssayError(error: unknown, kind: ErrorKind, provider?: string): AssayError {
  if (AssayError.is(error)) return error
  return new AssayError(messageOf(error), { kind, provider, cause: error })
}

/** The error of what `signal` ended: its reason, where that is one of ours. */
export function cancelledBy(signal: AbortSignal | null | undefined, provider: string): AssayError {
  const reason: unknown = signal?.reason
  if (AssayError.is(reason)) return reason
  const message = `${provider}: the call was cancelled.`
  return new AssayError(message, { kind: 'cancelled', provider, cause: reason })
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return String(error)
    // a library may have set anything
    return typeof error.message === 'string' && error.message !== '' ? error.message : error.name
  } catch {
    return 'something without a text was thrown'
  }
}
