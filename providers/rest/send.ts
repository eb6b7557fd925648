import { headersOf } from '../shared/http/headers.ts'
import type { Connection } from '../shared/remote/connect.ts'
import type { RestOptions } from './options.ts'
import type { FilledRequest } from './template.ts'

/** Sends a request, with the user's headers over ours. */
export function send(
  { request, headers: own = {} }: Connection,
  { method = 'POST' }: Pick<RestOptions, 'method'>,
  { url, body }: FilledRequest,
  signal?: AbortSignal,
): Promise<Response> {
  return request(url, {
    method,
    headers: headersOf(body === undefined ? {} : { 'content-type': 'application/json' }, own),
    redirect: 'manual', // it would take the prompt, and keys in other headers, to another server
    ...(body !== undefined && { body }),
    ...(signal && { signal }),
  })
}
