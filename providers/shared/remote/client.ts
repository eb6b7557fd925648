import type { ApiServer } from '../../../src/request/api-error.ts'

/** Sends requests to one server. All that it rejects with is an AssayError. */
export interface Client {
  readonly server: ApiServer
  get(path: string): Promise<unknown>
  post(path: string, body: object, options?: PostOptions): Promise<unknown>
  /** Yields the chunks of a response; a server that does not stream gives the whole as the only one. */
  stream(path: string, body: object, options?: PostOptions): AsyncGenerator<unknown, void, void>
}

export interface PostOptions {
  readonly signal?: AbortSignal | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}
