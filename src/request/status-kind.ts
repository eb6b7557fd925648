import type { ErrorKind } from '../model/error.ts'

/** What an HTTP status of 300 or more means where the body says nothing more exact. */
export function kindOfStatus(status: number): ErrorKind {
  if (status >= 500) return 'server'
  return kinds.get(status) ?? (status < 400 ? 'config' : 'invalid_request')
}

const kinds = new Map<number, ErrorKind>([
  [401, 'auth'],
  [402, 'quota'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [408, 'timeout'],
  [409, 'server'], // the server is busy with this very thing: the same request may pass later
  [413, 'context_window'],
  [425, 'server'],
  [429, 'rate_limit'],
])
