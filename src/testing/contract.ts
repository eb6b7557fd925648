import type { IncomingHttpHeaders } from 'node:http'
import type { ErrorKind } from '../model/error.ts'
import type { Blocked, ModelResponse } from '../model/response.ts'

/** What a server answers to one request. */
export interface HttpReply {
  /** @default 200; 429, 500 and 400 for `rateLimited`, `serverError` and `invalidRequest` */
  readonly status?: number | undefined
  /** @default the content type of the body: of a stream `text/event-stream` */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** A text, or what is sent as JSON. */
  readonly body?: unknown
}

/** What the model must make of a reply. What is left out is not compared. */
export interface ExpectedResponse extends Partial<
  Pick<ModelResponse, 'usage' | 'finishReason' | 'toolCalls' | 'servedBy' | 'costUsd'>
> {
  readonly text: string
}

export interface ResponseReply extends HttpReply {
  readonly expect: ExpectedResponse
}

export interface BlockedReply extends HttpReply {
  readonly expect?: Partial<Blocked> | undefined
}

export interface ErrorReply extends HttpReply {
  readonly expect: { readonly kind: ErrorKind }
}

/** What the vendor's API answers; `false` where it has no such reply, and what asks for it is not tested. */
export interface ProviderReplies {
  /** A response whose text stands in the body in one piece, and nowhere else. */
  readonly answer: ResponseReply
  /** A stream: the body is the text of all its events. */
  readonly stream: ResponseReply | false
  /** A response that the provider's own filter has blocked. */
  readonly blocked: BlockedReply | false
  /** A response that says nothing of tokens. */
  readonly noUsage: HttpReply | false
  readonly rateLimited: HttpReply
  readonly serverError: HttpReply
  /** A request that is wrong, and would be wrong again. */
  readonly invalidRequest: HttpReply
  /** An error that comes with status 200. */
  readonly errorWithin200: ErrorReply | false
  /** A stream that has an error after its first text. */
  readonly errorWithinStream: ErrorReply | false
  /** What is no response, with status 200. */
  readonly malformed: HttpReply
}

/** A request as the suite's server got it. */
export interface HttpRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

type ForServer<T> = T | ((baseURL: string, key: string) => T)

/** How a provider is tested. */
export interface ProviderContract {
  /** Name of the model, as in a spec. */
  readonly model: string
  /** Options of the set-up that make the provider talk to the server at `baseURL`. */
  readonly options?: ForServer<object> | undefined
  /** The environment that does so. With `replies` the provider sees nothing of the real one. */
  readonly env?: ForServer<Readonly<Record<string, string>>> | undefined
  /** Left out for a provider that sends no requests: what needs a server is not tested. */
  readonly replies?: ProviderReplies | undefined
  /** Answers what does not ask for a response, as a request for a token; it is not counted. */
  readonly other?: ((request: HttpRequest) => HttpReply | undefined) | undefined
  /** Whether equal set-ups share one resource. @default true */
  readonly shared?: boolean | undefined
  /** The longest that one call may take, in milliseconds. @default 5000 */
  readonly timeout?: number | undefined
}
