import * as v from 'valibot'
import { apiError, type ApiServer } from '../../src/request/api-error.ts'
import { parse } from '../shared/wire/parse.ts'

/** What the API sends in place of a response: in a stream that has begun it comes with status 200. */
const failure = v.object({
  status: v.pipe(v.number(), v.minValue(400)),
  message: v.string(),
})

/** Checks what a server sent. @throws AssayError for an error, also of its own form, or for what is no `what` */
export function parseGigachat<Output>(
  schema: v.GenericSchema<unknown, Output>,
  body: unknown,
  what: string,
  server: ApiServer,
): Output {
  if (v.is(failure, body)) throw apiError({ body }, server)
  return parse(schema, body, what, server)
}
