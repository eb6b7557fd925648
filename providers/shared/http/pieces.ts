import { createParser, type ParseError } from 'eventsource-parser'

/** What a stream says at once: the data of an event, or a line. */
export interface Piece {
  readonly data: string
  /** Whether the server calls it an error. */
  readonly isError?: boolean
  /** Whether the stream ended before what ends a piece: it may be cut off. */
  readonly isOpen?: boolean
}

/** The pieces of a stream: of server-sent events, or of lines. */
export function readPieces(response: Response): AsyncGenerator<Piece, void, void> {
  const isEvents = /\bevent-stream\b/.test(response.headers.get('content-type') ?? '')
  return isEvents ? readEvents(response) : readLines(response)
}

async function* readEvents(response: Response): AsyncGenerator<Piece, void, void> {
  const ready: Piece[] = []
  const parser = createParser({
    onEvent: ({ event, data }) => ready.push({ data, isError: event === 'error' }),
    onError: (problem) => ready.push(...errorField(problem)),
  })
  for await (const text of textsOf(response)) {
    parser.feed(text)
    yield* ready.splice(0)
  }
  parser.feed('\n\n') // some servers leave out the empty line after the last event
  for (const piece of ready) yield { ...piece, isOpen: true }
}

/** Some servers send an error as a field of this name, in place of `data`. */
function errorField({ type, field, value }: ParseError): Piece[] {
  const isError = type === 'unknown-field' && field === 'error' && value !== undefined
  return isError ? [{ data: value, isError }] : []
}

async function* readLines(response: Response): AsyncGenerator<Piece, void, void> {
  let rest = ''
  for await (const text of textsOf(response)) {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const data of lines) if (data.trim() !== '') yield { data }
  }
  if (rest.trim() !== '') yield { data: rest, isOpen: true }
}

async function* textsOf({ body }: Response): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder()
  for await (const bytes of body ?? []) yield decoder.decode(bytes, { stream: true })
  yield decoder.decode()
}
