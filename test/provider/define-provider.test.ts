import * as v from 'valibot'
import type { Endpoint } from '../../src/request/endpoint.ts'
import { expect, test } from 'vitest'
import { createModel } from '../../src/model/create-model.ts'
import { bindProvider, defineProvider } from '../../src/provider/define-provider.ts'
import type { ProviderContext } from '../../src/provider/definition.ts'

test('a set-up gets the model name, checked options and its surroundings', async () => {
  const seen: unknown[] = []
  const provider = defineProvider({
    name: 'acme',
    options: v.object({ retries: v.optional(v.number(), 3) }),
    setup(modelName, options, context) {
      seen.push(modelName, options, Object.keys(context).toSorted())
      return echo(modelName)
    },
  })
  await using handle = await provider.setup('org/m')
  expect(handle.model.info.spec).toBe('acme/org/m')
  expect(seen).toEqual([
    'org/m',
    { retries: 3 },
    [
      ...['baseDir', 'env', 'keys', 'lease', 'listed', 'notice', 'otherModel', 'pricing'],
      ...['request', 'role', 'signal', 'sourceOf'],
    ],
  ])
})

test('wrong options are one error with every issue, before anything is set up', async () => {
  let setups = 0
  const provider = defineProvider({
    name: 'acme',
    options: v.object({ url: v.string('expected string'), retries: v.number('expected number') }),
    setup(modelName) {
      setups++
      return echo(modelName)
    },
  })
  await expect(provider.setup('m', { url: 7, retries: 'many' })).rejects.toMatchObject({
    kind: 'config',
    message: 'acme: options: `url`: expected string; `retries`: expected number',
  })
  expect(setups).toBe(0)
  expect((await provider.setup('m', { url: 'http://host', retries: 1 })).model.info.name).toBe('m')
})

test('a provider without options refuses them', async () => {
  const provider = defineProvider({ name: 'acme', setup: echo })
  await expect(provider.setup('m', { temperature: 0 })).rejects.toMatchObject({
    kind: 'config',
    message: 'acme: options: expected none, got `temperature`.',
  })
})

test('surroundings are the machine’s unless others are bound', async () => {
  const seen: ProviderContext[] = []
  const provider = defineProvider({
    name: 'acme',
    setup(modelName, _options, context) {
      seen.push(context)
      return echo(modelName)
    },
  })
  const seam =
    ({ provider: name }: Endpoint) =>
    async () =>
      new Response(`from ${name}`)
  const bound = bindProvider(provider, {
    seam,
    env: { ACME_API_KEY_1: 'second', Acme_API_KEY: 'first' },
    baseDir: '/evals',
  })
  await Promise.all([
    provider.setup('m'),
    bound.setup('m'),
    bound.setup('n', {}, { baseDir: '/elsewhere' }),
  ])
  expect(seen).toMatchObject([
    { env: process.env, baseDir: process.cwd() },
    { baseDir: '/evals' },
    { baseDir: '/elsewhere' },
  ])
  const { request, keys } = seen[1]!
  expect(await (await request('http://nowhere')).text()).toBe('from acme')
  expect(await (await request.with({ model: 'm' })('http://nowhere')).text()).toBe('from acme')
  expect(keys.map((key) => key.reveal())).toEqual(['first', 'second'])
})

test('a bound provider has resources of its own', async () => {
  let torn = 0
  const provider = defineProvider({ name: 'acme', setup: echo, teardown: () => void torn++ })
  const bound = bindProvider(provider, {})
  await Promise.all([provider.setup('m'), bound.setup('m')])
  await bound.teardownAll()
  expect(torn).toBe(1)
  await provider.teardownAll()
  expect(torn).toBe(2)
})

test('a provider that was not defined here is bound as it is', () => {
  const own = {
    name: 'own',
    setup: () => Promise.reject(new Error('never')),
    teardown: async () => {},
    teardownAll: async () => {},
  }
  expect(bindProvider(own, { baseDir: '/evals' })).toBe(own)
})

test('where the name is not enough, a model is known by what its provider says', async () => {
  const provider = defineProvider({
    name: 'files',
    identify: (modelName, baseDir) => new URL(modelName, `file://${baseDir}/`).pathname,
    setup: echo,
  })
  const handles = await Promise.all([
    provider.setup('m.gguf', {}, { baseDir: '/evals' }),
    provider.setup('../evals/m.gguf', {}, { baseDir: '/evals' }),
    provider.setup('m.gguf', {}, { baseDir: '/evals' }),
    provider.setup('m.gguf', {}, { baseDir: '/other' }),
  ])
  const [first, , third, fourth] = handles.map(({ resourceId }) => resourceId)
  expect(third).toBe(first)
  expect(fourth).not.toBe(first)
  expect(first).toMatch(/^files\/m\.gguf#[\da-f]{8}$/)
})

test('models are listed with checked options, and an error is not swallowed', async () => {
  const provider = defineProvider({
    name: 'acme',
    options: v.object({
      tier: v.optional(v.picklist(['free', 'paid'], 'expected a tier'), 'free'),
    }),
    setup: echo,
    async listModels({ tier }) {
      if (tier === 'paid') throw new Error('401')
      return [{ id: 'small', ownedBy: 'acme' }]
    },
  })
  expect(await provider.listModels!()).toEqual([{ id: 'small', ownedBy: 'acme' }])
  await expect(provider.listModels!({ tier: 'paid' })).rejects.toThrow('401')
  await expect(provider.listModels!({ tier: 'gold' })).rejects.toMatchObject({
    kind: 'config',
    message: 'acme: options: `tier`: expected a tier',
  })
  expect('listModels' in defineProvider({ name: 'other', setup: echo })).toBe(false)
})

test('a signal ends the requests of a list, and no others', async () => {
  const inits: (RequestInit | undefined)[] = []
  const seam = () => async (_url: string | URL | Request, init?: RequestInit) => {
    inits.push(init)
    return new Response()
  }
  const provider = bindProvider(
    defineProvider({
      name: 'acme',
      setup: echo,
      async listModels(_options, { request, signal }) {
        const own = AbortSignal.timeout(60_000)
        await request('http://plain')
        await request.with({ model: 'm' })('http://with', { method: 'POST', signal: own })
        return [{ id: String(signal.aborted) }]
      },
    }),
    { seam },
  )
  const stop = new AbortController()
  await provider.listModels!({}, { signal: stop.signal })
  stop.abort()
  expect(inits).toMatchObject([
    { signal: { aborted: true } },
    { method: 'POST', signal: { aborted: true } },
  ])
  expect(await provider.listModels!({}, { signal: stop.signal })).toEqual([{ id: 'true' }])
  expect(await provider.listModels!()).toEqual([{ id: 'false' }])
  expect(inits.slice(4)).toMatchObject([undefined, { signal: { aborted: false } }])
})

test('E-19: nothing is set up before it is asked for', () => {
  let setups = 0
  const provider = defineProvider({
    name: 'acme',
    setup(modelName) {
      setups++
      return echo(modelName)
    },
  })
  bindProvider(provider, {})
  expect(setups).toBe(0)
})

function echo(name: string) {
  return createModel({
    provider: 'acme',
    name,
    generate: async ([message]) => ({ text: message!.content }),
  })
}
