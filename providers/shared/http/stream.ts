import { AssayError } from '../../../src/model/error.ts'
import { apiError, type ApiServer, errorInBody } from '../../../src/request/api-error.ts'
import { endedEarly } from '../wire/ended-early.ts'
import { type Piece, readPieces } from './pieces.ts'

/**
 * The JSON of each event of a stream: of server-sent events, or of lines, up to `[DONE]`. Returns whether there
 * was a `[DONE]`, for a format in which nothing else says that it was all.
 *
 * @throws AssayError for an error among the events, for what is no JSON, and where the stream ends within an event
 */
export async function* readStream(
  response: Response,
  server: ApiServer,
): AsyncGenerator<unknown, boolean, void> {
  for await (const piece of readPieces(response)) {
    if (piece.data.trim() === '[DONE]') return true
    yield parsePiece(piece, server)
  }
  return false
}

function parsePiece({ data, isError, isOpen }: Piece, server: ApiServer): unknown {
  const json = parseJson(data)
  if (isError || errorInBody(json)) throw apiError({ body: json ?? data }, server)
  if (json !== undefined) return json
  // and not the text: it is the model's
  if (isOpen) throw endedEarly(server)
  const { provider } = server
  throw new AssayError(`${provider}: the response is not JSON.`, { kind: 'parse', provider })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
