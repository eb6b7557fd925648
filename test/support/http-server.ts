import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'

export interface RecordedRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The body read as JSON. */
  readonly json: Record<string, unknown>
  /** Resolves when the response has been sent, or its connection has closed before that. */
  readonly closed: Promise<void>
}

/** What to answer; a body that is no text is sent as JSON. */
export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Returns the reply, or writes to `response` itself and returns nothing. */
export type Handler = (
  request: RecordedRequest,
  response: ServerResponse,
) => Reply | void | Promise<Reply | void>

export interface HttpServer extends AsyncDisposable {
  /** `http://127.0.0.1:port`, with a certificate `https://…` */
  readonly url: string
  /** In the order in which they came. */
  readonly requests: readonly RecordedRequest[]
}

/** Starts a real server on the loopback address; disposing of it breaks the connections that are left. */
export async function serve(handler: Handler, certificate?: ServerOptions): Promise<HttpServer> {
  const requests: RecordedRequest[] = []
  const listener = (incoming: IncomingMessage, response: ServerResponse) => {
    void answer(incoming, response)
  }
  const server = certificate ? createTlsServer(certificate, listener) : createServer(listener)

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await record(incoming, response)
    requests.push(request)
    const reply = await handler(request, response)
    if (reply) send(response, reply)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function record(
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<RecordedRequest> {
  const closed = new Promise<void>((resolve) => response.once('close', () => resolve()))
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  return {
    method: incoming.method ?? '',
    url: incoming.url ?? '',
    headers: incoming.headers,
    text,
    get json() {
      return JSON.parse(text) as Record<string, unknown>
    },
    closed,
  }
}

function send(response: ServerResponse, { status = 200, headers = {}, body = '' }: Reply): void {
  const isText = typeof body === 'string'
  response.writeHead(status, {
    'content-type': isText ? 'text/plain' : 'application/json',
    ...headers,
  })
  response.end(isText ? body : JSON.stringify(body))
}
