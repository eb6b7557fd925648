import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { currentCall } from '../../src/model/call.ts'
import { createModel } from '../../src/model/create-model.ts'
import { AssayError } from '../../src/model/error.ts'
import type { ModelImplementation } from '../../src/model/implementation.ts'
import type { ModelStream } from '../../src/model/model.ts'

test('chunks come as they do, and the response is the whole of them', async () => {
  const model = streaming(async function* () {
    yield { text: 'Hel' }
    yield { text: '' }
    yield { text: 'lo' }
    return { finishReason: 'length', usage: { inputTokens: 3, outputTokens: 2 }, servedBy: 'm-2' }
  })
  const stream = model.stream('Hi')
  expect(await texts(stream)).toEqual(['Hel', '', 'lo'])
  expect(await stream.response).toMatchObject({
    text: 'Hello',
    finishReason: 'length',
    usage: { inputTokens: 3, outputTokens: 2 },
    servedBy: 'm-2',
    model: 'streamer',
    provider: 'test',
  })
  expect(model.metrics).toMatchObject({ calls: 1, failures: 0, inputTokens: 3, outputTokens: 2 })
})

test('the time to the first text is part of the time to the last', async () => {
  const stream = streaming(async function* () {
    await turn()
    yield { text: 'a' }
    await turn()
    return {}
  }).stream('Hi')
  await texts(stream)
  const { firstTokenMs, latencyMs } = await stream.response
  expect(firstTokenMs).toBeGreaterThan(0)
  expect(latencyMs).toBeGreaterThan(firstTokenMs!)
})

test('the requests of a call know whether its response is streamed', async () => {
  const seen: (boolean | undefined)[] = []
  const see = () => seen.push(currentCall.getStore()?.streaming)
  const whole = createModel({
    provider: 'test',
    name: 'whole',
    async generate() {
      see()
      return { text: 'all' }
    },
  })
  const streamer = streaming(async function* () {
    see()
    yield { text: 'all' }
    return {}
  })
  await whole.generate('Hi')
  await whole.stream('Hi').response
  await streamer.stream('Hi').response
  expect(seen).toEqual([false, false, true])
})

test('the text of the response is what was streamed', async () => {
  const stream = streaming(async function* () {
    yield { text: 'streamed' }
    return { text: 'said at the end' }
  }).stream('Hi')
  await texts(stream)
  expect((await stream.response).text).toBe('streamed')
})

test('a stream without chunks is an empty response without a first text', async () => {
  const stream = streaming(async function* () {
    yield* []
    return { finishReason: 'content_filter', blocked: { reason: 'x', source: 'finish_reason' } }
  }).stream('Hi')
  expect(await texts(stream)).toEqual([])
  expect(await stream.response).toMatchObject({
    text: '',
    firstTokenMs: null,
    finishReason: 'content_filter',
    blocked: { reason: 'x', source: 'finish_reason' },
  })
})

test('a model without streaming gives its response in one chunk', async () => {
  const model = createModel({
    provider: 'test',
    name: 'whole',
    generate: async ([message], { temperature }) => ({
      text: `${message!.content} at ${temperature}`,
      finishReason: 'length',
    }),
  })
  const stream = model.stream('Hi', { temperature: 0.5 })
  expect(await texts(stream)).toEqual(['Hi at 0.5'])
  expect(await stream.response).toMatchObject({
    text: 'Hi at 0.5',
    finishReason: 'length',
    firstTokenMs: null,
  })
})

test('messages and settings reach the provider', async () => {
  const seen: unknown[] = []
  const model = streaming(async function* (messages, options) {
    seen.push(messages, options)
    yield { text: '' }
    return {}
  })
  const conversation = [{ role: 'system', content: 'Be brief.' }] as const
  await texts(model.stream(conversation, { seed: 7 }))
  await texts(model.stream('Hi'))
  expect(seen).toEqual([conversation, { seed: 7 }, [{ role: 'user', content: 'Hi' }], {}])
})

test('an error in the middle comes after the chunks before it, and is that of the response', async () => {
  const model = streaming(async function* () {
    yield { text: 'begun' }
    throw new TypeError('terminated')
  })
  const stream = model.stream('Hi')
  const chunks = stream[Symbol.asyncIterator]()
  expect(await chunks.next()).toEqual({ done: false, value: { text: 'begun' } })
  const error = await chunks.next().catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    name: 'AssayError',
    kind: 'internal',
    provider: 'test',
    message: 'terminated',
  })
  await expect(stream.response).rejects.toBe(error)
  expect(model.metrics).toMatchObject({ calls: 1, failures: 1 })
})

test("a provider's own error passes through, and who reads the chunks alone sees it there", async () => {
  const own = new AssayError('Slow down.', { kind: 'rate_limit' })
  const stream = streaming(async function* () {
    if (own) throw own
    yield { text: '' }
    return {}
  }).stream('Hi')
  await expect(texts(stream)).rejects.toBe(own)
  await turn()
})

test('what is wrong before a provider’s stream begins ends the call too', async () => {
  const own = new AssayError('No pictures.', { kind: 'invalid_request' })
  const model = streaming(() => {
    throw own
  })
  await expect(model.stream('Hi').response).rejects.toBe(own)
  await expect(texts(model.stream('Hi'))).rejects.toBe(own)
  expect(model.metrics).toMatchObject({ calls: 2, failures: 2 })
})

test('a stream that is left early ends the call of the provider', async () => {
  const log: string[] = []
  const model = streaming(async function* () {
    try {
      for (let n = 0; ; n++) {
        log.push(`chunk ${n}`)
        yield { text: String(n) }
      }
    } finally {
      await turn()
      log.push('closed')
    }
  })
  for await (const { text } of model.stream('Hi')) if (text === '1') break
  expect(log).toEqual(['chunk 0', 'chunk 1', 'closed'])
  await turn()
})

test('the response of a stream that was left early is an AssayError', async () => {
  const stream = streaming(async function* () {
    yield { text: 'a' }
    yield { text: 'b' }
    return {}
  }).stream('Hi')
  const chunks = stream[Symbol.asyncIterator]()
  await chunks.next()
  await chunks.return?.()
  await expect(stream.response).rejects.toMatchObject({
    name: 'AssayError',
    kind: 'cancelled',
    message: 'The stream was left before its end.',
  })
})

test('a stream that is read a second time asks the provider no second time', async () => {
  let calls = 0
  const model = streaming(async function* () {
    calls++
    yield { text: 'a' }
    return {}
  })
  const stream = model.stream('Hi')
  await texts(stream)
  await texts(stream).catch(() => {})
  expect(calls).toBe(1)
})

test('a stream of an aborted signal asks the provider nothing', async () => {
  let calls = 0
  const model = createModel({
    provider: 'test',
    name: 'whole',
    generate: async () => ({ text: String(++calls) }),
  })
  await texts(model.stream('Hi', { signal: AbortSignal.abort() })).catch(() => {})
  expect(calls).toBe(0)
})

test('the response can be had without the chunks, before them and after them', async () => {
  const make = () =>
    streaming(async function* () {
      yield { text: 'a' }
      yield { text: 'b' }
      return {}
    }).stream('Hi')
  expect((await make().response).text).toBe('ab')
  const before = make()
  const { response } = before
  expect(await texts(before)).toEqual(['a', 'b'])
  expect((await response).text).toBe('ab')
  const after = make()
  await after.response
  expect(await texts(after)).toEqual(['a', 'b'])
})

test('nothing is asked before the first chunk is', async () => {
  const model = streaming(async function* () {
    yield { text: 'a' }
    return {}
  })
  model.stream('Hi')
  await turn()
  expect(model.metrics.calls).toBe(0)
})

function streaming(stream: NonNullable<ModelImplementation['stream']>) {
  return createModel({
    provider: 'test',
    name: 'streamer',
    generate: () => Promise.reject(new Error('expected a stream')),
    stream,
  })
}

async function texts(stream: ModelStream): Promise<string[]> {
  const chunks = await Array.fromAsync(stream)
  return chunks.map(({ text }) => text)
}
