import type { Middleware } from '../../../src/request/pipe.ts'

export interface OwnHeadersOptions {
  /** Headers for this server, over those that the SDK gives. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Which headers of the SDK are sent, beside those that say what the request is. */
  readonly keep?: readonly string[] | undefined
}

/**
 * Stands between an SDK and the seam: sends the headers that are meant for this server and none that the SDK
 * adds, its Authorization too.
 */
export function ownHeaders({ headers: given = {}, keep = [] }: OwnHeadersOptions): Middleware {
  return (next) => async (url, init) => {
    const added = new Headers(init?.headers)
    const headers = new Headers()
    for (const name of ['accept', 'content-type', 'user-agent', ...keep]) {
      const value = added.get(name)
      if (value !== null) headers.set(name, value)
    }
    for (const [name, value] of Object.entries(given)) headers.set(name, value)
    try {
      // a redirection would take the prompt, and keys in other headers, to another server
      return await next(url, { ...init, headers, redirect: 'manual' })
    } catch (error) {
      throw hidden(error)
    }
  }
}

/** An SDK that reads of a timeout, in an error or its cause, throws an error of its own without them. */
function hidden(error: unknown): Error {
  return new Error('No response.', { cause: new Error('', { cause: error }) })
}
