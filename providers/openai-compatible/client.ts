import { AssayError, toAssayError } from '../../src/model/error.ts'
import { importPeer } from '../../src/provider/import-peer.ts'
import { type AttemptClock, startAttemptClock } from '../../src/request/attempt-clock.ts'
import { networkError } from '../../src/request/network-error.ts'
import { type Fetch, type Middleware, pipe } from '../../src/request/pipe.ts'
import { type Endpoint, secretsOf } from './endpoint.ts'
import { apiError, rejectErrors, type Server } from './failure.ts'

/** Sends requests to one server. All that it rejects with is an AssayError. */
export interface Client {
  readonly server: Server
  get(path: string): Promise<unknown>
  post(path: string, body: object, signal?: AbortSignal): Promise<unknown>
  /** Yields the chunks of a response; a server that does not stream gives the whole as the only one. */
  stream(path: string, body: object, signal?: AbortSignal): AsyncGenerator<unknown, void, void>
}

export interface ClientOptions {
  readonly provider: string
  readonly endpoint: Endpoint
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly timeout?: number | undefined
  readonly request: Fetch
}

const NEVER = 2_147_483_647

export async function createClient({
  provider,
  endpoint,
  headers = {},
  timeout = 120_000,
  request,
}: ClientOptions): Promise<Client> {
  const { OpenAI } = await importPeer('openai', provider, () => import('openai'))
  const { host } = endpoint.baseURL
  const server: Server = { provider, host, secrets: secretsOf(endpoint, headers) }
  const sdk = new OpenAI({
    baseURL: endpoint.baseURL.href,
    fetch: pipe(ownHeaders(endpoint, headers), rejectErrors(server))(request),
    maxRetries: 0,
    timeout: NEVER, // the clock of the attempt ends it, and tells a timeout from a cancel
    logLevel: 'off',
    apiKey: 'unused', // the SDK wants one, and would take OPENAI_API_KEY
  })

  async function send<T>(
    signal: AbortSignal | undefined,
    call: (options: { signal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    using clock = startAttemptClock(timeout, signal)
    try {
      return await call({ signal: clock.signal })
    } catch (error) {
      throw toFailure(error, { clock, timeout, server })
    }
  }

  return {
    server,
    get: (path) => send(undefined, (options) => sdk.get(path, options)),
    post: (path, body, signal) => send(signal, (options) => sdk.post(path, { ...options, body })),
    async *stream(path, body, signal) {
      using clock = startAttemptClock(timeout, signal)
      try {
        const { data, response } = await sdk
          .post<AsyncIterable<unknown>>(path, { body, stream: true, signal: clock.signal })
          .withResponse()
        if (isJson(response)) yield await response.json()
        else yield* data
        clock.signal.throwIfAborted() // the SDK ends an aborted stream as if it were complete
      } catch (error) {
        throw toFailure(error, { clock, timeout, server })
      }
    },
  }
}

/** Sends the headers that are meant for this server and none that the SDK adds, the Authorization too. */
function ownHeaders({ apiKeys: [key] }: Endpoint, given: Record<string, string>): Middleware {
  return (next) => (url, init) => {
    const added = new Headers(init?.headers)
    const headers = new Headers()
    for (const name of ['accept', 'content-type', 'user-agent']) {
      const value = added.get(name)
      if (value !== null) headers.set(name, value)
    }
    if (key) headers.set('authorization', `Bearer ${key.reveal()}`)
    for (const [name, value] of Object.entries(given)) headers.set(name, value)
    // a redirection would take the prompt, and keys in other headers, to another server
    return next(url, { ...init, headers, redirect: 'manual' })
  }
}

function isJson({ headers }: Response): boolean {
  return /^application\/(?:[\w.-]+\+)?json\b/i.test(headers.get('content-type') ?? '')
}

interface Circumstances {
  readonly clock: AttemptClock
  readonly timeout: number
  readonly server: Server
}

/** The SDK's errors are not handed on, not as a cause either: their messages may hold a key. */
function toFailure(error: unknown, { clock, timeout, server }: Circumstances): AssayError {
  const { provider } = server
  if (clock.timedOut) {
    const message = `${provider}: no complete response within ${timeout} ms (\`timeout\`).`
    return new AssayError(message, { kind: 'timeout', provider })
  }
  if (clock.signal.aborted) {
    const message = `${provider}: the call was cancelled.`
    return new AssayError(message, { kind: 'cancelled', provider, cause: clock.signal.reason })
  }
  const known = assayErrorIn(error) ?? networkError(error, server)
  if (known) return known
  if (error instanceof SyntaxError) {
    return new AssayError(`${provider}: the response is not JSON.`, { kind: 'parse', provider })
  }
  const body = errorEventIn(error)
  return body === undefined ? toAssayError(error, 'internal', provider) : apiError(body, server)
}

/** What a middleware threw: the SDK wraps it. */
function assayErrorIn(error: unknown): AssayError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (AssayError.is(cause)) return cause
  }
  return undefined
}

/** The error that a server sent in the middle of a stream. */
function errorEventIn(error: unknown): unknown {
  return error instanceof Error && 'error' in error ? error.error : undefined
}
