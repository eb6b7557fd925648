import { AssayError, type ErrorKind } from '../../model/error.ts'
import type { ModelResponse } from '../../model/response.ts'
import type { CheckResult } from './state.ts'

/** One result, with what else is known of it. */
export interface Outcome {
  readonly result: CheckResult
  /** How long a success took, in milliseconds, without any time in a queue. */
  readonly latencyMs?: number
  /** Why it is a failure, for people. */
  readonly reason?: string
}

/** Whether an error of a kind says that the model is ill. */
export const resultOfKind: Readonly<Record<ErrorKind, CheckResult>> = {
  // busy, and not ill
  rate_limit: 'unknown',
  // ours, and not the model's
  cancelled: 'unknown',
  config: 'unknown',
  internal: 'unknown',
  // it has answered
  invalid_request: 'success',
  context_window: 'success',
  content_filter: 'success',
  // nobody gets a response there
  network: 'failure',
  timeout: 'failure',
  server: 'failure',
  parse: 'failure',
  setup: 'failure',
  auth: 'failure',
  forbidden: 'failure',
  not_found: 'failure',
  quota: 'failure',
}

/** What a response says of its model: nothing where it came from a cache. */
export function outcomeOfResponse({
  cached,
  latencyMs,
}: Pick<ModelResponse, 'cached' | 'latencyMs'>): Outcome {
  return cached ? { result: 'unknown' } : { result: 'success', latencyMs }
}

/** What an error says of the model whose call it ended. One that is no AssayError is a fault of the program. */
export function outcomeOfError(error: unknown): Outcome {
  if (!AssayError.is(error)) return { result: resultOfKind.internal }
  const result = resultOfKind[error.kind]
  return result === 'failure' ? { result, reason: error.message } : { result }
}
