import { onTestFinished } from 'vitest'
import ollama, { type OllamaOptions } from '../../../providers/ollama.ts'
import type { Model } from '../../../src/model/model.ts'
import chat from '../../responses/ollama/chat.json' with { type: 'json' }
import tags from '../../responses/ollama/tags.json' with { type: 'json' }
import version from '../../responses/ollama/version.json' with { type: 'json' }
import { type HttpServer, type Reply, serve } from '../../support/http-server.ts'
import { boundTo, recordLeases, type Surroundings } from '../shared/local/recorded.ts'

/** An Ollama that has pulled what `tags.json` lists, and gives these replies, the last of them for good. */
export async function running(...replies: readonly Reply[]): Promise<HttpServer> {
  const left = replies.length > 0 ? [...replies] : [chat]
  const server = await serve(({ url }) => {
    if (url === '/api/version') return version
    if (url === '/api/tags') return tags
    return left.length > 1 ? left.shift() : left[0]
  })
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

/** `ollama/qwen3:4b` at a server that runs. */
export async function modelAt(
  { url }: HttpServer,
  options: OllamaOptions = {},
  surroundings: Surroundings = {},
): Promise<Model> {
  const bound = boundTo(ollama, { leases: recordLeases(), ...surroundings })
  const handle = await bound.setup('qwen3:4b', { attach: url, ...options })
  onTestFinished(() => handle.teardown())
  return handle.model
}

/** The requests for responses, as the server got them. */
export function sentTo({ requests }: HttpServer): object[] {
  return requests
    .filter(({ method }) => method === 'POST')
    .map(({ method, url, headers, json }) => ({
      method,
      url,
      'content-type': headers['content-type'],
      body: json,
    }))
}

/** A stream of JSON in lines. */
export function lines(...objects: readonly object[]): Reply {
  const body = objects.map((one) => `${JSON.stringify(one)}\n`).join('')
  return { headers: { 'content-type': 'application/x-ndjson' }, body }
}
