import { createModel } from '../../src/model/create-model.ts'
import type { ErrorKind } from '../../src/model/error.ts'
import type { Model } from '../../src/model/model.ts'
import type { Price } from '../../src/provider/pricing.ts'
import type { Client } from '../shared/remote/client.ts'
import { type Sampling, toRequest } from './request.ts'
import { parseEvents, parseGeneration } from './response.ts'

/** What the words of Text Generation Inference mean, beside those that are common. */
export const errorKinds: ReadonlyMap<string, ErrorKind> = new Map<string, ErrorKind>([
  ['overloaded', 'rate_limit'],
  ['template_error', 'invalid_request'],
  ['missing_template_variable', 'invalid_request'],
  ['tool_error', 'invalid_request'],
])

export interface TextGenerationModel {
  /** Sends to the server, from its root on. */
  readonly client: Client
  /** As in the spec. */
  readonly name: string
  /** As the server names it. */
  readonly id: string
  readonly settings: Sampling
  readonly price: Price
}

/**
 * A model of a server that speaks the protocol of Hugging Face's Text Generation Inference.
 *
 * @see https://huggingface.github.io/text-generation-inference/
 */
export function textGenerationModel({
  client,
  name,
  id,
  settings,
  price,
}: TextGenerationModel): Model {
  return createModel({
    provider: client.server.provider,
    name,
    price,
    async generate(messages, call) {
      const body = toRequest(messages, settings, call)
      const generation = await client.post('/generate', body, { signal: call.signal })
      return { servedBy: id, ...parseGeneration(generation, client.server) }
    },
    async *stream(messages, call) {
      const body = toRequest(messages, settings, call)
      const events = client.stream('/generate_stream', body, { signal: call.signal })
      return { servedBy: id, ...(yield* parseEvents(events, client.server)) }
    },
  })
}
