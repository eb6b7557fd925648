import * as v from 'valibot'
import { AssayError } from '../../src/model/error.ts'
import { apiError, type ApiServer } from '../../src/request/api-error.ts'

/** What the API sends in place of a response: in a stream that has begun it comes with status 200. */
const failure = v.object({
  status: v.pipe(v.number(), v.minValue(400)),
  message: v.string(),
})

/** Checks what a server sent. @throws AssayError for an error, or for what is no `what` */
export function parse<Output>(
  schema: v.GenericSchema<unknown, Output>,
  body: unknown,
  what: string,
  server: ApiServer,
): Output {
  if (v.is(failure, body)) throw apiError({ body }, server)
  const result = v.safeParse(schema, body)
  if (result.success) return result.output
  const { provider } = server
  const path = v.getDotPath(result.issues[0]) ?? 'body'
  const message = `${provider}: the response is no ${what}: \`${path}\` is malformed.`
  throw new AssayError(message, { kind: 'parse', provider })
}
