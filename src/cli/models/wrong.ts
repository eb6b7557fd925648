import { AssayError } from '../../model/error.ts'

/** The error of wrong use. */
export function wrong(message: string, cause?: Error): AssayError {
  return new AssayError(message, { kind: 'config', cause })
}
