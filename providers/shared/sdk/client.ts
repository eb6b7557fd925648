import type { ApiServer } from '../../../src/request/api-error.ts'
import type { Client, PostOptions } from '../remote/client.ts'
import { isJson } from '../remote/json.ts'
import { toFailure } from './failure.ts'

/** What we use of an SDK: those of OpenAI and of Anthropic come out of one generator. */
interface Sdk {
  get<T>(path: string): PromiseLike<T>
  post<T>(path: string, options: SdkOptions): Reply<T>
}

interface SdkOptions {
  readonly body: object
  readonly stream?: boolean
  readonly signal?: AbortSignal
  readonly headers?: Record<string, string>
}

interface Reply<T> extends PromiseLike<T> {
  withResponse(): Promise<{ data: T; response: Response }>
}

/** What both SDKs are made with: the seam of requests has the limits and sends again. */
export const sdkOptions: {
  readonly maxRetries: 0
  readonly timeout: number
  readonly logLevel: 'off'
  readonly apiKey: string
} = {
  maxRetries: 0,
  timeout: 2 ** 31 - 1,
  logLevel: 'off',
  apiKey: 'unused', // it wants one, and would take that of the environment
}

export function clientOf(sdk: Sdk, server: ApiServer): Client {
  async function send(call: () => PromiseLike<unknown>, signal?: AbortSignal): Promise<unknown> {
    try {
      return await call()
    } catch (error) {
      throw toFailure(error, server, signal)
    }
  }

  return {
    server,
    get: (path) => send(() => sdk.get(path)),
    post: (path, body, options = {}) =>
      send(() => sdk.post(path, { body, ...optionsOf(options) }), options.signal),
    async *stream(path, body, options = {}) {
      const { signal } = options
      try {
        const { data, response } = await sdk
          .post<AsyncIterable<unknown>>(path, { body, stream: true, ...optionsOf(options) })
          .withResponse()
        if (isJson(response)) yield await response.json()
        else yield* data
        signal?.throwIfAborted() // an SDK ends an aborted stream as if it were complete
      } catch (error) {
        throw toFailure(error, server, signal)
      }
    },
  }
}

function optionsOf({ signal, headers }: PostOptions): Omit<SdkOptions, 'body'> {
  return { ...(signal && { signal }), ...(headers && { headers: { ...headers } }) }
}
