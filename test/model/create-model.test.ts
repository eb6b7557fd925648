import { expect, test } from 'vitest'
import { replying } from './replying.ts'
import { createModel } from '../../src/model/create-model.ts'
import { AssayError } from '../../src/model/error.ts'
import type { Message } from '../../src/model/message.ts'
import type { GenerateOptions } from '../../src/model/model.ts'

test('what a provider does not say has a default or is measured', async () => {
  const model = replying({ text: '4' })
  expect(await model.generate('2+2')).toEqual({
    text: '4',
    finishReason: 'stop',
    blocked: null,
    toolCalls: [],
    usage: null,
    costUsd: null,
    latencyMs: expect.any(Number) as number,
    firstTokenMs: null,
    waitedMs: 0,
    model: 'echo',
    provider: 'test',
    servedBy: 'echo',
    cached: false,
    attempts: 1,
    raw: undefined,
  })
})

test('what a provider says holds', async () => {
  const said = {
    text: '',
    finishReason: 'content_filter',
    blocked: { reason: 'violence', source: 'finish_reason' },
    usage: { inputTokens: 1, outputTokens: 0 },
    costUsd: 0.5,
    latencyMs: 12,
    firstTokenMs: 3,
    waitedMs: 4,
    toolCalls: [{ id: 'c1', name: 'add', arguments: '{}' }],
    model: 'echo',
    provider: 'test',
    servedBy: 'echo-2026',
    cached: true,
    attempts: 3,
    raw: { id: 7 },
  } as const
  expect(await replying(said).generate('Hi')).toEqual(said)
})

test('a prompt is a message of the user, a conversation is handed on', async () => {
  const seen: (readonly Message[])[] = []
  const options: GenerateOptions[] = []
  const model = createModel({
    provider: 'test',
    name: 'echo',
    async generate(messages, call) {
      seen.push(messages)
      options.push(call)
      return { text: '' }
    },
  })
  const conversation: Message[] = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hi' },
  ]
  await model.generate('Hi')
  await model.generate(conversation, { maxTokens: 5 })
  expect(seen).toEqual([[{ role: 'user', content: 'Hi' }], conversation])
  expect(options).toEqual([{}, { maxTokens: 5 }])
})

test('a message of a role that there is not is an error, in each way to ask, and nobody is asked', async () => {
  const model = replying()
  const conversation = [
    { role: 'user', content: 'Hi' },
    { role: 'human', content: 'Hi?' },
  ] as unknown as Message[]
  const error = {
    name: 'AssayError',
    kind: 'invalid_request',
    provider: 'test',
    message:
      "test: the conversation holds a message of the role 'human'; there are system, user, assistant and tool.",
  }
  await expect(model.generate(conversation)).rejects.toMatchObject(error)
  await expect(model.stream(conversation).response).rejects.toMatchObject(error)
  expect(await model.batch([conversation])).toMatchObject([{ status: 'rejected', reason: error }])
  expect(model.metrics).toMatchObject({ calls: 3, failures: 3 })
})

test('its spec is provider and name, and a context window is said only where it is known', () => {
  expect(replying({ text: '' }).info).toEqual({ provider: 'test', name: 'echo', spec: 'test/echo' })
  const large = createModel({
    provider: 'acme',
    name: 'org/large',
    contextWindow: 8192,
    generate: async () => ({ text: '' }),
  })
  expect(large.info).toEqual({
    provider: 'acme',
    name: 'org/large',
    spec: 'acme/org/large',
    contextWindow: 8192,
  })
})

test('whatever a provider throws becomes an AssayError with it as the cause', async () => {
  const cause = new TypeError('fetch failed')
  await expect(replying(cause).generate('Hi')).rejects.toMatchObject({
    name: 'AssayError',
    kind: 'internal',
    provider: 'test',
    message: 'fetch failed',
    cause,
  })
})

test("a provider's own AssayError stays as it is", async () => {
  const own = new AssayError('Slow down.', { kind: 'rate_limit', provider: 'test' })
  await expect(replying(own).generate('Hi')).rejects.toBe(own)
})

test('a provider that throws before it waits rejects too', async () => {
  const model = createModel({
    provider: 'test',
    name: 'eager',
    generate() {
      throw new Error('at once')
    },
  })
  await expect(model.generate('Hi')).rejects.toMatchObject({ kind: 'internal', message: 'at once' })
})

test('a call of an aborted signal asks the provider nothing and gives the reason', async () => {
  let calls = 0
  const model = createModel({
    provider: 'test',
    name: 'counting',
    generate: async () => ({ text: String(++calls) }),
  })
  const reason = new AssayError('Out of time.', { kind: 'timeout' })
  await expect(model.generate('Hi', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  expect(calls).toBe(0)
})

test('embeddings of an aborted signal ask the provider nothing', async () => {
  let calls = 0
  const model = createModel({
    provider: 'test',
    name: 'counting',
    generate: async () => ({ text: '' }),
    embed: async () => [[++calls]],
  })
  const signal = AbortSignal.abort()
  await expect(model.embed!(['a'], { signal })).rejects.toMatchObject({ kind: 'cancelled' })
  expect(calls).toBe(0)
})

test('a call that its caller aborts is an error of the kind cancelled', async () => {
  const model = replying({ text: '' })
  await expect(model.generate('Hi', { signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: 'AssayError',
    kind: 'cancelled',
  })
})

test('calls, failures and tokens are counted, and a count that was read stays', async () => {
  const usage = { inputTokens: 10, outputTokens: 2 }
  const model = replying({ text: '', usage }, new Error('x'), { text: '' }, { text: '', usage })
  const before = model.metrics
  await model.generate('1')
  await model.generate('2').catch(() => {})
  await model.generate('3')
  await model.generate('4')
  expect(model.metrics).toMatchObject({ calls: 4, failures: 1, inputTokens: 20, outputTokens: 4 })
  expect(before).toMatchObject({ calls: 0, failures: 0, inputTokens: null, outputTokens: null })
})

test('health asks for one token, and says why where there is none', async () => {
  const options: GenerateOptions[] = []
  const healthy = createModel({
    provider: 'test',
    name: 'fit',
    async generate(_messages, call) {
      options.push(call)
      return { text: 'H' }
    },
  })
  expect(await healthy.health()).toEqual({ healthy: true, latencyMs: expect.any(Number) as number })
  expect(options).toEqual([{ maxTokens: 1 }])
  const refused = new AssayError('connection refused', { kind: 'network' })
  expect(await replying(refused).health()).toEqual({
    healthy: false,
    latencyMs: expect.any(Number) as number,
    reason: 'connection refused',
  })
})

test('health is what the provider looks at, where it does, and no call', async () => {
  const healthOf = (health: () => Promise<void>) => {
    const generate = async () => ({ text: '' })
    const model = createModel({ provider: 'test', name: 'own', generate, health })
    return model.health().then((state) => [state, model.metrics.calls])
  }
  const latencyMs = expect.any(Number) as number
  expect(await healthOf(async () => {})).toEqual([{ healthy: true, latencyMs }, 0])
  const down = new AssayError('The server is away.', { kind: 'network' })
  expect(await healthOf(() => Promise.reject(down))).toEqual([
    { healthy: false, latencyMs, reason: 'The server is away.' },
    0,
  ])
  const cause = new TypeError('no such field')
  await expect(healthOf(() => Promise.reject(cause))).rejects.toMatchObject({
    name: 'AssayError',
    kind: 'internal',
    provider: 'test',
    cause,
  })
})

test('embeddings are there where the provider has them, and fail as calls do', async () => {
  expect('embed' in replying({ text: '' })).toBe(false)
  const model = createModel({
    provider: 'test',
    name: 'embedder',
    generate: async () => ({ text: '' }),
    async embed(texts) {
      if (texts.length === 0) throw new Error('nothing to embed')
      return texts.map((text) => [text.length])
    },
  })
  expect(await model.embed!(['a', 'bc'])).toEqual([[1], [2]])
  await expect(model.embed!([])).rejects.toMatchObject({
    name: 'AssayError',
    kind: 'internal',
    provider: 'test',
    message: 'nothing to embed',
  })
})
