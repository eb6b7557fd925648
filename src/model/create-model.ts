import { batch, streamBatch } from './batch.ts'
import { type Call, callScope, currentCall } from './call.ts'
import { withResponse } from './embedding.ts'
import { AssayError, toAssayError } from './error.ts'
import type { Message } from './message.ts'
import { createMeter } from './metrics.ts'
import type { GenerateOptions, Model, ModelHealth, ModelInfo, ModelInput } from './model.ts'
import type { ModelResponse } from './response.ts'
import type { Generated, ModelImplementation } from './implementation.ts'
import { createStream } from './stream.ts'

/** Makes a whole model of a provider's `generate`. */
export function createModel(implementation: ModelImplementation): Model {
  const { provider, name, contextWindow, price } = implementation
  const info: ModelInfo = {
    provider,
    name,
    spec: `${provider}/${name}`,
    ...(contextWindow !== undefined && { contextWindow }),
    ...(price === 'free' && { isFree: true }),
  }
  const meter = createMeter()

  function start({ signal, trial }: Pick<GenerateOptions, 'signal' | 'trial'>, streaming: boolean) {
    const metered = meter.begin()
    const started = performance.now()
    const scope = callScope.getStore()
    const call: Call = {
      trial: trial ?? scope?.trial ?? 0,
      streaming,
      clock: scope?.clock,
      attempts: 0,
      cached: false,
      waitedMs: 0,
      endedAt: undefined,
      completed: [],
    }
    return {
      run: <T>(task: () => T): T => currentCall.run(call, task),
      waitedMs: () => call.waitedMs,
      complete(generated: Generated): ModelResponse {
        const { usage = null, firstTokenMs = null } = generated
        // a slow reader of a stream is no slow model; of several requests at once each may have waited
        const ended = (call.endedAt ?? performance.now()) - started - call.waitedMs
        const { latencyMs = Math.max(0, ended) } = generated
        const response: ModelResponse = {
          finishReason: 'stop',
          blocked: null,
          toolCalls: [],
          usage,
          waitedMs: call.waitedMs,
          model: name,
          provider,
          servedBy: name,
          cached: call.cached,
          attempts: call.cached ? 0 : Math.max(1, call.attempts),
          raw: undefined,
          ...generated,
          latencyMs,
          firstTokenMs: firstTokenMs === null ? null : Math.min(firstTokenMs, latencyMs),
          costUsd: call.cached ? 0 : costOf(generated, implementation),
        }
        for (const done of call.completed) done(response)
        metered.succeed(response)
        return response
      },
      fail(error: unknown) {
        const failure = toAssayError(error, signal?.aborted ? 'cancelled' : 'internal', provider)
        metered.fail(failure.kind)
        return failure
      },
    }
  }

  const model: Model = {
    info,
    get metrics() {
      return meter.snapshot()
    },
    async generate(input, options = {}) {
      const call = start(options, false)
      try {
        options.signal?.throwIfAborted()
        const messages = toMessages(input, provider)
        return call.complete(await call.run(() => implementation.generate(messages, options)))
      } catch (error) {
        throw call.fail(error)
      }
    },
    stream: (input, options = {}) =>
      createStream({ implementation, messages: () => toMessages(input, provider), options, start }),
    batch: (inputs, options) => batch(model, inputs, options),
    streamBatch: (inputs, options) => streamBatch(model, inputs, options),
    health: () => health(model, implementation),
  }
  if (implementation.embed) {
    model.embed = async (texts, options = {}) => {
      const call = start(options, false)
      try {
        options.signal?.throwIfAborted()
        const embedded = await call.run(() => implementation.embed!(texts, options))
        if (Array.isArray(embedded)) {
          return withResponse(embedded, call.complete({ text: '' }))
        }
        const { embeddings, usage = null } = embedded
        return withResponse(embeddings, call.complete({ text: '', usage }))
      } catch (error) {
        throw call.fail(error)
      }
    }
  }
  return model
}

function costOf(
  { costUsd, usage = null }: Generated,
  { price }: ModelImplementation,
): number | null {
  if (costUsd !== undefined) return costUsd
  if (price === 'free') return 0
  return usage && price ? price(usage) : null
}

const roles: ReadonlySet<string> = new Set<Message['role']>(['system', 'user', 'assistant', 'tool'])

/** A conversation may come from a file, with roles of any name. */
function toMessages(input: ModelInput, provider: string): readonly Message[] {
  if (typeof input === 'string') return [{ role: 'user', content: input }]
  const other = input.find(({ role }) => !roles.has(role))
  if (!other) return input
  throw new AssayError(
    `${provider}: the conversation holds a message of the role '${other.role}'; there are system, user, assistant and tool.`,
    { kind: 'invalid_request', provider },
  )
}

async function health(model: Model, own: ModelImplementation): Promise<ModelHealth> {
  const started = performance.now()
  try {
    await (own.health ? own.health() : model.generate('Hi', { maxTokens: 1 }))
    return { healthy: true, latencyMs: performance.now() - started }
  } catch (thrown) {
    const error = toAssayError(thrown, 'internal', own.provider)
    // a fault of the program says nothing of the server
    if (error.kind === 'internal') throw error
    return { healthy: false, latencyMs: performance.now() - started, reason: error.message }
  }
}
