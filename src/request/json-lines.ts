import { currentCall } from '../model/call.ts'
import type { Middleware } from './pipe.ts'

type Body = ReadableStream<Uint8Array>

/** Names of lines of JSON beside `application/x-ndjson`. */
const named = /^application\/(?:(?:x-)?json(?:l|lines)|stream\+json)\b/i
/** What lines are called by those who have no name for them: gateways of gRPC, and plain servers. */
const vague = /^(?:application\/json|text\/plain)\b/i

/**
 * Names a stream of lines what it is. Many servers call it as they call a whole response, so that only who has
 * asked for a stream can know; its first line tells it from a server that does not stream after all.
 */
export const jsonLines: Middleware = (next) => async (url, init) => {
  const response = await next(url, init)
  const { body, ok, headers } = response
  if (!ok || !body || !currentCall.getStore()?.streaming) return response
  const type = headers.get('content-type') ?? ''
  if (named.test(type)) return asLines(response, body)
  if (!vague.test(type)) return response
  const { line, whole } = await readFirstLine(body)
  // what is empty is no whole response either
  return line === '' || (line !== undefined && isJson(line))
    ? asLines(response, whole)
    : copyOf(response, whole)
}

/** Reads until the first line is whole; none for a body without an end of line, '' for none at all. */
async function readFirstLine(body: Body): Promise<{ line: string | undefined; whole: Body }> {
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  const decoder = new TextDecoder()
  let text = ''
  let line: string | undefined
  while (line === undefined) {
    const { value } = await reader.read()
    if (!value) break
    chunks.push(value)
    text += decoder.decode(value, { stream: true })
    line = /\S[^\n]*(?=\n)/.exec(text)?.[0]
  }
  const whole = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const value = chunks.shift() ?? (await reader.read()).value
      if (value) controller.enqueue(value)
      else controller.close()
    },
    cancel: (reason) => reader.cancel(reason),
  })
  return { line: line ?? (text === '' ? '' : undefined), whole }
}

/** A whole response over several lines has none that is JSON by itself at its beginning. */
function isJson(line: string): boolean {
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}

function asLines(response: Response, body: Body): Response {
  const lines = copyOf(response, body)
  lines.headers.set('content-type', 'application/x-ndjson')
  return lines
}

function copyOf({ status, statusText, headers }: Response, body: Body): Response {
  return new Response(body, { status, statusText, headers })
}
