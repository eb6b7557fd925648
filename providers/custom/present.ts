import { batch, streamBatch } from '../../src/model/batch.ts'
import type { Model } from '../../src/model/model.ts'
import type { ModelResponse } from '../../src/model/response.ts'
import type { Price } from '../../src/provider/pricing.ts'
import type { Names } from '../adapters/names.ts'

export interface Presentation {
  /** What specs call it. */
  readonly names: Names
  /** What responses say. @default what the model says itself */
  readonly provider?: string | undefined
  /** Where a response itself does not say what it cost. */
  readonly price: Price
}

/** The same model under the name by which it was asked for, whatever it calls itself. */
export function present(model: Model, { names, provider, price }: Presentation): Model {
  const spec = `${names.provider}/${names.name}`
  const told = (response: ModelResponse): ModelResponse => ({
    ...response,
    model: names.name,
    ...(provider !== undefined && { provider }),
    costUsd: response.costUsd ?? (response.usage && price(response.usage)),
  })
  const presented: Model = {
    info: { ...model.info, ...names, spec },
    get metrics() {
      return model.metrics
    },
    generate: async (input, options) => told(await model.generate(input, options)),
    stream(input, options) {
      const stream = model.stream(input, options)
      return {
        [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator](),
        get response() {
          const response = stream.response.then(told)
          response.catch(() => {}) // who only reads the chunks has the error from them
          return response
        },
      }
    },
    batch: (inputs, options) => batch(presented, inputs, options),
    streamBatch: (inputs, options) => streamBatch(presented, inputs, options),
    health: () => model.health(),
    ...(model.embed && { embed: (texts, options) => model.embed!(texts, options) }),
  }
  return presented
}
