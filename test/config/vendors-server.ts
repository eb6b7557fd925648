import { setTimeout as think } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import {
  type Handler,
  type HttpServer,
  type RecordedRequest,
  serve,
} from '../support/http-server.ts'

const THINKING_MS = 20

/** A server in the place of several vendors, each below a path of its own. */
export interface VendorsServer {
  readonly requests: HttpServer['requests']
  /** The base URL of a vendor. */
  url(vendor: string): string
  /** What a vendor was asked, in the order of arrival. */
  asked(vendor: string): readonly RecordedRequest[]
  /** The most requests that a vendor had in flight at once. */
  most(vendor: string): number
}

/** Starts one until the test ends. It answers with `reply`, or with what `before` gives. */
export async function vendorsServer(reply?: string, before?: Handler): Promise<VendorsServer> {
  const server = await startVendorsServer(reply, before)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

/** Starts one that several tests share. */
export async function startVendorsServer(
  reply: string = 'yes',
  before: Handler = () => {},
): Promise<VendorsServer & AsyncDisposable> {
  const inFlight = new Map<string, number>()
  const most = new Map<string, number>()
  const server = await serve(async (request, response) => {
    const vendor = vendorOf(request)
    const now = (inFlight.get(vendor) ?? 0) + 1
    inFlight.set(vendor, now)
    most.set(vendor, Math.max(most.get(vendor) ?? 0, now))
    try {
      const early = await before(request, response)
      if (early) return early
      await think(THINKING_MS)
      return { body: bodyOf(request, reply) }
    } finally {
      inFlight.set(vendor, inFlight.get(vendor)! - 1)
    }
  })
  return {
    requests: server.requests,
    url: (vendor) => `${server.url}/${vendor}`,
    asked: (vendor) => server.requests.filter((request) => vendorOf(request) === vendor),
    most: (vendor) => most.get(vendor) ?? 0,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

function vendorOf({ url }: RecordedRequest): string {
  return url.split('/')[1]!
}

/** The answer in the format that the path is of. */
function bodyOf({ url, json }: RecordedRequest, text: string): object {
  if (url.endsWith(':generateContent')) {
    const content = { role: 'model', parts: [{ text }] }
    return { candidates: [{ content, finishReason: 'STOP', index: 0 }] }
  }
  if (url.endsWith('/messages')) {
    const content = [{ type: 'text', text }]
    const usage = { input_tokens: 1, output_tokens: 1 }
    const { model } = json
    const type = 'message'
    return { id: 'msg_1', type, role: 'assistant', model, content, stop_reason: 'end_turn', usage }
  }
  if (url.endsWith('/api/chat')) {
    const message = { role: 'assistant', content: text }
    return { model: json['model'], message, done: true, done_reason: 'stop' }
  }
  const message = { role: 'assistant', content: text }
  return { model: json['model'], choices: [{ index: 0, message, finish_reason: 'stop' }] }
}
