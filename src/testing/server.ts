import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { messageOf } from '../model/error.ts'
import type { HttpRequest, ProviderContract } from './contract.ts'
import { type Reply, toReply } from './reply.ts'

/** A request that waits for its answer, or has it. */
export interface ServerRequest extends HttpRequest {
  /** When it came, on the clock of `performance.now()`. */
  readonly at: number
  /** Number of the question that it carries. */
  readonly question: number | undefined
  /** Whether it was sent by the context's `request`. */
  readonly isThroughSeam: boolean
  /** Whether it has no answer yet and somebody still waits for it. */
  readonly isOpen: boolean
  /** Whether the connection was closed before the answer was complete. */
  readonly wasLeft: boolean
  answer(reply: Reply): void
  /** Begins an answer that is written in pieces. */
  begin(reply: Reply): void
  write(piece: string | Uint8Array): Promise<void>
  end(): void
  /** Breaks the connection. */
  break(): void
}

/** Returns the reply, or nothing: then the check answers later. */
export type Handler = (request: ServerRequest, count: number) => Reply | void

export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:port` */
  readonly url: string
  /** Requests for a response, in the order in which they came. */
  readonly requests: readonly ServerRequest[]
  readonly open: readonly ServerRequest[]
  /** The most that were open at once. */
  readonly mostOpen: number
  /** Waits until no more requests come by themselves. */
  quiet(): Promise<void>
  /** @throws Error that names `what` did not come */
  until(condition: () => boolean, what: string): Promise<void>
}

export interface ServerOptions {
  readonly handler: Handler
  /** Answers what is no request for a response. */
  readonly other: ProviderContract['other']
  /** How long `until` waits, in milliseconds. */
  readonly timeout: number
}

/** Marks what the seam has sent. */
export const SEAM_HEADER = 'vitest-assay-seam'
const PING = '/vitest-assay-ping'
const QUIET_MS = 25
const QUIET_PINGS = 5

/** Starts a server on the loopback address that answers when it is told to. */
export async function serve({ handler, other, timeout }: ServerOptions): Promise<TestServer> {
  const requests: ServerRequest[] = []
  let mostOpen = 0
  const server = createServer((incoming, response) => {
    if (incoming.url === PING) response.end()
    else receive(incoming, response).catch((error: unknown) => fail(response, error))
  })

  async function receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = toRequest(incoming, await textOf(incoming), response)
    const others = other?.(request)
    if (others) return request.answer(toReply(others))
    const count = requests.push(request)
    mostOpen = Math.max(mostOpen, openOf(requests).length)
    const reply = handler(request, count)
    if (reply) request.answer(reply)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    requests,
    get open() {
      return openOf(requests)
    },
    get mostOpen() {
      return mostOpen
    },
    quiet: () => quiet(url, requests),
    async until(condition, what) {
      const end = performance.now() + timeout
      while (!condition()) {
        if (performance.now() > end) throw new Error(`${what}: not within ${timeout} ms.`)
        await ping(url)
      }
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function quiet(url: string, requests: readonly ServerRequest[]): Promise<void> {
  let known = -1
  let since = 0
  for (let pings = 0; ; pings++) {
    if (known !== requests.length) {
      known = requests.length
      pings = 0
      since = performance.now()
    }
    if (pings >= QUIET_PINGS && performance.now() - since >= QUIET_MS) return
    await ping(url)
  }
}

/** The author's own function may throw. */
function fail(response: ServerResponse, error: unknown): void {
  if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' })
  response.end(messageOf(error))
}

function openOf(requests: readonly ServerRequest[]): ServerRequest[] {
  return requests.filter(({ isOpen }) => isOpen)
}

/** A way there and back, in which what is under way in this process gets on too. */
function ping(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url + PING, { agent: false }, (response) => response.resume().on('end', resolve)).on(
      'error',
      reject,
    )
  })
}

function toRequest(
  { method = '', url = '', headers }: IncomingMessage,
  text: string,
  response: ServerResponse,
): ServerRequest {
  const question = /question-(\d+)/.exec(url + text)?.[1]
  return {
    method,
    url,
    headers,
    text,
    at: performance.now(),
    question: question === undefined ? undefined : Number(question),
    isThroughSeam: SEAM_HEADER in headers,
    get isOpen() {
      return !response.writableEnded && !response.destroyed
    },
    get wasLeft() {
      return response.destroyed && !response.writableFinished
    },
    answer(reply) {
      this.begin(reply)
      response.end(reply.body)
    },
    begin({ status, headers: own }) {
      response.writeHead(status, own)
    },
    write: (piece) => new Promise((resolve) => response.write(piece, () => resolve())),
    end: () => void response.end(),
    break: () => response.socket?.resetAndDestroy(),
  }
}
