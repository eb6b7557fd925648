import { expect, test } from 'vitest'
import { createModel } from '../../src/model/create-model.ts'
import { defineProvider } from '../../src/provider/define-provider.ts'
import type { ModelProvider } from '../../src/provider/provider.ts'
import { bindProviders } from '../../src/provider/providers.ts'

test('E-15: a model is set up through its provider, or by its spec', async () => {
  const providers = bindProviders({ providers: [acme(), acme('other')] })
  await using byProvider = await providers.get('acme').setup('org/m')
  await using bySpec = await providers.setup('acme/org/m')
  expect(providers.names).toEqual(['acme', 'other'])
  expect(bySpec.model.info.spec).toBe('acme/org/m')
  expect(bySpec.resourceId).toBe(byProvider.resourceId)
})

test.for([
  ['lab_2', ' An OpenAI-compatible server becomes one through LAB_2_API_BASE.'],
  ['my-lab', ''],
  ['Lab', ''],
  ['llama_server', ' Did you mean `llama-server`?'],
  ['llama-sever', ' Did you mean `llama-server`?'],
  ['Ollama', ' Did you mean `ollama`?'],
  [
    'olama',
    ' Did you mean `ollama`? An OpenAI-compatible server becomes one through OLAMA_API_BASE.',
  ],
  ['lm', ' An OpenAI-compatible server becomes one through LM_API_BASE.'],
] as const)(
  'E-15: an unknown provider %s is an error that lists those there are',
  async ([name, hint]) => {
    const providers = bindProviders({
      providers: ['vllm', 'ollama', 'llama-server'].map((one) => acme(one)),
    })
    const error = expect.objectContaining({
      kind: 'config',
      message: `There is no provider \`${name}\`. Providers: llama-server, ollama, vllm.${hint}`,
    }) as Error
    expect(() => providers.get(name)).toThrow(error)
    await expect(providers.setup(`${name}/m`)).rejects.toEqual(error)
  },
)

test('names of objects are no providers', () => {
  const providers = bindProviders({ providers: [acme()] })
  expect(() => providers.get('constructor')).toThrow('There is no provider `constructor`.')
})

test('a spec that is none is an error of the promise', async () => {
  const providers = bindProviders({ providers: [acme()] })
  await expect(providers.setup('acme')).rejects.toMatchObject({
    kind: 'config',
    message: 'A model is named `provider/model-name`, as in "openai/gpt-5-mini"; got "acme".',
  })
})

test('of two providers of one name the later holds, and all are before those of the environment', async () => {
  const log: string[] = []
  const providers = bindProviders({
    env: { LAB_API_BASE: 'http://lab' },
    fromEnv: (env) => [acme('lab', log, `of ${env['LAB_API_BASE']}`), acme('acme', log, 'of env')],
    providers: [acme('acme', log, 'first'), acme('acme', log, 'second')],
  })
  await providers.setup('acme/m')
  await providers.setup('lab/m')
  expect(providers.names).toEqual(['lab', 'acme'])
  expect(log).toEqual(['set up acme/m (second)', 'set up lab/m (of http://lab)'])
})

test('providers see the surroundings of their registry', async () => {
  const provider = defineProvider({
    name: 'acme',
    setup: (name, _options, { env, baseDir }) =>
      createModel({
        provider: 'acme',
        name,
        generate: async () => ({ text: `${env['KEY']} ${baseDir}` }),
      }),
  })
  const providers = bindProviders({ providers: [provider], env: { KEY: 'k' }, baseDir: '/evals' })
  const { model } = await providers.setup('acme/m')
  const elsewhere = await providers.setup('acme/n', {}, { baseDir: '/other' })
  expect((await model.generate('')).text).toBe('k /evals')
  expect((await elsewhere.model.generate('')).text).toBe('k /other')
})

test('two registries share no resource', async () => {
  const log: string[] = []
  const provider = acme('acme', log)
  const [one, other] = [
    bindProviders({ providers: [provider] }),
    bindProviders({ providers: [provider] }),
  ]
  const first = await one.setup('acme/m')
  await other.setup('acme/m')
  await other.teardownAll()
  expect(log).toEqual(['set up acme/m', 'set up acme/m', 'tear down acme/m'])
  expect(first.model.info.name).toBe('m')
})

test('E-09: teardownAll reaches every provider, and names all that failed', async () => {
  const log: string[] = []
  const stuck = (name: string) =>
    defineProvider({
      name,
      setup: (modelName) => echo(name, modelName),
      teardown: () => Promise.reject(new Error(`${name} is stuck`)),
    })
  const providers = bindProviders({ providers: [stuck('a'), acme('b', log), stuck('c')] })
  await Promise.all(['a/1', 'b/2', 'c/3', 'c/4'].map((spec) => providers.setup(spec)))
  const error = await providers.teardownAll().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(AggregateError)
  expect((error as AggregateError).message).toBe(
    "Failed to tear down 'a/1': a is stuck\n" +
      "Failed to tear down 'c/3': c is stuck\n" +
      "Failed to tear down 'c/4': c is stuck",
  )
  expect(log).toEqual(['set up b/2', 'tear down b/2'])
  await providers.teardownAll()
})

function acme(name = 'acme', log: string[] = [], mark?: string): ModelProvider {
  return defineProvider({
    name,
    setup(modelName) {
      log.push(`set up ${name}/${modelName}${mark ? ` (${mark})` : ''}`)
      return echo(name, modelName)
    },
    teardown: ({ info }) => void log.push(`tear down ${info.spec}`),
  })
}

function echo(provider: string, name: string) {
  return createModel({ provider, name, generate: async () => ({ text: '' }) })
}

test('another name of a provider is one of whoever takes its place', async () => {
  const log: string[] = []
  const cloudru = defineProvider({
    name: 'cloudru',
    aliases: ['sbercloud'],
    setup: (name) => echo('cloudru', name),
  })
  const providers = bindProviders({ providers: [cloudru, acme('cloudru', log)] })
  await providers.setup('sbercloud/m')
  expect(log).toEqual(['set up cloudru/m'])
})

test('a key in the place of a provider is not shown', () => {
  const { find } = bindProviders({ providers: [] })
  const key = 'gsk_4fJq8Zp1Lm2Nx9Wv7Rt3Yb6Kc5'
  expect(() => find(`${key}/m`)).toThrow('There is no provider of this name.')
  expect(() => find(`${key}/m`)).not.toThrow(key)
  expect(() => find(`${key}/m`)).not.toThrow(key.toUpperCase())
})
