import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { replying } from './replying.ts'
import { createModel } from '../../src/model/create-model.ts'
import { AssayError, type ErrorKind } from '../../src/model/error.ts'
import type { Generated, ModelImplementation } from '../../src/model/implementation.ts'
import type { Model, ModelChunk } from '../../src/model/model.ts'
import type { ModelResponse } from '../../src/model/response.ts'

describe('of nothing', () => {
  test('counts are 0, and everything else is null', () => {
    expect(replying().metrics).toEqual({
      calls: 0,
      inFlight: 0,
      succeeded: 0,
      failures: 0,
      failuresByKind: {},
      cancelled: 0,
      cached: 0,
      inputTokens: null,
      outputTokens: null,
      costUsd: null,
      costUnknown: 0,
      latencyMs: null,
      firstTokenMs: null,
      tokensPerSecond: null,
    })
  })

  test('failures alone say nothing of tokens, costs and times', async () => {
    const { metrics } = await after(new AssayError('Slow down.', { kind: 'rate_limit' }))
    const { inputTokens, outputTokens, costUsd, costUnknown, latencyMs } = metrics
    expect([inputTokens, outputTokens, costUsd, latencyMs]).toEqual([null, null, null, null])
    expect(costUnknown).toBe(0)
  })

  test('a response without usage leaves the tokens null, and one of no tokens makes them 0', async () => {
    const silent = await after({ text: '' })
    expect(silent.metrics).toMatchObject({ inputTokens: null, outputTokens: null })
    const empty = await after({ text: '', usage: { inputTokens: 0, outputTokens: 0 } })
    expect(empty.metrics).toMatchObject({ inputTokens: 0, outputTokens: 0, tokensPerSecond: null })
  })

  test('what a provider says that is no number is not counted', async () => {
    const usage = { inputTokens: NaN, outputTokens: 5 }
    const { metrics } = await after({ text: '', usage, costUsd: NaN, latencyMs: NaN })
    expect(metrics).toMatchObject({ inputTokens: null, outputTokens: 5, costUsd: null })
    expect(metrics).toMatchObject({ costUnknown: 1, latencyMs: null, tokensPerSecond: null })
  })
})

test('O-10: one call of 1000 ms has the median 1000', async () => {
  const { metrics } = await after({ text: '', latencyMs: 1000 })
  expect(metrics.latencyMs).toEqual({ n: 1, mean: 1000, p50: 1000, p95: 1000, p99: 1000 })
})

test('quantiles are those of the latencies, in whatever order they came', async () => {
  const latencies = [400, 100, 300, 200]
  const { metrics } = await after(...latencies.map((latencyMs) => ({ text: '', latencyMs })))
  expect(metrics.latencyMs).toMatchObject({ n: 4, mean: 250, p50: 250 })
  expect(metrics.latencyMs!.p95).toBeCloseTo(385, 9)
  expect(metrics.latencyMs!.p99).toBeCloseTo(397, 9)
})

test('quantiles are those of the last 1000 calls, and counts and sums those of all', async () => {
  const usage = { inputTokens: 1, outputTokens: 2 }
  const latencies = Array.from({ length: 1300 }, (_, place) => (place < 301 ? 9000 : 10))
  const { metrics } = await after(...latencies.map((latencyMs) => ({ text: '', usage, latencyMs })))
  expect(metrics).toMatchObject({ calls: 1300, inputTokens: 1300, outputTokens: 2600 })
  expect(metrics.latencyMs).toMatchObject({ n: 1000, p99: 10, mean: 18.99 })
})

test('failures are counted by their kind', async () => {
  const kinds: ErrorKind[] = ['rate_limit', 'timeout', 'rate_limit']
  const errors = kinds.map((kind) => new AssayError('No.', { kind }))
  const { metrics } = await after(...errors, new TypeError('a fault'))
  const failuresByKind = { rate_limit: 2, timeout: 1, internal: 1 }
  expect(metrics).toMatchObject({ calls: 4, succeeded: 0, failures: 4, failuresByKind })
})

test('what the caller cancelled is no failure of the model', async () => {
  const model = replying({ text: '' })
  await model.generate('Hi', { signal: AbortSignal.abort() }).catch(() => {})
  const expected = { calls: 1, failures: 0, failuresByKind: {}, cancelled: 1, inFlight: 0 }
  expect(model.metrics).toMatchObject(expected)
})

test('a call that a time limit of the caller ended is a failure, by the kind of its error', async () => {
  const model = replying({ text: '' })
  const late = new AssayError('Out of time.', { kind: 'timeout' })
  await model.generate('Hi', { signal: AbortSignal.abort(late) }).catch(() => {})
  expect(model.metrics).toMatchObject({ failures: 1, failuresByKind: { timeout: 1 }, cancelled: 0 })
})

test('O-33: a response from a cache is a call, and no measurement', async () => {
  const usage = { inputTokens: 10, outputTokens: 20 }
  const sent = { text: '', usage, costUsd: 0.25, latencyMs: 500 }
  const { metrics } = await after(sent, { ...sent, cached: true, latencyMs: 1 })
  expect(metrics).toMatchObject({ calls: 2, succeeded: 2, cached: 1, inputTokens: 10 })
  expect(metrics).toMatchObject({ outputTokens: 20, costUsd: 0.25, costUnknown: 0 })
  expect(metrics.latencyMs).toMatchObject({ n: 1, p50: 500 })
  expect(metrics.tokensPerSecond).toMatchObject({ n: 1, p50: 40 })
  const hit = await after({ ...sent, cached: true })
  expect(hit.metrics).toMatchObject({ inputTokens: null, costUsd: null, latencyMs: null })
})

test('known costs are added up, and those that are unknown counted beside', async () => {
  const { metrics } = await after(
    { text: '', costUsd: 0.5 },
    { text: '' },
    { text: '', costUsd: 1 },
  )
  expect(metrics).toMatchObject({ costUsd: 1.5, costUnknown: 1 })
  const unknown = await after({ text: '' })
  expect(unknown.metrics).toMatchObject({ costUsd: null, costUnknown: 1 })
})

test('a model that costs nothing has cost 0 once it answered, and not before', async () => {
  const generate = async () => ({ text: '' })
  const model = createModel({ provider: 'test', name: 'free', price: 'free', generate })
  expect(model.metrics.costUsd).toBeNull()
  await model.generate('Hi')
  expect(model.metrics).toMatchObject({ costUsd: 0, costUnknown: 0 })
})

test('a model that fails while the response is made complete has one end', async () => {
  const model = createModel({
    provider: 'test',
    name: 'priceless',
    generate: async () => ({ text: '', usage: { inputTokens: 1, outputTokens: 1 } }),
    price: () => {
      throw new TypeError('no such price')
    },
  })
  await model.generate('Hi').catch(() => {})
  expect(model.metrics).toMatchObject({ calls: 1, succeeded: 0, failures: 1, inFlight: 0 })
  expect(model.metrics.inputTokens).toBeNull()
})

describe('tokens per second', () => {
  const usage = { inputTokens: 100, outputTokens: 41 }

  test('O-26: they are the output over the time of the call', async () => {
    const { metrics } = await after({ text: '', usage, latencyMs: 500 })
    expect(metrics.tokensPerSecond).toMatchObject({ n: 1, p50: 82 })
    expect(metrics.firstTokenMs).toBeNull()
  })

  test('O-26: of a stream they are what came after the first token, over the time after it', async () => {
    const { metrics } = await afterStream({ usage, firstTokenMs: 300, latencyMs: 800 })
    expect(metrics.tokensPerSecond).toMatchObject({ n: 1, p50: 80 })
    expect(metrics.firstTokenMs).toMatchObject({ n: 1, p50: 300 })
  })

  test('reasoning that came before the first text of a stream makes it no faster', async () => {
    const reasoned = { inputTokens: 100, outputTokens: 1041, reasoningTokens: 1000 }
    const model = await afterStream({ usage: reasoned, firstTokenMs: 300, latencyMs: 800 })
    expect(model.metrics.tokensPerSecond).toMatchObject({ n: 1, p50: 80 })
  })

  test.each<[string, Partial<ModelResponse>]>([
    ['without usage', { firstTokenMs: 300, latencyMs: 800 }],
    ['of one token', { usage: { ...usage, outputTokens: 1 }, firstTokenMs: 300, latencyMs: 800 }],
    ['that came at once', { usage, firstTokenMs: 800, latencyMs: 800 }],
  ])('a stream %s has none', async (_title, said) => {
    const { metrics } = await afterStream(said)
    expect(metrics.tokensPerSecond).toBeNull()
    expect(metrics.latencyMs).toMatchObject({ n: 1, p50: 800 })
  })

  test('a response of no time has none', async () => {
    const { metrics } = await after({ text: '', usage, latencyMs: 0 })
    expect(metrics.tokensPerSecond).toBeNull()
  })
})

describe('in flight', () => {
  test('is a call until it has its response', async () => {
    const reply = Promise.withResolvers<Generated>()
    const generate = () => reply.promise
    const model = createModel({ provider: 'test', name: 'slow', generate })
    const calls = [model.generate('a'), model.generate('b')]
    expect(model.metrics).toMatchObject({ calls: 2, inFlight: 2, succeeded: 0 })
    reply.resolve({ text: '' })
    await Promise.all(calls)
    expect(model.metrics).toMatchObject({ calls: 2, inFlight: 0, succeeded: 2 })
  })

  test('no stream is that nobody reads', async () => {
    const model = streaming(twoChunks)
    model.stream('Hi')
    await turn()
    expect(model.metrics).toMatchObject({ calls: 0, inFlight: 0 })
  })

  test('a stream that is left early is not, and is cancelled', async () => {
    const model = streaming(twoChunks)
    const chunks = model.stream('Hi')[Symbol.asyncIterator]()
    await chunks.next()
    expect(model.metrics).toMatchObject({ calls: 1, inFlight: 1 })
    await chunks.return!()
    const expected = { calls: 1, inFlight: 0, succeeded: 0, failures: 0, cancelled: 1 }
    expect(model.metrics).toMatchObject(expected)
  })

  test('a stream of which the response alone is awaited is not, and one read after that counts once', async () => {
    const model = streaming(twoChunks)
    const stream = model.stream('Hi')
    await stream.response
    expect(model.metrics).toMatchObject({ calls: 1, inFlight: 0, succeeded: 1 })
    const chunks = stream[Symbol.asyncIterator]()
    await chunks.next()
    await chunks.return!()
    expect(model.metrics).toMatchObject({ calls: 1, inFlight: 0, succeeded: 1, cancelled: 0 })
  })

  test('a stream whose provider fails as it is left is not, and its response is an error', async () => {
    const model = streaming(async function* () {
      try {
        yield { text: 'a' }
        return {}
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- what a provider may do
        throw new TypeError('not closed')
      }
    })
    const stream = model.stream('Hi')
    const chunks = stream[Symbol.asyncIterator]()
    await chunks.next()
    await chunks.return!().catch(() => {})
    await expect(stream.response).rejects.toMatchObject({ kind: 'cancelled' })
    expect(model.metrics).toMatchObject({ calls: 1, inFlight: 0, cancelled: 1 })
  })
})

test('embeddings are calls with their tokens, and no speed', async () => {
  const usage = { inputTokens: 8, outputTokens: 0 }
  const model = createModel({
    provider: 'test',
    name: 'embedder',
    generate: async () => ({ text: '' }),
    embed: async (texts) => ({ embeddings: texts.map(() => [1]), usage }),
  })
  await model.embed!(['a', 'b'])
  expect(model.metrics).toMatchObject({ calls: 1, succeeded: 1, inputTokens: 8, outputTokens: 0 })
  expect(model.metrics.latencyMs).toMatchObject({ n: 1 })
  expect(model.metrics.tokensPerSecond).toBeNull()
})

test('metrics are plain data, and what was read does not change', async () => {
  const model = replying(new Error('x'), new Error('y'), { text: '', latencyMs: 5 })
  await model.generate('1').catch(() => {})
  const { metrics } = model
  const copy = structuredClone(metrics)
  await model.generate('2').catch(() => {})
  await model.generate('3')
  expect(metrics).toEqual(copy)
  expect(JSON.parse(JSON.stringify(model.metrics))).toEqual(model.metrics)
})

/** A model that was asked once for each of its replies. */
async function after(...replies: (Generated | Error)[]): Promise<Model> {
  const model = replying(...replies)
  for (const place of replies.keys()) await model.generate(`Hi ${place}`).catch(() => {})
  return model
}

function streaming(stream: NonNullable<ModelImplementation['stream']>): Model {
  const generate = () => Promise.reject(new Error('expected a stream'))
  return createModel({ provider: 'test', name: 'streamer', generate, stream })
}

/** A model one stream of which was read. */
async function afterStream(said: Partial<ModelResponse>): Promise<Model> {
  const model = streaming(async function* () {
    yield { text: 'a' }
    return said
  })
  await model.stream('Hi').response
  return model
}

async function* twoChunks(): AsyncGenerator<ModelChunk, Partial<ModelResponse>, void> {
  yield { text: 'a' }
  yield { text: 'b' }
  return {}
}
