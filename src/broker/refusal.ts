import { toAssayError, AssayError } from '../model/error.ts'
import type { Refusal } from './protocol.ts'

/** An error as it goes over the line. */
export function toRefusal(error: unknown): Refusal {
  const { message, kind, provider, retryAfterMs } = toAssayError(error, 'internal')
  return { message, kind, provider, retryAfterMs }
}

export function toError({ message, ...options }: Refusal): AssayError {
  return new AssayError(message, options)
}
