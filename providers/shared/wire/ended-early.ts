import { AssayError } from '../../../src/model/error.ts'
import type { ApiServer } from '../../../src/request/api-error.ts'

type Provider = Pick<ApiServer, 'provider'>

/** The error for a stream without what its format ends with. `hint` says what else may be wrong. */
export function endedEarly({ provider }: Provider, hint: string = ''): AssayError {
  const problem = 'the stream ended before the response was complete.'
  return new AssayError(`${provider}: ${problem}${hint}`, { kind: 'network', provider })
}

/** The error for a response that says of itself that more was to come. */
export function cutShort({ provider }: Provider): AssayError {
  const problem = 'the response ended before it was complete.'
  return new AssayError(`${provider}: ${problem}`, { kind: 'network', provider })
}
