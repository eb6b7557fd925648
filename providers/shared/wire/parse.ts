import * as v from 'valibot'
import { AssayError } from '../../../src/model/error.ts'
import { apiError, type ApiServer, errorInBody } from '../../../src/request/api-error.ts'

/**
 * Checks what a server sent.
 *
 * @throws AssayError for an error that came with success, or for what is no `what`, as in 'list of models'
 */
export function parse<Output>(
  schema: v.GenericSchema<unknown, Output>,
  body: unknown,
  what: string,
  server: ApiServer,
): Output {
  if (errorInBody(body)) throw apiError({ body }, server)
  const result = v.safeParse(schema, body)
  if (result.success) return result.output
  const path = v.getDotPath(result.issues[0])
  throw malformed(what, server, path ? `\`${path}\` is malformed` : undefined)
}

/** The error for what is no `what`. Of what the server sent it shows nothing: that may be the model's text. */
export function malformed(what: string, { provider }: ApiServer, problem?: string): AssayError {
  const message = `${provider}: the response is no ${what}${problem ? `: ${problem}` : ''}.`
  return new AssayError(message, { kind: 'parse', provider })
}
