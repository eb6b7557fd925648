import { createDesk } from '../../src/broker/desk.ts'
import type { Model } from '../../src/model/model.ts'
import type { ModelResponse } from '../../src/model/response.ts'
import { bindProvider } from '../../src/provider/define-provider.ts'
import type { ProviderSurroundings } from '../../src/provider/definition.ts'
import type { ModelProvider } from '../../src/provider/provider.ts'
import { createSeam, type Seam } from '../../src/request/seam.ts'
import { type Handler, type HttpServer, type Reply, serve } from './http-server.ts'

/** The provider on a desk of its own, without a wait before what is sent again. */
export function bound(
  provider: ModelProvider,
  surroundings: Partial<ProviderSurroundings>,
): ModelProvider {
  const seam = createSeam({ desk: createDesk(), random: () => 0 })
  return bindProvider(provider, { seam, ...surroundings })
}

export interface ServedModelOptions extends Omit<Partial<ProviderSurroundings>, 'env'> {
  /** Name of the model, as in a spec. */
  readonly model: string
  readonly handler: Handler
  /** What leads the provider to the server. */
  readonly env?: (url: string) => Readonly<Record<string, string>>
  readonly options?: (url: string) => object
}

export interface ServedModel extends AsyncDisposable {
  readonly server: HttpServer
  readonly provider: ModelProvider
  readonly model: Model
}

/** A server in the place of a vendor's, and a model of it. */
export async function serveModel(
  provider: ModelProvider,
  { model, handler, env, options, ...surroundings }: ServedModelOptions,
): Promise<ServedModel> {
  const server = await serve(handler)
  const own = bound(provider, { env: env?.(server.url) ?? {}, ...surroundings })
  const handle = await own.setup(model, options?.(server.url))
  return {
    server,
    provider: own,
    model: handle.model,
    async [Symbol.asyncDispose]() {
      await handle.teardown()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** Gives the replies one after the other, and the last one from then on. */
export function answering(...replies: readonly Reply[]): Handler {
  const left = [...replies]
  return () => (left.length > 1 ? left.shift() : left[0])
}

/** A stream of events, as OpenAI ends it. */
export function streaming(...events: readonly unknown[]): Reply {
  const lines = [...events.map((event) => JSON.stringify(event)), '[DONE]']
  const body = lines.map((line) => `data: ${line}\n\n`).join('')
  return { headers: { 'content-type': 'text/event-stream' }, body }
}

/** What a server got, with those of the headers that are named. */
export function sentTo(
  { requests }: HttpServer,
  ...headers: readonly string[]
): readonly { readonly method: string; readonly url: string; readonly body: unknown }[] {
  return requests.map((request) => ({
    method: request.method,
    url: request.url,
    ...Object.fromEntries(headers.map((name) => [name, request.headers[name]])),
    body: request.text && request.json,
  }))
}

/** Reads a stream to its end. */
export async function readStream(
  model: Model,
  prompt: string,
): Promise<{ readonly texts: readonly string[]; readonly response: ModelResponse }> {
  const stream = model.stream(prompt)
  const texts: string[] = []
  for await (const { text } of stream) texts.push(text)
  return { texts, response: await stream.response }
}

/** A seam that sends nothing: it notes the addresses that are asked, and answers with JSON. */
export function notingSeam(answer: (url: string) => unknown): {
  readonly seam: Seam
  readonly asked: readonly string[]
} {
  const asked: string[] = []
  return {
    asked,
    seam: () => async (input, init) => {
      const { url } = new Request(input, init)
      asked.push(url)
      return Response.json(answer(url))
    },
  }
}
