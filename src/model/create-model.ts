import { batch, streamBatch } from './batch.ts'
import { messageOf, toAssayError } from './error.ts'
import type { Message } from './message.ts'
import type { Model, ModelHealth, ModelInfo, ModelInput } from './model.ts'
import type { ModelResponse } from './response.ts'
import type { Generated, ModelImplementation } from './implementation.ts'
import { createStream } from './stream.ts'

/** Makes a whole model of a provider's `generate`. */
export function createModel(implementation: ModelImplementation): Model {
  const { provider, name, contextWindow } = implementation
  const info: ModelInfo = {
    provider,
    name,
    spec: `${provider}/${name}`,
    ...(contextWindow !== undefined && { contextWindow }),
  }
  const metrics = { calls: 0, failures: 0, inputTokens: 0, outputTokens: 0 }

  function start(signal: AbortSignal | undefined) {
    metrics.calls++
    const started = performance.now()
    return {
      complete(generated: Generated): ModelResponse {
        metrics.inputTokens += generated.usage?.inputTokens ?? 0
        metrics.outputTokens += generated.usage?.outputTokens ?? 0
        return {
          finishReason: 'stop',
          blocked: null,
          toolCalls: [],
          usage: null,
          costUsd: null,
          latencyMs: performance.now() - started,
          firstTokenMs: null,
          waitedMs: 0,
          model: name,
          provider,
          servedBy: name,
          cached: false,
          attempts: 1,
          raw: undefined,
          ...generated,
        }
      },
      fail(error: unknown) {
        metrics.failures++
        return toAssayError(error, signal?.aborted ? 'cancelled' : 'internal', provider)
      },
    }
  }

  const model: Model = {
    info,
    get metrics() {
      return { ...metrics }
    },
    async generate(input, options = {}) {
      const call = start(options.signal)
      try {
        options.signal?.throwIfAborted()
        return call.complete(await implementation.generate(toMessages(input), options))
      } catch (error) {
        throw call.fail(error)
      }
    },
    stream: (input, options = {}) =>
      createStream({ implementation, messages: toMessages(input), options, start }),
    batch: (inputs, options) => batch(model, inputs, options),
    streamBatch: (inputs, options) => streamBatch(model, inputs, options),
    health: () => health(model),
  }
  if (implementation.embed) {
    model.embed = async (texts, options) => {
      try {
        return await implementation.embed!(texts, options)
      } catch (error) {
        throw toAssayError(error, 'internal', provider)
      }
    }
  }
  return model
}

function toMessages(input: ModelInput): readonly Message[] {
  return typeof input === 'string' ? [{ role: 'user', content: input }] : input
}

async function health(model: Model): Promise<ModelHealth> {
  const started = performance.now()
  try {
    await model.generate('Hi', { maxTokens: 1 })
    return { healthy: true, latencyMs: performance.now() - started }
  } catch (error) {
    return { healthy: false, latencyMs: performance.now() - started, reason: messageOf(error) }
  }
}
