import * as v from 'valibot'
import { AssayError } from '../../src/model/error.ts'
import { apiError, type ApiServer, errorInBody } from '../../src/request/api-error.ts'

/** Checks what a server sent. @throws AssayError for an error, or for what is no such `what` */
export function parse<Output>(
  schema: v.GenericSchema<unknown, Output>,
  body: unknown,
  what: string,
  server: ApiServer,
): Output {
  if (errorInBody(body)) throw apiError({ body }, server)
  const result = v.safeParse(schema, body)
  if (result.success) return result.output
  const path = v.getDotPath(result.issues[0]) ?? 'body'
  throw new AssayError(
    `${server.provider}: the response is no ${what}: \`${path}\` is malformed.`,
    { kind: 'parse', provider: server.provider },
  )
}
