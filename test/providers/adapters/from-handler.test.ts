import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { fromHandler } from '../../../providers/adapters/from-handler.ts'
import { createProviders } from '../../../providers/create-providers.ts'
import type { Message } from '../../../src/model/message.ts'
import type { Model } from '../../../src/model/model.ts'
import { Secret } from '../../../src/model/secret.ts'
import { testProvider } from '../../../src/testing.ts'
import { failureOf } from '../../support/failure.ts'
import { serve } from '../../support/http-server.ts'

const KEY = 'sk-invented-0123456789'
const envelope = {
  success: true,
  response: 'Vienna',
  model: 'my-model',
  provider: 'acme',
  version: '1.0',
}

/** The first example of the original, which answers what its prompt says. */
class MyHandler {
  readonly model_name: string
  readonly api_key: string | undefined
  readonly config: object

  constructor({ model_name = 'my-model', api_key, ...config }: Params) {
    this.model_name = model_name
    this.api_key = api_key
    this.config = config
  }

  async test_prompt(prompt: string): Promise<object> {
    return { ...envelope, response: `You said: ${prompt}`, model: this.model_name }
  }

  static async list_models(): Promise<string[]> {
    return ['model-1', 'model-2', 'model-3']
  }
}

interface Params {
  readonly model_name?: string
  readonly api_key?: string
  readonly [name: string]: unknown
}

/** A handler that returns, or throws, always the same. */
const returning = (value: unknown, more: object = {}) => ({
  ...more,
  async test_prompt() {
    if (value instanceof Error) throw value
    return value
  },
})

async function modelOf(handler: object, options: Parameters<typeof fromHandler>[1] = {}) {
  const { spec, provider } = fromHandler(handler, options)
  return (await provider.setup(spec.slice(spec.indexOf('/') + 1))).model
}

testProvider(fromHandler(new MyHandler({})).provider, { model: 'my-model' })
testProvider(fromHandler(MyHandler, { params: { model_name: 'm' } }).provider, {
  model: 'MyHandler',
})

describe('a handler as a model', () => {
  test('its text is the response, and what it says of itself is kept', async () => {
    const answer = { ...envelope, model: 'my-model-2026', response_time: 0.25 }
    const model = await modelOf(returning(answer), { name: 'm', provider: 'acme' })
    expect(model.info).toEqual({ provider: 'acme', name: 'm', spec: 'acme/m' })
    expect(await model.generate('The capital of Austria?')).toMatchObject({
      text: 'Vienna',
      servedBy: 'my-model-2026',
      finishReason: 'stop',
      blocked: null,
      usage: null,
      costUsd: null,
      provider: 'acme',
      model: 'm',
      raw: answer,
    })
  })

  test('it may be written in camelCase, and be a script’s model by its spec', async () => {
    const handler = { testPrompt: (prompt: string) => ({ ...envelope, response: prompt }) }
    const { spec, provider } = fromHandler(handler, { name: 'org/echo' })
    expect(spec).toBe('custom/org/echo')
    await using handle = await createProviders({ providers: [provider] }).setup(spec)
    expect((await handle.model.generate('Hello')).text).toBe('Hello')
  })

  test.each([
    [new MyHandler({ model_name: 'small' }), {}, 'custom/small'],
    [Object.assign(returning(envelope), { name: 'own', provider: 'acme' }), {}, 'acme/own'],
    [MyHandler, {}, 'custom/MyHandler'],
    [returning(envelope), {}, 'custom/model'],
    [Object.assign(Object.create(null) as object, returning(envelope)), {}, 'custom/model'],
    [MyHandler, { name: 'a', provider: 'b' }, 'b/a'],
  ])('its spec is of names that are given, or its own (%#)', (handler, options, spec) => {
    expect(fromHandler(handler, options).spec).toBe(spec)
  })

  test('its provider has no other model', async () => {
    const { provider } = fromHandler(MyHandler)
    await expect(provider.setup('model-2')).rejects.toMatchObject({
      kind: 'config',
      message: 'custom: there is no model `model-2`; its only one is `MyHandler`.',
    })
  })

  test('calls run side by side, and each ends with its signal', async () => {
    const signals: AbortSignal[] = []
    const open = Promise.withResolvers<object>()
    const model = await modelOf({
      test_prompt(_prompt: string, { signal }: { signal: AbortSignal }) {
        signals.push(signal)
        return open.promise
      },
    })
    const caller = new AbortController()
    const [left, kept] = [model.generate('a', { signal: caller.signal }), model.generate('b')]
    await turn()
    expect(signals).toHaveLength(2)
    caller.abort()
    expect((await failureOf(left)).kind).toBe('cancelled')
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    open.resolve(envelope)
    expect((await kept).text).toBe('Vienna')
  })

  test('it gets the settings of a call, spelled as its method is', async () => {
    const seen: unknown[] = []
    const see = (...args: unknown[]) => {
      seen.push(args)
      return envelope
    }
    const settings = { temperature: 0, topP: 0.5, maxTokens: 9, stop: ['\n'], seed: 7 }
    await (await modelOf({ test_prompt: see })).generate('Hi', settings)
    await (await modelOf({ testPrompt: see })).generate('Hi', { maxTokens: 9 })
    const signal = expect.any(AbortSignal) as AbortSignal
    expect(seen).toEqual([
      ['Hi', { temperature: 0, top_p: 0.5, max_tokens: 9, stop: ['\n'], seed: 7, signal }],
      ['Hi', { maxTokens: 9, signal }],
    ])
  })

  const user: Message = { role: 'user', content: 'Hi' }
  test.each<[Parameters<Model['generate']>, string]>([
    [[[{ role: 'system', content: 'Be brief.' }, user]], 'got system, user.'],
    [[[user, { role: 'assistant', content: 'Hello' }, user]], 'got user, assistant, user.'],
    [[[{ role: 'assistant', content: 'Hello' }]], 'got assistant.'],
    [[[]], 'got no message.'],
    [[[{ ...user, images: [{ url: 'https://host/cat.png' }] }]], 'take no images'],
    [['Hi', { tools: [{ name: 'add', parameters: {} }] }], 'take no tools'],
    [['Hi', { json: true }], 'take no structured output'],
  ])('what it cannot be told is an error, and nothing is left out: %#', async (call, said) => {
    let calls = 0
    const model = await modelOf({ test_prompt: () => calls++ })
    const error = await failureOf(model.generate(...call))
    expect(error.kind).toBe('invalid_request')
    expect(error.message).toContain(said)
    expect(calls).toBe(0)
  })
})

describe('D-01: a handler is any object with `test_prompt`', () => {
  test('D-01: without it the error names the handler and the method', async () => {
    const message =
      'fromHandler: `Broken` has no method `test_prompt(prompt)` (or `testPrompt`), which every handler must have.'
    class Broken {
      generate = () => 'Hi'
    }
    expect(() => fromHandler(new Broken())).toThrow(
      expect.objectContaining({ name: 'AssayError', kind: 'config', message }),
    )
    for (const maker of [Broken, Object.assign(() => new Broken(), {})]) {
      const { provider } = fromHandler(maker, { name: 'Broken' })
      await expect(provider.setup('Broken')).rejects.toMatchObject({ kind: 'config', message })
    }
  })

  test('D-01: params reach a class and a function unchanged', async () => {
    const params = {
      model_name: 'my-model-name',
      api_key: KEY,
      endpoint_url: 'https://your-api-endpoint.example',
      verbose: false,
      nothing: null,
      agent: new Map([['a', 1]]),
    }
    const seen: unknown[] = []
    class Seeing extends MyHandler {
      constructor(given: Params) {
        super(given)
        seen.push(given)
      }
    }
    const ofClass = fromHandler(Seeing, { params })
    const ofFunction = fromHandler(async (given: Params) => new Seeing(given), {
      name: 'f',
      params,
    })
    const { model } = await ofClass.provider.setup('Seeing')
    await ofFunction.provider.setup('f')
    expect(seen).toEqual([params, params])
    expect(seen.every((one) => one === params)).toBe(true)
    expect((await model.generate('Hi')).servedBy).toBe('my-model-name')
    // as `foreach` asks for it
    await createProviders({ providers: [ofClass.provider] }).setup(ofClass.spec, ofClass.options)
    expect(seen[2]).toEqual(params)
  })

  test('D-01: without params a handler gets an empty object, and one that is made takes none', async () => {
    expect((await modelOf(MyHandler)).info.spec).toBe('custom/MyHandler')
    const made = new MyHandler({})
    expect(() => fromHandler(made, { params: {} })).toThrow(
      'fromHandler: `params` are for a class or a function; this is made already.',
    )
    await expect(fromHandler(made).provider.setup('my-model', { params: {} })).rejects.toThrow(
      'there is no option `params`',
    )
  })

  test.each([
    [undefined, 'expected an object, a class or a function, got nothing.'],
    ['examples.my_handler', 'expected an object, a class or a function, got a text.'],
  ])('D-01: %j is no handler', (handler, said) => {
    expect(() => fromHandler(handler as never)).toThrow(`fromHandler: ${said}`)
  })

  test.each(['', 'a/b'])('D-01: "%s" is no name of a provider', (provider) => {
    expect(() => fromHandler(MyHandler, { provider })).toThrow(
      `what stands before the \`/\` of a spec; got "${provider}".`,
    )
  })
})

describe('what a handler returns', () => {
  test('D-02: `success: false` is an error with its text, and never a response', async () => {
    const error = 'API error (503): no capacity'
    const model = await modelOf(returning({ ...envelope, success: false, error }), { name: 'm' })
    for (const call of [model.generate('Hi'), model.stream('Hi').response]) {
      expect(await failureOf(call)).toMatchObject({
        kind: 'server',
        provider: 'custom',
        message: 'custom/m: API error (503): no capacity',
      })
    }
    const [result] = await model.batch(['Hi'])
    expect(result).toMatchObject({ status: 'rejected', reason: { kind: 'server' } })
  })

  test('D-02: a failure without a text is one too', async () => {
    const model = await modelOf(returning({ success: false }), { name: 'm' })
    const { message } = await failureOf(model.generate('Hi'))
    expect(message).toBe('custom/m: it failed, and does not say why.')
  })

  test('D-02: without `success` it is no success', async () => {
    const { success: _, ...rest } = envelope
    const model = await modelOf(returning(rest), { name: 'm' })
    expect(await failureOf(model.generate('Hi'))).toMatchObject({
      kind: 'parse',
      message:
        'custom/m: what `test_prompt` returned: `success`: expected true or false, got nothing.',
    })
  })

  const wrong: [path: string, got: unknown, said: string][] = [
    ['', undefined, 'expected an object, got nothing'],
    ['', 'Vienna', 'expected an object, got a text'],
    ['', [envelope], 'expected an object, got a list'],
    ...[undefined, null, 'yes', 1].map((success): [string, unknown, string] => [
      'success',
      { ...envelope, success },
      'expected true or false',
    ]),
    ...[undefined, null, 7, ['Vienna'], { text: 'Vienna' }].map(
      (response): [string, unknown, string] => [
        'response',
        { ...envelope, response },
        'expected a text',
      ],
    ),
    ['model', { ...envelope, model: 7 }, 'expected a text, got a number'],
    ['provider', { ...envelope, provider: {} }, 'expected a text, got an object'],
    ['version', { ...envelope, version: 1 }, 'expected a text, got a number'],
    ['response_time', { ...envelope, response_time: '1 s' }, 'expected a number, got a text'],
  ]
  test.each(wrong)('D-03: `%s` that does not fit is named: %j', async (path, got, said) => {
    const error = await failureOf((await modelOf(returning(got))).generate('Hi'))
    expect(error.kind).toBe('parse')
    const field = path && `\`${path}\`: `
    expect(error.message).toContain(`what \`test_prompt\` returned: ${field}${said}`)
    expect(error.message).not.toContain('Vienna')
  })

  test('D-03: an empty text is a response, and what else it says may be left out', async () => {
    const model = await modelOf(returning({ success: true, response: '' }), { name: 'm' })
    expect(await model.generate('Hi')).toMatchObject({ text: '', servedBy: 'm' })
  })

  test('D-05: `generate` of a handler, which hides failures in a text, is not asked', async () => {
    const text = 'Error generating response'
    let asked = 0
    const generate = () => {
      asked++
      return text
    }
    const failing = returning({ ...envelope, success: false, error: 'down' }, { generate })
    const model = await modelOf(failing)
    const error = await failureOf(model.generate('Hi'), text)
    expect(error.message).toContain('down')
    expect(JSON.stringify(await model.batch(['Hi', 'Ho']))).not.toContain(text)
    expect(asked).toBe(0)
  })
})

describe('list_models', () => {
  const listOf = (handler: object) => fromHandler(handler).provider.listModels!()

  test('D-04: it may be static, and nothing is made for it', async () => {
    let made = 0
    class Counting extends MyHandler {
      constructor(params: Params) {
        super(params)
        made++
      }
    }
    const expected = [{ id: 'model-1' }, { id: 'model-2' }, { id: 'model-3' }]
    expect(await listOf(Counting)).toEqual(expected)
    expect(made).toBe(0)
    expect(await listOf(new Counting({}))).toEqual(expected)
  })

  test('D-04: it may be of the object, also of one that a function makes, and tell owners', async () => {
    const listed = [{ id: 'a', owned_by: 'acme' }, 'b', { id: 'c' }]
    const handler = returning(envelope, { listModels: () => listed })
    const expected = [{ id: 'a', ownedBy: 'acme' }, { id: 'b' }, { id: 'c' }]
    expect(await listOf(handler)).toEqual(expected)
    expect(await listOf(() => handler)).toEqual(expected)
  })

  test('D-04: a server that fails is an error, and no invented name', async () => {
    await using server = await serve(() => ({ status: 500, body: { error: 'down' } }))
    const handler = returning(envelope, {
      async list_models() {
        const response = await fetch(`${server.url}/models`)
        if (!response.ok) {
          throw Object.assign(new Error(`API error (${response.status})`), {
            status: response.status,
          })
        }
        return ['gpt-3.5-turbo']
      },
    })
    expect(await failureOf(listOf(handler))).toMatchObject({
      kind: 'server',
      status: 500,
      message: 'custom/model: API error (500)',
    })
    expect(server.requests).toHaveLength(1)
  })

  test('D-04: an empty list is an empty list', async () => {
    expect(await listOf(returning(envelope, { list_models: () => [] }))).toEqual([])
  })

  test.each([
    [undefined, 'expected a list of models, got nothing'],
    [{ data: [] }, 'expected a list of models, got an object'],
    [[7], 'expected an object, got a number'],
    [[{ name: 'a' }], '`id`: expected a text, got nothing'],
  ])('D-04: %j is no list', async (models, said) => {
    const handler = returning(envelope, { list_models: () => models })
    const error = await failureOf(listOf(handler))
    expect(error).toMatchObject({ kind: 'parse' })
    expect(error.message).toContain(`what \`list_models\` returned: ${said}`)
  })

  test('D-04: a handler may have none', async () => {
    expect('listModels' in fromHandler(returning(envelope)).provider).toBe(false)
    expect(await failureOf(listOf(() => returning(envelope)))).toMatchObject({ kind: 'config' })
  })
})

describe('errors of a handler', () => {
  test('D-23: a handler that cannot be made is a set-up error with its cause, for all who wait', async () => {
    const cause = new Error('endpoint_url is required')
    let made = 0
    const { provider } = fromHandler(
      () => {
        made++
        throw cause
      },
      { name: 'm' },
    )
    const all = await Promise.all([1, 2, 3].map(() => failureOf(provider.setup('m'))))
    for (const error of all) {
      expect(error).toMatchObject({
        kind: 'setup',
        message: "Failed to set up 'custom/m': endpoint_url is required",
        cause,
      })
    }
    expect(new Set(all).size).toBe(1)
    expect(made).toBe(1)
  })

  test('D-23: what a function makes must be an object', async () => {
    const { provider } = fromHandler(() => undefined, { name: 'm' })
    await expect(provider.setup('m')).rejects.toMatchObject({
      kind: 'config',
      message: 'fromHandler: `m` must make an object; it returned nothing.',
    })
  })

  test('D-25: each fault of a handler is an error of its own kind', async () => {
    const coded = (code: string) => Object.assign(new Error('socket hang up'), { code })
    const faults: Record<string, unknown> = {
      'a mistake in its code': new TypeError('x is undefined'),
      'a status': Object.assign(new Error('no'), { status: 429 }),
      'a word of the vendor': Object.assign(new Error('no'), { code: 'insufficient_quota' }),
      'a broken connection': coded('ECONNRESET'),
      'the fetch of a broken connection': new TypeError('fetch failed', {
        cause: coded('ECONNREFUSED'),
      }),
      'time that is over': new DOMException('too slow', 'TimeoutError'),
      'a file that is not there': coded('ENOENT'),
      'anything else': new Error('503 connection timeout'),
    }
    const kinds = Object.entries(faults).map(async ([fault, error]) => {
      const model = await modelOf(returning(error))
      return [fault, (await failureOf(model.generate('Hi'))).kind]
    })
    expect(Object.fromEntries((await Promise.all(kinds)) as [string, string][])).toEqual({
      'a mistake in its code': 'internal',
      'a status': 'rate_limit',
      'a word of the vendor': 'quota',
      'a broken connection': 'network',
      'the fetch of a broken connection': 'network',
      'time that is over': 'timeout',
      'a file that is not there': 'server',
      'anything else': 'server',
    })
  })

  test('the error says what was thrown, and has it as its cause', async () => {
    const cause = new Error('no capacity')
    const model = await modelOf(returning(cause), { name: 'm' })
    expect(await failureOf(model.generate('Hi'))).toMatchObject({
      message: 'custom/m: no capacity',
      cause,
    })
  })

  test('no key of the params, or of the handler, is in an error', async () => {
    const said = `wrong key ${KEY} in Bearer ${KEY}`
    const params = { headers: { Authorization: `Bearer ${KEY}` } }
    const secret = { params: { ours: new Secret(KEY) } }
    const throwing = () => {
      throw new Error(said)
    }
    const failing = {
      api_key: KEY,
      test_prompt: throwing,
      list_models: throwing,
    }
    const saying = returning({ success: false, error: said }, { config: { apiKey: KEY } })
    const errors = [
      failureOf((await modelOf(failing, { name: 'm' })).generate('Hi'), KEY),
      failureOf((await modelOf(saying, { name: 'm' })).generate('Hi'), KEY),
      failureOf((await modelOf(() => returning(new Error(said)), { params })).generate('Hi'), KEY),
      failureOf((await modelOf(() => returning(new Error(said)), secret)).generate('Hi'), KEY),
      failureOf(fromHandler(failing).provider.listModels!(), KEY),
      failureOf(fromHandler(throwing, { name: 'm', params }).provider.setup('m'), KEY),
    ]
    for (const { message } of await Promise.all(errors)) {
      expect(message).toContain('wrong key ***')
    }
  })

  test('a long text of an error is cut', async () => {
    const model = await modelOf(returning(new Error('x'.repeat(5000))), { name: 'm' })
    expect((await failureOf(model.generate('Hi'))).message).toHaveLength(
      2048 + 'custom/m: …'.length,
    )
  })
})
