import { AssayError } from '../../../src/model/error.ts'
import type { Client, PostOptions } from '../remote/client.ts'
import type { Connection } from '../remote/connect.ts'
import { isJson } from '../remote/json.ts'
import { headersOf } from './headers.ts'
import { readStream } from './stream.ts'

/** A client that speaks JSON over the seam, for servers whose vendor has no SDK that would add anything. */
export function createHttpClient({ server, baseURL, headers = {}, request }: Connection): Client {
  const { provider } = server

  async function send(path: string, init: RequestInit): Promise<Response> {
    // a redirection would take the prompt, and keys in other headers, to another server
    return request(below(baseURL, path), { ...init, redirect: 'manual' })
  }

  function post(path: string, body: object, options: PostOptions): Promise<Response> {
    const { signal, headers: own = {} } = options
    return send(path, {
      method: 'POST',
      headers: headersOf({ 'content-type': 'application/json' }, own, headers),
      body: JSON.stringify(body),
      ...(signal && { signal }),
    })
  }

  async function parse(response: Response): Promise<unknown> {
    return parseJson(await response.text(), provider)
  }

  return {
    server,
    get: async (path) =>
      parse(await send(path, { headers: headersOf({ accept: 'application/json' }, headers) })),
    post: async (path, body, options = {}) => parse(await post(path, body, options)),
    async *stream(path, body, options = {}) {
      const response = await post(path, body, options)
      if (isJson(response)) {
        yield await parse(response)
        return
      }
      yield* readStream(response, server)
      options.signal?.throwIfAborted()
    },
  }
}

/** A path of the API, which may have a query, below a base URL, which may have one too. */
function below(baseURL: URL, path: string): string {
  const [pathname = '', query = ''] = path.split('?')
  const url = new URL(baseURL)
  url.pathname = url.pathname.replace(/\/$/, '') + pathname
  for (const [name, value] of new URLSearchParams(query)) url.searchParams.append(name, value)
  return url.href
}

function parseJson(text: string, provider: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const message = `${provider}: the response is not JSON.` // and not the text: it is the model's
    throw new AssayError(message, { kind: 'parse', provider })
  }
}
