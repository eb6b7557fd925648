import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { fromModel, type FromModelOptions } from '../../../providers/adapters/from-model.ts'
import type { Message } from '../../../src/model/message.ts'
import type { Model } from '../../../src/model/model.ts'
import { testProvider } from '../../../src/testing.ts'
import { failureOf } from '../../support/failure.ts'
import { serve } from '../../support/http-server.ts'

async function setup(object: object, options: FromModelOptions = {}) {
  const { spec, provider } = fromModel(object, { name: 'm', ...options })
  return provider.setup(spec.slice(spec.indexOf('/') + 1))
}

/** Reads the first chunk of a stream, and leaves it. */
async function readOne(stream: AsyncIterable<unknown>): Promise<void> {
  const chunks = stream[Symbol.asyncIterator]()
  await chunks.next()
  await chunks.return!()
}

async function modelOf(object: object, options?: FromModelOptions): Promise<Model> {
  return (await setup(object, options)).model
}

/** The custom model of the original: a client that is connected by the first call. */
class CustomModel {
  readonly name = 'custom-gpt'
  readonly provider = 'pipeline'
  readonly log: string[] = []
  client: { readonly say: (prompt: string) => string } | undefined

  async initialize() {
    this.log.push('connect')
    await turn()
    this.client = { say: (prompt) => `${prompt}!` }
  }

  async generate_response(prompt: string): Promise<string> {
    if (!this.client) await this.initialize()
    return this.client!.say(prompt)
  }

  async *stream_response(prompt: string): AsyncGenerator<string> {
    if (!this.client) await this.initialize()
    for (const chunk of this.client!.say(prompt).match(/.{1,2}/g)!) yield chunk
  }

  async health_check(): Promise<boolean> {
    return this.client !== undefined
  }

  async cleanup() {
    this.log.push('disconnect')
    this.client = undefined
  }
}

/** The custom model of the other original. */
const invokable = (answer: unknown, more: object = {}) => ({ ...more, ainvoke: async () => answer })

testProvider(fromModel(new CustomModel()).provider, { model: 'custom-gpt' })
testProvider(fromModel(invokable({ content: 'Hello' }), { provider: 'invoked' }).provider, {
  model: 'model',
})

describe('a model of one’s own', () => {
  test('O-07: it is any object with the methods; its name and provider are its spec', async () => {
    const { spec, provider } = fromModel(new CustomModel())
    expect(spec).toBe('pipeline/custom-gpt')
    const { model } = await provider.setup('custom-gpt')
    expect(await model.generate('Hi')).toMatchObject({
      text: 'Hi!',
      model: 'custom-gpt',
      provider: 'pipeline',
    })
  })

  test('O-07: what it must be able to do is said where that is missing', () => {
    const missing =
      'fromModel: `Base` has no method of a model: `generate_response(prompt, parameters)`, ' +
      '`ainvoke(input)` or `invoke(input)`, `test_prompt(prompt)`, `generate(prompt)`, in snake_case or camelCase.'
    class Base {
      readonly capabilities = {}
    }
    expect(() => fromModel(new Base())).toThrow(
      expect.objectContaining({ name: 'AssayError', kind: 'config', message: missing }),
    )
  })

  test('a client with `generate` alone is one too', async () => {
    const texts = [
      { generate: (prompt: string) => `${prompt}!` },
      { generate: async (prompt: string) => ({ text: `${prompt}!` }) },
      { test_prompt: (prompt: string) => ({ success: true, response: `${prompt}!` }) },
    ].map(async (client) => (await (await modelOf(client)).generate('Hi')).text)
    expect(await Promise.all(texts)).toEqual(['Hi!', 'Hi!', 'Hi!'])
    const error = await failureOf((await modelOf({ generate: () => 7 })).generate('Hi'))
    expect(error.message).toBe(
      'custom/m: what `generate` returned: expected an object, got a number.',
    )
  })
})

describe('initialize', () => {
  test('O-08: twenty first calls connect once, and none connects before the first', async () => {
    const own = new CustomModel()
    const model = await modelOf(own)
    expect(own.log).toEqual([])
    const results = await model.batch(Array(20).fill('Hi'), { concurrency: 20 })
    expect(results.every(({ status }) => status === 'fulfilled')).toBe(true)
    expect(own.log).toEqual(['connect'])
  })

  test('O-08: one that failed rejects all who wait, and is tried again by the next call', async () => {
    const cause = new Error('no route')
    let tries = 0
    const model = await modelOf({
      async initialize() {
        await turn()
        if (++tries === 1) throw cause
      },
      generate_response: () => 'Hello',
    })
    const errors = await Promise.all(['a', 'b'].map((input) => failureOf(model.generate(input))))
    for (const error of errors) {
      expect(error).toMatchObject({
        kind: 'setup',
        message: "Failed to set up 'custom/m': no route",
        cause,
      })
    }
    expect(tries).toBe(1)
    expect((await model.generate('c')).text).toBe('Hello')
    expect(tries).toBe(2)
  })

  test('O-08: who waits for it can leave, and the others still get it', async () => {
    const open = Promise.withResolvers<void>()
    const model = await modelOf({
      initialize: () => open.promise,
      generate_response: () => 'Hello',
    })
    const caller = new AbortController()
    const [left, kept] = [model.generate('a', { signal: caller.signal }), model.generate('b')]
    caller.abort()
    expect((await failureOf(left)).kind).toBe('cancelled')
    open.resolve()
    expect((await kept).text).toBe('Hello')
  })
})

describe('parameters', () => {
  const seeing = (seen: unknown[]) => ({
    generate_response: (...args: unknown[]) => {
      seen.push(args)
      return 'Hello'
    },
  })

  test('O-09: those of the model and the settings of a call are given, the call’s own last', async () => {
    const seen: unknown[] = []
    const parameters = { temperature: 0.7, top_k: 4 }
    const model = await modelOf(seeing(seen), { parameters })
    await model.generate('Hi')
    await model.generate('Ho', { temperature: 0, maxTokens: 9 })
    const signal = { signal: expect.any(AbortSignal) as AbortSignal }
    expect(seen).toEqual([
      ['Hi', { temperature: 0.7, top_k: 4 }, signal],
      ['Ho', { temperature: 0, top_k: 4, max_tokens: 9 }, signal],
    ])
    const camel: unknown[] = []
    const { generate_response: generateResponse } = seeing(camel)
    await (await modelOf({ generateResponse })).generate('Hi', { maxTokens: 9 })
    expect(camel).toEqual([['Hi', { maxTokens: 9 }, signal]])
  })

  test.each(['prompt', 'messages', 'model', 'input', 'signal'])(
    'O-09: they cannot say the `%s` of a call',
    (name) => {
      expect(() => fromModel(seeing([]), { parameters: { [name]: 'x' } })).toThrow(
        expect.objectContaining({
          kind: 'config',
          message: `fromModel: \`parameters\`: \`${name}\` is what each call says by itself; leave it out.`,
        }),
      )
    },
  )

  test('O-09: a conversation is not cut to a prompt', async () => {
    const seen: unknown[] = []
    const model = await modelOf(seeing(seen))
    const system: Message = { role: 'system', content: 'Be brief.' }
    const error = await failureOf(model.generate([system, { role: 'user', content: 'Hi' }]))
    expect(error).toMatchObject({ kind: 'invalid_request' })
    expect(seen).toEqual([])
  })

  test.each([
    [undefined, 'nothing'],
    [{ text: 'Hello' }, 'an object'],
  ])('a response of %j is none', async (response, got) => {
    const model = await modelOf({ generate_response: () => response })
    expect(await failureOf(model.generate('Hi'))).toMatchObject({
      kind: 'parse',
      message: `custom/m: what \`generate_response\` returned: expected a text, got ${got}.`,
    })
  })
})

describe('metrics', () => {
  test('O-10: calls and failures are counted, whatever the object counts itself', async () => {
    let calls = 0
    const model = await modelOf({
      generate_response() {
        if (++calls === 2) throw new Error('down')
        return 'Hello'
      },
    })
    expect(model.metrics).toMatchObject({ calls: 0, failures: 0 })
    await model.generate('a')
    await failureOf(model.generate('b'))
    expect(model.metrics).toMatchObject({ calls: 2, failures: 1 })
  })

  test('O-10: a response has its own latency from the first on', async () => {
    const now = performance.now()
    const { latencyMs } = await (await modelOf(new CustomModel())).generate('Hi')
    expect(latencyMs).toBeGreaterThan(0)
    expect(latencyMs).toBeLessThanOrEqual(performance.now() - now)
  })
})

describe('stream_response', () => {
  test('O-11: chunks come as they are made, and the response is the whole of them', async () => {
    const stream = (await modelOf(new CustomModel())).stream('Hello')
    const chunks = await Array.fromAsync(stream)
    expect(chunks.map(({ text }) => text)).toEqual(['He', 'll', 'o!'])
    expect(await stream.response).toMatchObject({
      text: 'Hello!',
      finishReason: 'stop',
      firstTokenMs: expect.any(Number) as number,
    })
  })

  test('O-11: leaving the loop ends the generator, and closes its connection', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200).write('one')
    })
    let ended = 0
    const model = await modelOf({
      generate_response: () => 'none',
      async *stream_response() {
        try {
          const decoder = new TextDecoder()
          const { body } = await fetch(server.url)
          for await (const chunk of body!) yield decoder.decode(chunk as Uint8Array)
        } finally {
          ended++
        }
      },
    })
    const stream = model.stream('Hi')
    for await (const { text } of stream) {
      expect(text).toBe('one')
      break
    }
    expect(ended).toBe(1)
    await server.requests[0]!.closed
    expect((await failureOf(stream.response)).kind).toBe('cancelled')
  })

  test('O-11: leaving aborts the signal of a generator that closes nothing itself', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200).write('one')
    })
    const model = await modelOf({
      generate_response: () => 'none',
      stream_response: (
        _prompt: string,
        _parameters: object,
        { signal }: { signal: AbortSignal },
      ) => ({
        async *[Symbol.asyncIterator]() {
          const reader = (await fetch(server.url, { signal })).body!.getReader()
          const { value } = await reader.read()
          yield new TextDecoder().decode(value)
        },
      }),
    })
    await readOne(model.stream('Hi'))
    await server.requests[0]!.closed
  })

  test('O-11: its signal ends a stream that waits for its next chunk', async () => {
    const caller = new AbortController()
    const model = await modelOf({
      generate_response: () => 'none',
      async *stream_response() {
        yield 'one'
        await new Promise(() => {}) // and never another
      },
    })
    const chunks = model.stream('Hi', { signal: caller.signal })[Symbol.asyncIterator]()
    expect((await chunks.next()).value).toEqual({ text: 'one' })
    const next = failureOf(chunks.next())
    await turn()
    caller.abort()
    expect((await next).kind).toBe('cancelled')
  })

  test('what a stream throws, also as it is left, is an AssayError', async () => {
    const breaking = await modelOf({
      generate_response: () => 'none',
      async *stream_response() {
        yield 'one'
        throw new Error('broken')
      },
    })
    const message = 'custom/m: broken'
    const read = Array.fromAsync(breaking.stream('Hi'))
    expect(await failureOf(read)).toMatchObject({ kind: 'server', message })

    const chunks = {
      next: async () => ({ value: 'one' }),
      return: () => Promise.reject(new TypeError('no such field')),
    }
    const stuck = await modelOf({
      generate_response: () => 'none',
      stream_response: () => ({ [Symbol.asyncIterator]: () => chunks }),
    })
    expect(await failureOf(readOne(stuck.stream('Hi')))).toMatchObject({ kind: 'internal' })
  })

  test.each<[unknown, string]>([
    [undefined, 'expected an async generator of texts, got nothing'],
    ['Hello', 'expected an async generator of texts, got a text'],
    [['Hello', { text: 'you' }], 'expected a text, got an object'],
  ])('a stream of %j is none', async (chunks, said) => {
    const model = await modelOf({ generate_response: () => 'none', stream_response: () => chunks })
    const { kind, message } = await failureOf(model.stream('Hi').response)
    expect([kind, message]).toEqual([
      'parse',
      `custom/m: what \`stream_response\` returned: ${said}.`,
    ])
  })
})

describe('health_check', () => {
  const healthOf = async (health_check: () => unknown) =>
    (await modelOf({ generate_response: () => 'Hello', health_check })).health()
  const latencyMs = expect.any(Number) as number

  test('O-12: true is healthy, once the model has been connected', async () => {
    const own = new CustomModel()
    expect(await (await modelOf(own)).health()).toEqual({ healthy: true, latencyMs })
    expect(own.log).toEqual(['connect'])
  })

  test('O-12: false, and what is thrown, is not healthy, with the reason', async () => {
    expect(await healthOf(() => false)).toEqual({
      healthy: false,
      latencyMs,
      reason: 'custom/m: `health_check` returned false.',
    })
    expect(await healthOf(() => Promise.reject(new Error('no ping')))).toEqual({
      healthy: false,
      latencyMs,
      reason: 'custom/m: no ping',
    })
    expect(await healthOf(() => undefined)).toMatchObject({
      healthy: false,
      reason: 'custom/m: what `health_check` returned: expected true or false, got nothing.',
    })
  })

  test('O-12: a server that is not there is not healthy, though fetch throws a TypeError', async () => {
    const closed = await serve(() => {})
    await closed[Symbol.asyncDispose]()
    expect(await healthOf(() => fetch(closed.url).then(({ ok }) => ok))).toEqual({
      healthy: false,
      latencyMs,
      reason: 'custom/m: the connection to its server failed (ECONNREFUSED).',
    })
  })

  test('O-12: a mistake in it is no state of health', async () => {
    const cause = new TypeError('ping is not a function')
    const error = await failureOf(healthOf(() => Promise.reject(cause)))
    expect(error).toMatchObject({ kind: 'internal', cause })
  })

  test('O-12: without it the model is asked for a response', async () => {
    const model = await modelOf({ generate_response: () => Promise.reject(new Error('down')) })
    expect(await model.health()).toMatchObject({ healthy: false, reason: 'custom/m: down' })
  })
})

describe('cleanup', () => {
  test('O-13: it is done once, by the last handle that is torn down', async () => {
    const own = new CustomModel()
    const { provider } = fromModel(own)
    const [first, second] = [await provider.setup('custom-gpt'), await provider.setup('custom-gpt')]
    await first.model.generate('Hi')
    await first.teardown()
    expect(own.log).toEqual(['connect'])
    await Promise.all([second.teardown(), second.teardown()])
    await provider.teardownAll()
    expect(own.log).toEqual(['connect', 'disconnect'])
  })

  test('O-13: set up again, the model connects again', async () => {
    const own = new CustomModel()
    for (const prompt of ['Hi', 'Ho']) {
      const handle = await setup(own)
      await handle.model.generate(prompt)
      await handle.teardown()
    }
    expect(own.log).toEqual(['connect', 'disconnect', 'connect', 'disconnect'])
  })

  test('O-13: calls in flight are ended before it, and none begins after it', async () => {
    const log: string[] = []
    const handle = await setup({
      generate_response: (
        _prompt: string,
        _parameters: object,
        { signal }: { signal: AbortSignal },
      ) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            log.push('aborted')
            reject(new Error('aborted'))
          })
        }),
      cleanup: () => log.push('cleanup'),
    })
    const { model } = handle
    const running = failureOf(model.generate('Hi'))
    await turn()
    await handle.teardown()
    const message = "The model 'custom/m' was torn down."
    expect(await running).toMatchObject({ kind: 'cancelled', message })
    expect(await failureOf(model.generate('Ho'))).toMatchObject({ kind: 'cancelled', message })
    expect(log).toEqual(['aborted', 'cleanup'])
  })

  test('O-13: what connects meanwhile is cleaned up when it has', async () => {
    const log: string[] = []
    const open = Promise.withResolvers<void>()
    const handle = await setup({
      async initialize() {
        await open.promise
        log.push('connected')
      },
      generate_response: () => 'Hello',
      cleanup: () => log.push('cleanup'),
    })
    const running = failureOf(handle.model.generate('Hi'))
    const gone = handle.teardown()
    expect((await running).kind).toBe('cancelled')
    open.resolve()
    await gone
    expect(log).toEqual(['connected', 'cleanup'])
  })

  test('O-13: a clean-up that fails is reported', async () => {
    const cleanup = () => Promise.reject(new Error('still busy'))
    const handle = await setup({ generate_response: () => 'Hello', cleanup })
    expect(await failureOf(handle.teardown())).toMatchObject({
      kind: 'setup',
      message: "Failed to tear down 'custom/m': custom/m: still busy",
    })
  })
})

describe('invoke and ainvoke', () => {
  test('H-02: both give the same response, and ainvoke is asked where there are both', async () => {
    const answer = {
      content: 'Hello',
      response_metadata: { model_name: 'gpt-4.1', finish_reason: 'stop' },
    }
    const invoke = () => answer
    const ainvoke = async () => answer
    const refused = () => {
      throw new Error('asyncio.run() cannot be called from a running event loop')
    }
    const [one, other, both] = await Promise.all(
      [{ invoke }, { ainvoke }, { invoke: refused, ainvoke }].map(async (object) => {
        const { latencyMs: _, ...response } = await (await modelOf(object)).generate('Hi')
        return response
      }),
    )
    expect(one).toMatchObject({ text: 'Hello', servedBy: 'gpt-4.1' })
    expect(other).toEqual(one)
    expect(both).toEqual(one)
  })

  test.each<[string, unknown, object]>([
    ['is thrown', Object.assign(new Error('slow down'), { status: 429 }), { kind: 'rate_limit' }],
    [
      'is an answer',
      { content: '', error: 'slow down', error_type: 'rate_limit_error' },
      { kind: 'rate_limit', message: 'custom/m: slow down' },
    ],
    [
      'is within',
      { error: { message: 'bad key', type: 'authentication_error' } },
      { kind: 'auth' },
    ],
    ['is not told', { content: 'Hello', error: true }, { kind: 'server' }],
  ])('H-03: a failure that %s is of one kind in all ways to ask', async (_, failure, expected) => {
    const model = await modelOf({
      ainvoke: () => (failure instanceof Error ? Promise.reject(failure) : failure),
    })
    const ways = [
      model.generate('Hi'),
      model.stream('Hi').response,
      model.batch(['Hi']).then(([one]) => (one as PromiseRejectedResult).reason as unknown),
    ]
    const [ofGenerate, ofStream, ofBatch] = [
      await failureOf(ways[0]!),
      await failureOf(ways[1]!),
      await ways[2],
    ]
    for (const error of [ofGenerate, ofStream, ofBatch]) expect(error).toMatchObject(expected)
  })

  test.for([
    [{ content: null, finish_reason: 'content_filter' }, 'finish_reason'],
    [
      { content: null, response_metadata: { finish_reason: 'content_filter' } },
      'response_metadata.finish_reason',
    ],
    [{ response_metadata: { finish_reason: 'blacklist' } }, 'response_metadata.finish_reason'],
  ] as const)('%j is blocked, and has no text', async ([answer, source]) => {
    const response = await (await modelOf(invokable(answer))).generate('Hi')
    expect(response).toMatchObject({
      text: '',
      finishReason: 'content_filter',
      blocked: { source },
      raw: answer,
    })
  })

  test('what the model’s author calls blocked needs no text, and all else does', async () => {
    const answer = { content: null, finish_reason: 'stop' }
    const saying = async (said: boolean) =>
      (await modelOf(invokable(answer, { is_answer_blocked: () => said }))).generate('Hi')
    expect(await saying(true)).toMatchObject({
      text: '',
      blocked: { reason: 'blocked', source: 'is_answer_blocked' },
    })
    const message = 'custom/m: what `ainvoke` returned: `content`: expected a text, got nothing.'
    expect(await failureOf(saying(false))).toMatchObject({ kind: 'parse', message })
  })

  test('a text in parts is one text, without what is none', async () => {
    const content = [
      { type: 'thinking', thinking: 'A greeting.' },
      { type: 'text', text: 'Hel' },
      'lo, ',
      { type: 'text', text: 'you' },
    ]
    expect((await (await modelOf(invokable({ content }))).generate('Hi')).text).toBe('Hello, you')
  })

  test.for([
    [[{ type: 'text' }], '`content.0.text`: expected a text, got nothing'],
    [['Hi', 7], '`content.1`: expected a text, got a number'],
    [{ text: 'Hi' }, '`content`: expected a text, got an object'],
  ] as const)('a content of %j is none', async ([content, said]) => {
    const model = await modelOf(invokable({ content }))
    expect(await failureOf(model.generate('Hi'))).toMatchObject({
      kind: 'parse',
      message: `custom/m: what \`ainvoke\` returned: ${said}.`,
    })
  })

  test('an error that is none is no error', async () => {
    const answers = [null, '', undefined].map((error) => ({ content: 'Hello', error }))
    for (const answer of answers) {
      expect((await (await modelOf(invokable(answer))).generate('Hi')).text).toBe('Hello')
    }
  })

  /** A model of which each call waits until it is let go on. */
  function held() {
    const waiting = new Map<string, PromiseWithResolvers<unknown>>()
    let most = 0
    let batches = 0
    return {
      waiting,
      get most() {
        return most
      },
      get batches() {
        return batches
      },
      object: {
        ainvoke(input: string) {
          const answer = Promise.withResolvers<unknown>()
          waiting.set(input, answer)
          most = Math.max(most, waiting.size)
          return answer.promise.finally(() => waiting.delete(input))
        },
        abatch: () => batches++,
        batch: () => batches++,
        stream_abatch: () => batches++,
      },
    }
  }

  test('H-04: a batch of 50 has 5 in flight, and one that fails costs no other its result', async () => {
    const calls = held()
    const model = await modelOf(calls.object)
    const inputs = Array.from({ length: 50 }, (_, i) => String(i))
    const batch = model.batch(inputs, { concurrency: 5 })
    for (const input of inputs) {
      while (!calls.waiting.has(input)) await turn()
      if (input === '7') calls.waiting.get(input)!.reject(new Error('down'))
      else calls.waiting.get(input)!.resolve({ content: `${input}!` })
    }
    const texts = (await batch).map((one) =>
      one.status === 'fulfilled' ? one.value.text : (one.reason as Error).message,
    )
    expect(texts).toEqual(inputs.map((i) => (i === '7' ? 'custom/m: down' : `${i}!`)))
    expect([calls.most, calls.batches]).toEqual([5, 0])
  })

  test.each([
    ['input', ['0', '1', '2']],
    ['completion', ['1', '2', '0']],
  ] as const)(
    'H-05: results come in the order of %s, also behind a slow one',
    async (order, expected) => {
      const calls = held()
      const model = await modelOf(calls.object)
      const stream = Array.fromAsync(model.streamBatch(['0', '1', '2'], { concurrency: 2, order }))
      for (const input of ['1', '2', '0']) {
        while (!calls.waiting.has(input)) await turn()
        calls.waiting.get(input)!.resolve({ content: input })
        await turn()
      }
      expect((await stream).map(({ index }) => String(index))).toEqual(expected)
      expect([calls.most, calls.batches]).toEqual([2, 0])
    },
  )

  test('H-05: leaving the loop aborts the calls in flight and starts no other', async () => {
    const signals: AbortSignal[] = []
    const model = await modelOf({
      ainvoke(input: string, { signal }: { signal: AbortSignal }) {
        signals.push(signal)
        return input === '0' ? { content: '0' } : new Promise(() => {})
      },
    })
    for await (const { index } of model.streamBatch(['0', '1', '2', '3'], { concurrency: 2 })) {
      expect(index).toBe(0)
      break
    }
    await turn()
    expect(signals.map(({ aborted }) => aborted).slice(1)).toEqual(signals.slice(1).map(() => true))
    expect(signals.length).toBeLessThanOrEqual(3)
  })

  test('a text is handed on as one, and a conversation as messages', async () => {
    const seen: unknown[] = []
    const model = await modelOf(
      {
        invoke(...args: unknown[]) {
          seen.push(args)
          return { content: 'Hello' }
        },
      },
      { parameters: { topK: 4 } },
    )
    const conversation: Message[] = [
      { role: 'system', content: 'You are a helpful assistant' },
      { role: 'user', content: 'Hello' },
    ]
    await model.generate('Hello', { temperature: 0.5, maxTokens: 9 })
    await model.generate(conversation)
    const signal = expect.any(AbortSignal) as AbortSignal
    expect(seen).toEqual([
      ['Hello', { topK: 4, temperature: 0.5, maxTokens: 9, signal }],
      [conversation, { topK: 4, signal }],
    ])
    expect((await failureOf(model.generate('Hi', { json: true }))).kind).toBe('invalid_request')
  })

  test.each<[string, object, object]>([
    [
      'as documented',
      { content: 'Hello', response_metadata: { model_name: 'gpt-4.1', finish_reason: 'length' } },
      { text: 'Hello', servedBy: 'gpt-4.1', finishReason: 'length' },
    ],
    [
      'flat',
      { content: 'Hello', model: 'my-model', finish_reason: 'stop' },
      { text: 'Hello', servedBy: 'my-model', finishReason: 'stop' },
    ],
    ['without metadata', { content: '', response_metadata: null }, { text: '', servedBy: 'm' }],
    [
      'with fields of its provider',
      { content: 'Hello', role: 'assistant', status: 3, usage: {}, model_version: '09.02.2025' },
      { text: 'Hello', finishReason: 'stop', usage: null },
    ],
    [
      'with a reason that nobody knows',
      { content: 'Hello', finish_reason: 'tired' },
      { finishReason: 'unknown', blocked: null },
    ],
  ])('H-08: a response %s is one response, with all of it in raw', async (_, answer, expected) => {
    const response = await (await modelOf(invokable(answer))).generate('Hi')
    expect(response).toMatchObject({ ...expected, raw: answer })
  })

  test.each<[unknown, string]>([
    [undefined, 'expected an object, got nothing'],
    ['Hello', 'expected an object, got a text'],
    [{ text: 'Hello' }, '`content`: expected a text, got nothing'],
    [{ content: [null] }, '`content.0`: expected a text, got nothing'],
    [
      { content: 'Hello', response_metadata: [] },
      '`response_metadata`: expected an object, got a list',
    ],
    [
      { content: 'Hello', response_metadata: { finish_reason: 7 } },
      '`response_metadata.finish_reason`: expected a text, got a number',
    ],
  ])('H-08: %j is no response', async (answer, said) => {
    const error = await failureOf((await modelOf(invokable(answer))).generate('Hi'))
    expect(error).toMatchObject({
      kind: 'parse',
      message: `custom/m: what \`ainvoke\` returned: ${said}.`,
    })
  })
})

describe('blocked', () => {
  const blockedOf = async (answer: object, more: object = {}) =>
    (await (await modelOf(invokable({ content: 'Hello', ...answer }, more))).generate('Hi')).blocked

  test('H-21: a filter that ended the response blocks it, wherever that is said', async () => {
    expect(await blockedOf({ response_metadata: { finish_reason: 'content_filter' } })).toEqual({
      reason: 'content_filter',
      source: 'response_metadata.finish_reason',
    })
    expect(await blockedOf({ finish_reason: 'content_filter' })).toEqual({
      reason: 'content_filter',
      source: 'finish_reason',
    })
    const both = { response_metadata: { finish_reason: 'stop' }, finish_reason: 'blacklist' }
    expect(await blockedOf(both)).toEqual({ reason: 'blacklist', source: 'finish_reason' })
  })

  test('H-21: partial text of a filtered response is kept', async () => {
    const answer = { content: 'First you', finish_reason: 'content_filter' }
    const response = await (await modelOf(invokable(answer))).generate('Hi')
    expect(response).toMatchObject({ text: 'First you', finishReason: 'content_filter' })
  })

  test('H-21: a text is no sign of it', async () => {
    const texts = ['The road was blocked', 'content_filter', '']
    const all = await Promise.all(texts.map((content) => blockedOf({ content })))
    expect(all).toEqual([null, null, null])
  })

  test('H-21: is_answer_blocked of the model’s author is asked, and named as the source', async () => {
    const answer = { content: 'Hello', risk: 0.9 }
    const asked: unknown[] = []
    const is_answer_blocked = (given: { risk: number }) => {
      asked.push(given)
      return given.risk > 0.5
    }
    const blocked = { reason: 'blocked', source: 'is_answer_blocked' }
    expect(await blockedOf(answer, { is_answer_blocked })).toEqual(blocked)
    expect(await blockedOf({ ...answer, risk: 0 }, { is_answer_blocked })).toBeNull()
    expect(asked).toEqual([answer, { ...answer, risk: 0 }])
    expect(await blockedOf(answer, { isAnswerBlocked: async () => true })).toEqual({
      ...blocked,
      source: 'isAnswerBlocked',
    })
  })

  test('H-21: it does not clear what a filter has said', async () => {
    const answer = { finish_reason: 'content_filter' }
    expect(await blockedOf(answer, { is_answer_blocked: () => false })).toMatchObject({
      source: 'finish_reason',
    })
  })

  test('H-21: one that says neither is an error, and no guess', async () => {
    const answer = blockedOf({}, { is_answer_blocked: () => 'False' })
    expect(await failureOf(answer)).toMatchObject({
      kind: 'parse',
      message: 'custom/m: what `is_answer_blocked` returned: expected true or false, got a text.',
    })
  })

  test('H-22: a response, an error, another and a block keep their places', async () => {
    const answers: Record<string, unknown> = {
      ok: { content: 'Hello' },
      error: { content: '', error: 'down' },
      blocked: { content: '', finish_reason: 'content_filter' },
    }
    const model = await modelOf({ ainvoke: (input: string) => answers[input] })
    const results = await model.batch(['ok', 'error', 'ok', 'blocked'])
    const labels = results.map((one) =>
      one.status === 'rejected' ? 'error' : one.value.blocked ? 'blocked' : 'ok',
    )
    expect(labels).toEqual(['ok', 'error', 'ok', 'blocked'])
  })
})
