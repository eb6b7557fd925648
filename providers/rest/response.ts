import { AssayError, type ErrorKind } from '../../src/model/error.ts'
import type { Generated } from '../../src/model/implementation.ts'
import type { ModelChunk } from '../../src/model/model.ts'
import type { ModelResponse } from '../../src/model/response.ts'
import { apiError, type ApiServer, errorInBody } from '../../src/request/api-error.ts'
import { readStream } from '../shared/http/stream.ts'
import { isJson } from '../shared/remote/json.ts'
import { complete, factsIn, type Facts, mergeFacts } from './facts.ts'
import type { ResponsePaths } from './options.ts'
import { find } from './path.ts'

/** Reads a whole response. @throws AssayError where its text is not where it should be */
export async function readResponse(response: Response, paths: ResponsePaths): Promise<Generated> {
  const body = await response.text()
  if (paths.response === undefined) return { text: plainText(response, body), raw: body }
  const json = parseJson(body)
  const rest = complete(factsIn(json, paths), paths)
  return { text: textIn(json, paths.response, rest.blocked !== null), ...rest, raw: json }
}

/** Where a stream is read, and what its errors must not show. */
export interface StreamSource {
  readonly response: Response
  /** Of each event. */
  readonly paths: ResponsePaths & { readonly response: string }
  /** Of a server that does not stream after all. */
  readonly whole: ResponsePaths
  readonly server: ApiServer
}

/** Reads a stream of events, or of lines of JSON: yields its text and returns the rest. */
export async function* readStreamed({
  response,
  paths,
  whole,
  server,
}: StreamSource): AsyncGenerator<ModelChunk, Partial<ModelResponse>, void> {
  if (isJson(response)) {
    const { text, ...rest } = await readResponse(response, whole)
    if (text) yield { text }
    return rest
  }
  const raw: unknown[] = []
  let facts: Facts = {}
  const events = readStream(response)
  try {
    let event = await events.next()
    for (; !event.done; event = await events.next()) {
      const json = parseJson(event.value)
      if (errorInBody(json)) throw apiError({ body: json }, server)
      raw.push(json)
      facts = mergeFacts(facts, factsIn(json, paths))
      const text = pieceIn(json, paths.response)
      if (text) yield { text }
    }
    if (!facts.finish && !facts.blocked && !event.value) throw endedEarly(paths)
  } finally {
    await events.return(false)
  }
  return { ...complete(facts, paths), raw }
}

/** Reads the names in a list of models; an empty list is an empty list. */
export async function readNames(response: Response, path: string): Promise<readonly string[]> {
  const { values, missing } = find(path, parseJson(await response.text()))
  if (missing === 0 && values.every((value) => typeof value === 'string')) return values
  throw failure('parse', `the response is no list of models: it lacks names at \`${path}\`.`)
}

function plainText({ headers }: Response, body: string): string {
  if (/^text\/plain\b/i.test(headers.get('content-type') ?? '')) return body
  throw failure('parse', 'the response is no plain text: say where its text is with `response`.')
}

/** @throws AssayError that names the path: what was found may be the model's */
function textIn(json: unknown, path: string, isBlocked: boolean): string {
  const { values } = find(path, json)
  if (values.length > 0 && values.every((value) => typeof value === 'string')) {
    return values.join('')
  }
  if (isBlocked) return ''
  const what = values.length > 0 ? 'no text' : 'nothing'
  throw failure('parse', `the response has ${what} at \`${path}\`, the path of its text.`)
}

/** Many events have no text: they begin or end the response, or describe it. */
function pieceIn(json: unknown, path: string): string {
  const values = find(path, json).values.filter((value) => value !== null)
  if (values.every((value) => typeof value === 'string')) return values.join('')
  throw failure('parse', `an event of the stream has no text at \`${path}\`, the path of its text.`)
}

function endedEarly({ finishReason }: ResponsePaths): AssayError {
  const hint =
    finishReason === undefined
      ? ' If it was, say where its last event says so with `stream.finishReason`.'
      : ''
  return failure('network', `the stream ended before the response was complete.${hint}`)
}

/** @throws AssayError without the text, which is the model's */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw failure('parse', 'the response is not JSON.')
  }
}

function failure(kind: ErrorKind, problem: string): AssayError {
  return new AssayError(`rest: ${problem}`, { kind, provider: 'rest' })
}
