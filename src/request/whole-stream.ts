import type { Middleware } from './pipe.ts'

/** How long the end of a body may be waited for, once its last event is there. */
const PATIENCE = 1000

/**
 * Hands on the last event of an OpenAI stream, `data: [DONE]`, with the end of the body. Its readers leave at
 * that event: a body that still had its last bytes to come would count as broken off, be it for the permit or
 * for the cache.
 */
export const wholeStream: Middleware = (next) => async (url, init) => {
  const response = await next(url, init)
  const { body, status, statusText, headers } = response
  const isEvents = /\bevent-stream\b/.test(headers.get('content-type') ?? '')
  if (!body || !isEvents) return response
  return new Response(holdLast(body), { status, statusText, headers })
}

function holdLast(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let tail = ''
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value } = await reader.read()
      if (!value) return controller.close()
      tail = (tail + decoder.decode(value, { stream: true })).slice(-64)
      if (/^data: ?\[DONE\]/m.test(tail)) await endOf(reader)
      controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

/** Waits for the end, but not for a server that leaves the connection open. */
async function endOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, PATIENCE)
  await Promise.race([reader.closed.catch(() => {}), late.promise])
  clearTimeout(timer)
}
