import type { ModelChunk } from '../../src/model/model.ts'
import type { ModelResponse } from '../../src/model/response.ts'
import type { ApiServer } from '../../src/request/api-error.ts'
import { readStream } from '../shared/http/stream.ts'
import { isJson } from '../shared/remote/json.ts'
import { endedEarly } from '../shared/wire/ended-early.ts'
import { complete, type Facts, factsIn, mergeFacts } from './facts.ts'
import type { ResponsePaths } from './options.ts'
import { find } from './path.ts'
import { failure, isPlain, parseJson, readJson, type TextPaths } from './response.ts'

/** Where a stream is read, and what its errors must not show. */
export interface StreamSource {
  readonly response: Response
  /** Of each event. */
  readonly paths: TextPaths
  /** Of a server that does not stream after all. */
  readonly whole: TextPaths
  readonly server: ApiServer
}

type Streamed = AsyncGenerator<ModelChunk, Partial<ModelResponse>, void>

/** Reads a stream of events, or of lines of JSON: yields its text and returns the rest. */
export async function* readStreamed(source: StreamSource): Streamed {
  const { response, paths, whole, server } = source
  // the seam has given lines of JSON a name of their own
  if (isJson(response) || isPlain(response)) {
    return yield* oneChunk(parseJson(await response.text()), whole)
  }
  const raw: unknown[] = []
  let facts: Facts = {}
  let isEmpty = true
  const events = readStream(response, server)
  try {
    let event = await events.next()
    for (; !event.done; event = await events.next()) {
      raw.push(event.value)
      facts = mergeFacts(facts, factsIn(event.value, paths))
      const text = pieceIn(event.value, paths.response)
      if (!text) continue
      isEmpty = false
      yield { text }
    }
    if (isEmpty && raw.length === 1 && hasText(raw[0], whole)) return yield* oneChunk(raw[0], whole)
    if (!facts.finish && !facts.blocked && !event.value) {
      throw endedEarly({ provider: 'rest' }, hintOf(paths))
    }
  } finally {
    await events.return(false)
  }
  return { ...complete(facts, paths), raw }
}

/** What a server gives that does not stream. */
function* oneChunk(
  json: unknown,
  paths: TextPaths,
): Generator<ModelChunk, Partial<ModelResponse>, void> {
  const { text, ...rest } = readJson(json, paths)
  if (text) yield { text }
  return rest
}

function hasText(json: unknown, { response }: TextPaths): boolean {
  return find(response, json).values.length > 0
}

/** Many events have no text: they begin or end the response, or describe it. */
function pieceIn(json: unknown, path: string): string {
  const values = find(path, json).values.filter((value) => value !== null)
  if (values.every((value) => typeof value === 'string')) return values.join('')
  throw failure('parse', `an event of the stream has no text at \`${path}\`, the path of its text.`)
}

function hintOf({ finishReason }: ResponsePaths): string {
  if (finishReason !== undefined) return ''
  return ' If it was, say where its last event says so with `stream.finishReason`.'
}
