import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createRegistry, type Registry } from '../../../providers/create-registry.ts'
import { fromHandler } from '../../../providers/adapters/from-handler.ts'
import { scripted } from '../../../providers/scripted.ts'
import { createModel } from '../../../src/model/create-model.ts'
import { defineProvider } from '../../../src/provider/define-provider.ts'
import type { Registration } from '../../../src/provider/registry/registration.ts'
import { temporaryFolder } from '../../server/temporary-folder.ts'

const config = (message: string | RegExp) =>
  expect.objectContaining({
    kind: 'config',
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  })

const acme = defineProvider({
  name: 'acme',
  setup: (name) =>
    createModel({
      provider: 'acme',
      name,
      generate: async () => ({ text: `I am ${name}.` }),
    }),
})

const registryOf = () => createRegistry({ providers: [acme], env: {} })

describe('what is no registration', () => {
  const instead = '`module` stands in the place of `spec` and `model`'
  const twice = '`spec` says `provider` and `model`'
  const nothing = 'expected `spec`, `provider` or `module`'

  test.for<readonly [string, object, string]>([
    ['nothing', {}, nothing],
    ['a model of no provider', { model: 'm' }, nothing],
    ['a module and a spec', { module: './a.ts', spec: 'acme/m' }, instead],
    ['a module and a model', { module: './a.ts', model: 'm' }, instead],
    [
      'a module and options',
      { module: './a.ts', options: {} },
      '`options` are those of a provider; a `module` is given `params`',
    ],
    ['an export of no module', { spec: 'acme/m', export: 'A' }, '`export` is for a `module`'],
    ['params of no module', { provider: 'acme', params: {} }, '`params` is for a `module`'],
    ['a version of no module', { spec: 'acme/m', version: 1 }, '`version` is for a `module`'],
    ['a spec and a provider', { spec: 'acme/m', provider: 'acme' }, twice],
    ['a spec and a model', { spec: 'acme/m', model: 'm' }, twice],
    [
      'a slip',
      { module: './a.ts', exprt: 'A' },
      'there is no option `exprt` (did you mean `export`?)',
    ],
    ['an empty text', { spec: '' }, '`spec`: it is empty'],
    [
      'an unknown capability',
      { spec: 'acme/m', capabilities: { tolos: true } },
      'there is no option `capabilities.tolos` (did you mean `tools`?)',
    ],
    [
      'a context window of nothing',
      { spec: 'acme/m', capabilities: { contextWindow: 0 } },
      '`capabilities.contextWindow`: expected at least 1, got 0',
    ],
  ])('D-08: %s is an error that says so', async ([, registration, problem]) => {
    await using registry = registryOf()
    expect(() => registry.register('mine', registration)).toThrow(
      config(`registry.register("mine"): ${problem}.`),
    )
    expect(registry.list()).toEqual([])
  })

  test('D-08: an unknown key that is like none is an error that lists those there are', async () => {
    await using registry = registryOf()
    expect(() => registry.register('mine', { color: 1 } as Registration)).toThrow(
      config(
        /there is no option `color` \(there are (?:(?:spec|provider|model|options|module|export|params|version|capabilities)(?:, )?){9}\)\.$/,
      ),
    )
  })

  test.for([[null], ['acme/m'], [5]])('D-08: %j is no registration', async ([given]) => {
    await using registry = registryOf()
    expect(() => registry.register('mine', given as unknown as Registration)).toThrow(
      config(/^registry\.register\("mine"\): expected an object, got /),
    )
  })

  test.for(['../../x', 'a/../b', '', '-a', 'a b', '/a'])('D-26: "%s" is no name', async (name) => {
    await using registry = registryOf()
    expect(() => registry.register(name, { spec: 'acme/m' })).toThrow(
      config(/the name of a model begins with a letter or a digit/),
    )
  })

  test('a registration needs a name', async () => {
    await using registry = registryOf()
    const register = registry.register as (model: unknown, registration: object) => unknown
    const model = createModel({ provider: 'own', name: 'm', generate: async () => ({ text: '' }) })
    for (const given of [scripted(['x']), model]) {
      expect(() => register(given, { spec: 'acme/m' })).toThrow(
        config('registry.register(): expected a name before the registration.'),
      )
    }
  })

  test('what names no model, and a provider of nobody, are errors', async () => {
    await using registry = registryOf()
    const register = registry.register as (model: unknown) => unknown
    expect(() => register({ specs: 'acme/m' })).toThrow(config(/^A model is a spec/))
    expect(() => register('gpt-5-mini')).toThrow(config(/did you mean "openai\/gpt-5-mini"\?$/))
    expect(() => register('acmee/m')).toThrow(config(/^There is no provider `acmee`/))
  })
})

describe('what can be registered', () => {
  const answer = async (registry: Registry, name: string) =>
    (await (await registry.get(name).model()).generate('Hi')).text

  test('a spec, and one with options under a name', async () => {
    await using registry = registryOf()
    expect(registry.register('acme/m')).toMatchObject({ name: 'acme/m', spec: 'acme/m' })
    const script = { script: (input: string) => `${input}!` }
    const named = registry.register({ spec: 'scripted/echo', options: script, name: 'loud' })
    expect(named).toMatchObject({ name: 'loud', spec: 'scripted/echo' })
    expect([await answer(registry, 'acme/m'), await answer(registry, 'loud')]).toEqual([
      'I am m.',
      'Hi!',
    ])
  })

  test('a function, a scripted model, and a handler', async () => {
    await using registry = registryOf()
    registry.register(function shout(input: string) {
      return input.toUpperCase()
    })
    registry.register(scripted(['one'], 'listed'))
    const handler = { test_prompt: async () => ({ success: true, response: 'handled' }) }
    const { name } = registry.register(fromHandler(handler))
    expect(registry.list().map((one) => one.spec)).toEqual([
      'scripted/shout',
      'scripted/listed',
      registry.get(name).spec,
    ])
    expect([
      await answer(registry, 'shout'),
      await answer(registry, 'listed'),
      await answer(registry, name),
    ]).toEqual(['HI', 'one', 'handled'])
  })

  test('a model that is there, whose calls tell of it as those of any other', async () => {
    const generate = async () => ({ text: 'own' })
    const model = createModel({ provider: 'own', name: 'm', contextWindow: 100, generate })
    await using registry = registryOf()
    registry.register(model)
    const pull = await registry.select({ contextWindow: 100 })
    expect((await pull.model.generate('Hi')).text).toBe('own')
    expect(registry.health('own/m').state).toBe('healthy')
    expect(registry.metrics('m').succeeded).toBe(1)
    await registry.teardownAll()
    expect((await model.generate('Hi')).text).toBe('own') // whoever made it ends it
  })

  test('a provider and a model, or the name as that of the model', async () => {
    await using registry = registryOf()
    expect(registry.register('m', { provider: 'acme' }).spec).toBe('acme/m')
    expect(registry.register('small', { provider: 'acme', model: 'm' }).spec).toBe('acme/m')
    expect(registry.register('s', { spec: 'acme/n' }).spec).toBe('acme/n')
    expect(await answer(registry, 'small')).toBe('I am m.')
  })

  test('options go to the provider', async () => {
    await using registry = registryOf()
    const script = (input: string) => `${input}?`
    registry.register('asks', { spec: 'scripted/a', options: { script } })
    expect(await answer(registry, 'asks')).toBe('Hi?')
  })
})

describe('capabilities', () => {
  test('a model is found by what is said of it', async () => {
    await using registry = registryOf()
    registry.register('plain', { spec: 'acme/plain' })
    registry.register('eyes', {
      spec: 'acme/eyes',
      capabilities: { vision: true, contextWindow: 8000 },
    })
    const pull = await registry.select({ capabilities: ['vision'], contextWindow: 8000 })
    expect(pull.name).toBe('eyes')
    expect(pull.model.info).toMatchObject({ contextWindow: 8000 })
    await expect(registry.select({ contextWindow: 8001 })).rejects.toThrow(
      config(
        'No model can be selected: plain: contextWindow: unknown; eyes: contextWindow: 8000 < 8001.',
      ),
    )
  })

  test('they stand beside what a configuration file says of it, and before that', async () => {
    const baseDir = await temporaryFolder()
    const said = '{ function_calling: true, vision: false }'
    await writeFile(
      join(baseDir, 'models.yaml'),
      `models: [{ name: m, provider: acme, capabilities: ${said} }]`,
    )
    await using registry = createRegistry({
      providers: [acme],
      env: {},
      baseDir,
      config: 'models.yaml',
    })
    const entry = registry.register('mine', { spec: 'acme/m', capabilities: { vision: true } })
    expect((await entry.model()).info.capabilities).toEqual({ tools: true, vision: true })
    expect(entry.capabilities).toEqual({ tools: true, vision: true })
    const pull = await registry.select({ capabilities: ['tools', 'vision'] })
    expect(pull.name).toBe('mine')
  })
})
