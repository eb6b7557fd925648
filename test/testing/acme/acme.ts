import {
  AssayError,
  createModel,
  defineProvider,
  type ErrorKind,
  type Fetch,
  type Generated,
  type Model,
  type ModelProvider,
  type ProviderContext,
} from 'vitest-assay'

type Send = (request: Fetch, url: string, init: RequestInit) => Promise<Response>

/** The parts of the provider, each of which a broken one does in its own way. */
export interface Parts {
  /** The `request` of the context, for the server of a model. */
  connect(context: ProviderContext, model: string): Fetch
  send: Send
  /** Reads what the server says of a response, or of its end. */
  parse(body: string): Generated
  /** Reads the data of the events of a stream. */
  events(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void>
  /** What to make of a stream that ends without its last event. */
  cutOff(): Partial<Generated>
  wrap(model: Model): Model
  listModels(response: () => Promise<Response>): Promise<{ id: string }[]>
}

export const good: Parts = {
  connect: ({ request, keys }, model) =>
    request.with({
      model,
      keys,
      authorize: (headers, key) => headers.set('x-acme-key', key.reveal()),
    }),
  send: (request, url, init) => request(url, init),
  parse,
  events,
  cutOff() {
    throw failure('network', 'the stream ended early.')
  },
  wrap: (model) => model,
  async listModels(list) {
    const { models } = (await (await list()).json()) as { models: string[] }
    return models.map((id) => ({ id }))
  },
}

export interface AcmeSettings extends Partial<Parts> {
  readonly shared?: boolean
}

/** A provider as the author of a package writes it: plain fetch, no SDK. */
export function acme({ shared = true, ...own }: AcmeSettings = {}): ModelProvider {
  const parts = { ...good, ...own }
  return defineProvider({
    name: 'acme',
    shared,
    async setup(name, _options, context) {
      const price = await context.pricing(name)
      const post = (messages: object, stream: boolean, signal?: AbortSignal) => {
        const body = JSON.stringify({ model: name, messages, stream })
        return parts.send(parts.connect(context, name), `${context.env['ACME_URL']}/generate`, {
          method: 'POST',
          body,
          ...(signal && { signal }),
        })
      }
      const model = createModel({
        provider: 'acme',
        name,
        price,
        async generate(messages, { signal }) {
          return parts.parse(await (await post(messages, false, signal)).text())
        },
        async *stream(messages, { signal }) {
          const response = await post(messages, true, signal)
          if (!isStream(response)) {
            const whole = parts.parse(await response.text())
            yield { text: whole.text }
            return whole
          }
          for await (const data of parts.events(response.body!)) {
            const event = parts.parse(data)
            if (event.finishReason) return event
            yield { text: event.text }
          }
          return parts.cutOff()
        },
      })
      return parts.wrap(model)
    },
    listModels: (_options, context) =>
      parts.listModels(() => parts.connect(context, '')(`${context.env['ACME_URL']}/models`)),
  })
}

function isStream({ headers }: Response): boolean {
  return headers.get('content-type') === 'text/event-stream'
}

export interface AcmeBody {
  readonly ok?: boolean
  readonly problem?: string
  readonly model?: string
  readonly text?: string
  readonly end?: 'done' | 'limit'
  readonly refused?: string
  readonly tokens?: { readonly in: number; readonly out: number }
}

export function readBody(text: string): AcmeBody {
  try {
    return JSON.parse(text) as AcmeBody
  } catch {
    throw failure('parse', 'the response is not JSON.')
  }
}

function parse(text: string): Generated {
  const body = readBody(text)
  if (body.ok === false) {
    const kind = body.problem === 'busy' ? 'server' : 'invalid_request'
    throw failure(kind, `the server says ${body.problem}.`)
  }
  return toGenerated(body)
}

export function toGenerated({ model, text, end, refused, tokens }: AcmeBody): Generated {
  if (typeof text !== 'string') throw failure('parse', 'the response has no text.')
  return {
    text,
    ...(end && { finishReason: end === 'done' ? 'stop' : 'length' }),
    ...(model && { servedBy: model }),
    usage: tokens ? { inputTokens: tokens.in, outputTokens: tokens.out } : null,
    blocked: refused ? { reason: refused, source: 'refused' } : null,
  }
}

export function failure(kind: ErrorKind, problem: string): AssayError {
  return new AssayError(`acme: ${problem}`, { kind, provider: 'acme' })
}

async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
  let rest = ''
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split(/\r?\n/)
    rest = lines.pop()!
    yield* dataIn(lines)
  }
}

export function dataIn(lines: readonly string[]): string[] {
  return lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice(6))
}
