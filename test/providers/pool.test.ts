import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import anthropic from '../../providers/anthropic.ts'
import { openaiCompatible } from '../../providers/openai-compatible.ts'
import llamaServer from '../../providers/llama-server.ts'
import poolProvider, { pool } from '../../providers/pool.ts'
import scriptedProvider, { scripted } from '../../providers/scripted.ts'
import selectProvider, { select } from '../../providers/select.ts'
import { createDesk } from '../../src/broker/desk.ts'
import { createModel } from '../../src/model/create-model.ts'
import { AssayError } from '../../src/model/error.ts'
import { defineProvider } from '../../src/provider/define-provider.ts'
import type { ConfiguredModel } from '../../src/provider/model-choice.ts'
import { bindProviders, type Providers, type BindOptions } from '../../src/provider/providers.ts'
import { createSeam } from '../../src/request/seam.ts'
import { failureOf } from '../support/failure.ts'
import { temporaryFolder } from '../server/temporary-folder.ts'
import { type Handler, type HttpServer, serve } from '../support/http-server.ts'

const answer = (text: string) => ({
  body: { model: 'v1', choices: [{ index: 0, message: { role: 'assistant', content: text } }] },
})

/** Providers with a pool, and servers in OpenAI's format by name. */
async function open(
  handlers: Readonly<Record<string, Handler>> = {},
  options: Partial<BindOptions> = {},
): Promise<{ providers: Providers; servers: Record<string, HttpServer> }> {
  const servers: Record<string, HttpServer> = {}
  for (const [name, handler] of Object.entries(handlers)) {
    servers[name] = await serve(handler)
    onTestFinished(() => servers[name]![Symbol.asyncDispose]())
  }
  const vendors = Object.entries(servers).map(([name, { url }]) =>
    openaiCompatible({ name, baseURL: `${url}/v1`, apiKeys: ['invented'] }),
  )
  const providers = bindProviders({
    seam: createSeam({ desk: createDesk(), settings: { default: { attempts: 1 } } }),
    env: {},
    ...options,
    providers: [
      poolProvider,
      selectProvider,
      scriptedProvider,
      ...vendors,
      ...(options.providers ?? []),
    ],
  })
  onTestFinished(() => providers.teardownAll())
  return { providers, servers }
}

async function setUp(providers: Providers, { spec, options }: ConfiguredModel) {
  const handle = await providers.setup(spec, options)
  return handle.model
}

const down = () => ({ status: 503, body: { error: { message: 'overloaded' } } })

describe('a pool of servers', () => {
  test('O-42: one that is down is asked five times, and then no longer', async () => {
    const { providers, servers } = await open({ dead: down, alive: () => answer('here') })
    const model = await setUp(providers, pool(['dead/m', 'alive/m'], { name: 'spare' }))
    const responses = await model.batch(Array<string>(12).fill('?'), { concurrency: 1 })
    expect(model.info.spec).toBe('pool/spare')
    for (const { status, value } of responses as PromiseFulfilledResult<object>[]) {
      expect(status).toBe('fulfilled')
      expect(value).toMatchObject({ text: 'here', servedBy: 'alive/m', fallbackFor: 'dead/m' })
    }
    expect([servers['dead']!.requests.length, servers['alive']!.requests.length]).toEqual([5, 12])
  })

  test('with countFallbacks none is a fallback, and names are those that were given', async () => {
    const { providers } = await open({ dead: down, alive: () => answer('here') })
    const spare = { spec: 'alive/m', name: 'the spare' }
    const choice = pool([{ spec: 'dead/m', name: 'the first' }, spare], { countFallbacks: true })
    const response = await (await setUp(providers, choice)).generate('?')
    expect(response).toMatchObject({ servedBy: 'the spare', model: 'fallback', attempts: 2 })
    expect(response).not.toHaveProperty('fallbackFor')
  })

  test('O-41: shares follow the weights', async () => {
    const { providers, servers } = await open({ x: () => answer('x'), y: () => answer('y') })
    const choice = pool(['x/m', 'y/m'], { strategy: 'balanced', weights: { 'x/m': 2 } })
    const model = await setUp(providers, choice)
    expect(model.info.spec).toBe('pool/balanced')
    for (let call = 0; call < 9; call++) await model.generate('?')
    expect([servers['x']!.requests.length, servers['y']!.requests.length]).toEqual([6, 3])
  })

  test('a breaker and a wait are set by options', async () => {
    const { providers, servers } = await open({ dead: down })
    const breaker = { failures: 2, recoveryMs: 60_000 }
    const model = await setUp(providers, pool(['dead/m'], { breaker, maxWaitMs: 0 }))
    for (let call = 0; call < 2; call++) await failureOf(model.generate('?'))
    expect((await failureOf(model.generate('?'))).message).toMatch(
      /^pool\/fallback: no model may be asked, since they failed again and again: dead\/m is tried in 60 s \(2 failures in a row: dead: API error \(503\): overloaded\)\.$/,
    )
    expect(servers['dead']!.requests).toHaveLength(2)
  })
})

describe('a member that cannot be set up gives way', () => {
  test('for a program that is not there', async () => {
    const { providers } = await open(
      { alive: () => answer('here') },
      { providers: [llamaServer], env: { PATH: '/nowhere' } },
    )
    const folder = await temporaryFolder()
    const command = join(folder, 'no-such-program')
    await writeFile(join(folder, 'tiny.gguf'), 'GGUF')
    const local = { spec: `llama-server/${folder}/tiny.gguf`, options: { command } }
    const model = await setUp(providers, pool([local, 'alive/m']))
    expect(await model.generate('?')).toMatchObject({ servedBy: 'alive/m' })
  })

  test('and not where the project is at fault, as with a key that is missing', async () => {
    const { providers } = await open({ alive: () => answer('here') }, { providers: [anthropic] })
    const model = await setUp(providers, pool(['anthropic/m', 'alive/m']))
    const error = await failureOf(model.generate('?'))
    expect(error).toMatchObject({ kind: 'config', servedBy: 'anthropic/m' })
    expect(error.message).toContain('there is no key: set ANTHROPIC_API_KEY')
  })

  test('for a key that is wrong', async () => {
    const refuse = () => ({ status: 401, body: { error: { message: 'wrong key' } } })
    const { providers } = await open({ locked: refuse, alive: () => answer('here') })
    const model = await setUp(providers, pool(['locked/m', 'alive/m']))
    expect(await model.generate('?')).toMatchObject({ servedBy: 'alive/m', attempts: 2 })
  })
})

describe('a model behind itself', () => {
  const file = (models: Readonly<Record<string, readonly unknown[]>>) => ({
    models: {
      file: {
        source: 'assay.config.yaml',
        models: Object.fromEntries(
          Object.entries(models).map(([spec, own]) => [spec, [{ options: { models: own } }]]),
        ),
      },
    },
  })

  test.each([
    ['pool/a → pool/b → pool/a', { 'pool/a': ['pool/b', 'x/m'], 'pool/b': ['pool/a', 'x/m'] }],
    ['pool/a → pool/a', { 'pool/a': ['pool/a', 'x/m'] }],
    [
      'pool/a → select/s → pool/b → pool/a',
      { 'pool/a': ['select/s'], 'select/s': ['pool/b'], 'pool/b': ['pool/a'] },
    ],
  ])('O-41: %s ends with the error that names the path', async (path, models) => {
    const { providers, servers } = await open({ x: () => answer('x') }, file(models))
    const handle = await providers.setup('pool/a')
    const { model } = handle
    const calls = [model.generate('?'), model.stream('?').response]
    for (const call of calls) {
      expect(await failureOf(call)).toMatchObject({
        kind: 'config',
        message: `A model cannot be behind itself: ${path}.`,
      })
    }
    expect(servers['x']!.requests).toEqual([])
    // and neither keeps the run from its end
    await handle.teardown()
    await providers.teardownAll()
  })

  test('one model twice behind another, on different ways, is no cycle', async () => {
    const models = { 'pool/a': ['pool/b', 'pool/c'], 'pool/b': ['x/m'], 'pool/c': ['x/m'] }
    let calls = 0
    const flaky = () => (++calls === 1 ? down() : answer('x'))
    const { providers } = await open({ x: flaky }, file(models))
    const { model } = await providers.setup('pool/a')
    expect(await model.generate('?')).toMatchObject({ text: 'x', servedBy: 'x/m' })
  })

  test('pools and selections are members', async () => {
    const { providers } = await open({ dead: down, alive: () => answer('here') })
    const inner = select({ models: ['alive/m'], name: 'inner' })
    const model = await setUp(providers, pool([pool(['dead/m'], { name: 'first' }), inner]))
    expect(await model.generate('?')).toMatchObject({
      servedBy: 'alive/m',
      fallbackFor: 'pool/first',
    })
  })
})

test('its members are set up for the role that it has, whoever asks first', async () => {
  const { providers, servers } = await open({ alive: () => answer('here') })
  const { spec, options } = pool(['alive/m'])
  const model = await providers.setup(spec, options)
  const judge = await providers.setup(spec, options, { role: 'judge' })
  await model.model.generate('?')
  await judge.model.generate('?')
  const sent = servers['alive']!.requests.map(({ json }) => json['temperature'])
  expect(sent).toEqual([undefined, 0])
})

describe('teardown', () => {
  function counted(log: string[], failing?: string) {
    return defineProvider({
      name: 'counted',
      setup(name) {
        log.push(`set up ${name}`)
        const generate = async () => {
          if (name === 'bad') throw new AssayError('No.', { kind: 'server' })
          return { text: name }
        }
        return createModel({ provider: 'counted', name, generate })
      },
      teardown({ info: { name } }) {
        log.push(`tear down ${name}`)
        if (name === failing) throw new Error('It hangs.')
      },
    })
  }

  test('lets go of the models that were set up, and of no other', async () => {
    const log: string[] = []
    const { providers } = await open({}, { providers: [counted(log)] })
    const { spec, options } = pool(['counted/bad', 'counted/good', 'counted/idle'])
    const handle = await providers.setup(spec, options)
    expect(log).toEqual([])
    const { model } = handle
    await model.generate('?')
    await handle.teardown()
    expect(log).toEqual(['set up bad', 'set up good', 'tear down bad', 'tear down good'])
    await failureOf(model.generate('?'))
    expect(log).toHaveLength(4)
  })

  test('lets go of all, also where one fails, and names the failure', async () => {
    const log: string[] = []
    const { providers } = await open({}, { providers: [counted(log, 'bad')] })
    const { spec, options } = pool(['counted/bad', 'counted/good'])
    const handle = await providers.setup(spec, options)
    await handle.model.generate('?')
    const error = await failureOf(handle.teardown())
    expect(error.message).toContain("Failed to tear down 'counted/bad': It hangs.")
    expect((error.cause as AggregateError).errors).toHaveLength(1)
    expect(log.slice(2)).toEqual(['tear down bad', 'tear down good'])
  })
})

describe('options', () => {
  test.each([
    [() => pool([]), /^pool\(\): `models`: expected at least one model/],
    [() => pool(['x/m'], { strategy: 'random' as never }), /`strategy`: expected 'fallback' or/],
    [() => pool(['x/m'], { strategy: 'balanced', weights: { 'x/m': 0 } }), /`weights\.x\/m`/],
    [() => pool(['x/m'], { weight: {} } as never), /`weight`/],
    [() => pool(['x/m'], { breaker: { failures: 0 } }), /`breaker\.failures`/],
    [() => pool(['x/m'], { maxWaitMs: -1 }), /`maxWaitMs`/],
    [() => pool([7 as never]), /A model is a spec/],
  ])('that are wrong are an error at once: %#', (make, message) => {
    expect(make).toThrow(message)
    expect(make).toThrow(AssayError)
  })

  test.each([
    [
      pool(['x/m'], { weights: { 'x/m': 2 } }),
      "pool/fallback: `weights` are for the strategy 'balanced'.",
    ],
    [
      pool(['x/m', 'x/n'], { strategy: 'balanced', weights: { 'x/o': 2 } }),
      'pool/balanced: `weights`: there is no model "x/o" among x/m, x/n.',
    ],
    [
      pool(['x/m'], { strategy: 'balanced', countFallbacks: true }),
      "pool/balanced: `countFallbacks` is for the strategy 'fallback'.",
    ],
    [
      pool(['x/m', { spec: 'x/m', options: { temperature: 1 } }]),
      'Two of the models are called "x/m"; give each a name of its own, { spec, options, name }.',
    ],
  ])('that do not fit its models are an error of the set-up: %#', async (choice, message) => {
    const { providers, servers } = await open({ x: () => answer('x') })
    const error = await failureOf(setUp(providers, choice))
    expect(error).toMatchObject({ kind: 'config', message })
    expect(servers['x']!.requests).toEqual([])
  })

  test('functions and scripts are members', async () => {
    const { providers } = await open()
    const choice = pool([
      scripted([new AssayError('No.', { kind: 'server' })], 'short'),
      () => 'yes',
    ])
    expect(await (await setUp(providers, choice)).generate('?')).toMatchObject({
      text: 'yes',
      servedBy: 'scripted/function',
      fallbackFor: 'scripted/short',
    })
  })
})
