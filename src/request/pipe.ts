import type { RequestClock } from './request-clock.ts'

/** What `fetch` takes, and what the middlewares hand to each other. */
export interface RequestOptions extends RequestInit {
  /** The time that is left for the whole request. */
  readonly clock?: RequestClock
}

/** The request as everything in this folder sees it. */
export type Fetch = (url: string | URL | Request, init?: RequestOptions) => Promise<Response>

/** One concern of a request: it may change it, send it several times, or answer by itself. */
export type Middleware = (next: Fetch) => Fetch

/** Puts middlewares around `fetch`; the first one sees a request first. */
export function pipe(...middlewares: readonly Middleware[]): (fetch: Fetch) => Fetch {
  return (fetch) => middlewares.reduceRight((next, middleware) => middleware(next), fetch)
}
