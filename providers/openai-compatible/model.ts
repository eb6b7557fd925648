import { createModel } from '../../src/model/create-model.ts'
import type { ModelImplementation } from '../../src/model/implementation.ts'
import type { Model } from '../../src/model/model.ts'
import type { Price } from '../../src/provider/pricing.ts'
import type { Client } from '../shared/remote/client.ts'
import { type CostOf, ownCost } from './cost.ts'
import { parseEmbeddings } from './lists.ts'
import { type Sampling, toRequest } from './request.ts'
import { parseChunks, parseCompletion, parseRefusal } from './response.ts'

export interface OpenAICompatibleModel {
  /** Sends to the server, from its base URL on. */
  readonly client: Client
  /** As in the spec. */
  readonly name: string
  /** As the server names it. */
  readonly id: string
  readonly settings: Sampling
  /** `'free'` for a server of one's own, which costs nothing, with or without a usage. */
  readonly price: Price | 'free'
  /** The cost by the server's own word, which goes before `price`. @default it says nothing of it */
  readonly costOf?: CostOf | undefined
  /** Gets vectors where the server has another way to them. @default its `/embeddings` */
  readonly embed?: ModelImplementation['embed'] | undefined
}

/** A model of a server that speaks the protocol of OpenAI's chat completions. */
export function openaiCompatibleModel({
  client,
  name,
  id,
  settings,
  price,
  costOf,
  embed = embedBy(client, id),
}: OpenAICompatibleModel): Model {
  const { server } = client
  return createModel({
    provider: server.provider,
    name,
    price,
    async generate(messages, call) {
      const body = toRequest(id, messages, settings, call)
      try {
        const completion = await client.post('/chat/completions', body, { signal: call.signal })
        const response = { servedBy: id, ...parseCompletion(completion, server) }
        return { ...response, ...ownCost([completion], costOf) }
      } catch (error) {
        return parseRefusal(error)
      }
    },
    async *stream(messages, call) {
      const body = {
        ...(settings.streamUsage !== false && { stream_options: { include_usage: true } }),
        ...toRequest(id, messages, settings, call),
        stream: true,
      }
      try {
        const chunks = client.stream('/chat/completions', body, { signal: call.signal })
        const { raw, ...ending } = yield* parseChunks(chunks, server)
        return { servedBy: id, ...ending, raw, ...ownCost(raw, costOf) }
      } catch (error) {
        return parseRefusal(error)
      }
    },
    embed,
  })
}

function embedBy(client: Client, id: string): NonNullable<ModelImplementation['embed']> {
  return async (texts, { signal } = {}) => {
    if (texts.length === 0) return []
    const body = { model: id, input: texts }
    const embeddings = await client.post('/embeddings', body, { signal })
    return parseEmbeddings(embeddings, texts.length, client.server)
  }
}
