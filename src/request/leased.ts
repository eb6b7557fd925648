import { AssayError, type ErrorKind } from '../model/error.ts'
import type { ServerLease } from '../model/lease.ts'
import { clocksOf, pauseAll } from './clocks.ts'
import type { Middleware, RequestOptions } from './pipe.ts'

/**
 * Sends to a leased server: where it listens now, with its key. When it may have died, the failure is handed on
 * once that is known: a server that has died is there again by then, and the request may be sent again.
 */
export function leased(lease: ServerLease): Middleware {
  return (next) =>
    async (url, init = {}) => {
      const seen = lease.address
      try {
        return await next(movedTo(seen.url, url), withKey(init, lease))
      } catch (error) {
        if (AssayError.is(error) && signsOfDeath.has(error.kind)) {
          await outsideOfClocks(init, () => lease.recover(seen, init.signal ?? undefined))
        }
        throw error
      }
    }
}

const signsOfDeath = new Set<ErrorKind>(['network', 'server', 'timeout'])

function movedTo(base: string, url: string | URL | Request): URL {
  const { pathname, search } = new URL(url instanceof Request ? url.url : url)
  return new URL(pathname + search, base)
}

function withKey(init: RequestOptions, { key }: ServerLease): RequestOptions {
  if (!key) return init
  const headers = new Headers(init.headers)
  headers.set('authorization', `Bearer ${key.reveal()}`)
  return { ...init, headers }
}

/** The start of a server is no fault of the request, nor of the row. */
async function outsideOfClocks(init: RequestOptions, wait: () => Promise<void>): Promise<void> {
  const resume = pauseAll(clocksOf(init))
  try {
    await wait()
  } finally {
    resume(0)
  }
}
