import { createParser } from 'eventsource-parser'

/**
 * The data of each event of a stream: of server-sent events, up to `[DONE]`, or of lines of JSON. Returns whether
 * there was a `[DONE]`, for a format in which nothing else says that it was all.
 */
export function readStream(response: Response): AsyncGenerator<string, boolean, void> {
  const isEvents = /\bevent-stream\b/.test(response.headers.get('content-type') ?? '')
  return isEvents ? readEvents(response) : readLines(response)
}

async function* readEvents(response: Response): AsyncGenerator<string, boolean, void> {
  const ready: string[] = []
  const parser = createParser({ onEvent: ({ data }) => ready.push(data) })
  for await (const text of textsOf(response)) {
    parser.feed(text)
    for (const data of ready.splice(0)) {
      if (isDone(data)) return true
      yield data
    }
  }
  parser.feed('\n\n') // some servers leave out the empty line after the last event
  yield* ready.filter((data) => !isDone(data))
  return ready.some(isDone)
}

function isDone(data: string): boolean {
  return data.trim() === '[DONE]'
}

async function* readLines(response: Response): AsyncGenerator<string, boolean, void> {
  let rest = ''
  for await (const text of textsOf(response)) {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    yield* lines.filter((line) => line.trim() !== '')
  }
  if (rest.trim() !== '') yield rest
  return false
}

async function* textsOf({ body }: Response): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder()
  for await (const bytes of body ?? []) yield decoder.decode(bytes, { stream: true })
  yield decoder.decode()
}
