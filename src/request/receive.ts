import { withEnd } from './exchange.ts'
import { type Tail, withTail } from './tokens.ts'

type Reader = ReadableStreamDefaultReader<Uint8Array>

const TAIL = 2000

export function bodyText(bytes: ArrayBuffer): string {
  return new TextDecoder().decode(bytes)
}

/** The same response with a body that was read. */
export function withBody(response: Response, bytes: ArrayBuffer): Response {
  return withTail(copyOf(response, bytes), { text: bodyText(bytes.slice(-TAIL)) })
}

/**
 * Reads until the first event of a stream is whole; no chunks for a stream without a byte. A comment, which
 * gateways send while they wait themselves, is none.
 */
export async function readFirstEvent(
  reader: Reader,
  isLines: boolean,
): Promise<{ readonly chunks: Uint8Array[]; readonly text: string }> {
  const chunks: Uint8Array[] = []
  const decoder = new TextDecoder()
  let text = ''
  const event = isLines ? /\S[^\n]*\n/ : /^[^:\r\n][^]*?\r?\n\r?\n/m
  while (!event.test(text)) {
    const { value } = await reader.read()
    if (!value) break
    chunks.push(value)
    text += decoder.decode(value, { stream: true })
  }
  return { chunks, text }
}

export interface RelaySource {
  /** The next chunk; `undefined` at the end. */
  read(): Promise<Uint8Array | undefined>
  /** Called when nobody wants the rest. */
  cancel(): void
  toFailure(error: unknown): unknown
}

/** Hands a stream on, and reads it to its end however slowly it is taken: so its permit is soon free. */
export function relay(
  response: Response,
  first: readonly Uint8Array[],
  { read, cancel, toFailure }: RelaySource,
): Response {
  const end = Promise.withResolvers<void>()
  const tail: Tail = { text: '' }
  const decoder = new TextDecoder()

  async function pump(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const pending = [...first]
    for (let chunk = pending.shift(); chunk; chunk = pending.shift() ?? (await read())) {
      tail.text = (tail.text + decoder.decode(chunk, { stream: true })).slice(-TAIL)
      controller.enqueue(chunk)
    }
    end.resolve()
    controller.close()
  }

  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      pump(controller).catch((error: unknown) => {
        const failure = toFailure(error)
        end.reject(failure)
        controller.error(failure)
      })
    },
    cancel,
  })
  return withEnd(withTail(copyOf(response, body), tail), end.promise)
}

/** The body was decoded on the way, so the headers that describe its form are wrong by now. */
function copyOf(
  { status, statusText, headers }: Response,
  body: ArrayBuffer | ReadableStream,
): Response {
  const kept = new Headers(headers)
  kept.delete('content-encoding')
  kept.delete('content-length')
  const isEmpty = status === 204 || status === 205
  return new Response(isEmpty ? null : body, { status, statusText, headers: kept })
}
