import { createModel } from '../../src/model/create-model.ts'
import { createHttpClient } from '../shared/http/client.ts'
import type { LocalServerOptions } from '../shared/local/options.ts'
import type { LocalProtocol } from '../shared/local/protocol.ts'
import { parseEmbeddings, parseModels } from './lists.ts'
import { type Sampling, toEmbedRequest, toRequest } from './request.ts'
import { parseChunks, parseResponse } from './response.ts'

/** Ollama's own API, as https://docs.ollama.com/api describes it. */
export const ollamaProtocol: LocalProtocol<LocalServerOptions & Sampling> = {
  path: '/api',
  models: '/tags',
  createClient: createHttpClient,
  parseModels,
  createModel: ({ client, name, id, settings }) =>
    createModel({
      provider: client.server.provider,
      name,
      price: 'free',
      async generate(messages, call) {
        const body = { ...toRequest(id, messages, settings, call), stream: false }
        const response = await client.post('/chat', body, { signal: call.signal })
        return { servedBy: id, ...parseResponse(response, client.server) }
      },
      async *stream(messages, call) {
        const body = { ...toRequest(id, messages, settings, call), stream: true }
        const chunks = client.stream('/chat', body, { signal: call.signal })
        return { servedBy: id, ...(yield* parseChunks(chunks, client.server)) }
      },
      async embed(texts, { signal } = {}) {
        if (texts.length === 0) return []
        const response = await client.post('/embed', toEmbedRequest(id, texts, settings), {
          signal,
        })
        return parseEmbeddings(response, texts.length, client.server)
      },
    }),
}
