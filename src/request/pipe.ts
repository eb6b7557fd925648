import type { Exchange } from './exchange.ts'

/** What `fetch` takes, and what the middlewares share on one request. */
export interface RequestOptions extends RequestInit {
  readonly exchange?: Exchange
}

/** The request as everything in this folder sees it. */
export type Fetch = (url: string | URL | Request, init?: RequestOptions) => Promise<Response>

/** One concern of a request: it may change it, send it several times, or answer by itself. */
export type Middleware = (next: Fetch) => Fetch

/** Puts middlewares around `fetch`; the first one sees a request first. */
export function pipe(...middlewares: readonly Middleware[]): (fetch: Fetch) => Fetch {
  return (fetch) => middlewares.reduceRight((next, middleware) => middleware(next), fetch)
}
