import type { HttpReply } from '../../../src/testing.ts'

/** A stored response, as a server sends it. */
export function replyOf({ status, body }: { status?: number; body: unknown }): HttpReply {
  return { status, body }
}
