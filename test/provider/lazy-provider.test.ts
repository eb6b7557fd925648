import { expect, test } from 'vitest'
import { createModel } from '../../src/model/create-model.ts'
import { defineProvider } from '../../src/provider/define-provider.ts'
import { lazyProvider } from '../../src/provider/lazy-provider.ts'
import type { ModelProvider } from '../../src/provider/provider.ts'
import { bindProviders } from '../../src/provider/providers.ts'

test('a provider is loaded once, when it is first used, and bound to the surroundings of its registry', async () => {
  const log: string[] = []
  const providers = bindProviders({
    providers: [
      lazyProvider('acme', async () => {
        log.push('loaded')
        return acme(log)
      }),
    ],
    env: { KEY: 'of the registry' },
  })
  await providers.teardownAll()
  await providers.get('acme').teardown('acme/m#1')
  expect(log).toEqual([])
  const [first, second] = await Promise.all([providers.setup('acme/m'), providers.setup('acme/m')])
  expect((await first.model.generate('')).text).toBe('of the registry')
  expect(second.resourceId).toBe(first.resourceId)
  await providers.get('acme').teardown(first.resourceId)
  expect(log).toEqual(['loaded', 'set up'])
  await providers.teardownAll()
  expect(log).toEqual(['loaded', 'set up', 'torn down'])
})

test('what keeps it from being loaded is the error of its own models alone', async () => {
  const broken = lazyProvider('broken', () => Promise.reject(new Error('no luck')))
  const providers = bindProviders({ providers: [broken, acme()] })
  await expect(providers.setup('broken/m')).rejects.toThrow('no luck')
  await expect(providers.get('broken').listModels!()).rejects.toThrow('no luck')
  await using handle = await providers.setup('acme/m')
  expect(handle.model.info.spec).toBe('acme/m')
  await providers.teardownAll()
})

test('it lists the models that the provider lists, and says so where that lists none', async () => {
  const listing = defineProvider({
    name: 'acme',
    setup: (name) => echo(name),
    listModels: async (_options, { signal }) => [{ id: signal.aborted ? 'none' : 'small' }],
  })
  const list = (provider: ModelProvider, place?: { readonly signal: AbortSignal }) =>
    lazyProvider('acme', async () => provider).listModels!({}, place)
  expect(await list(listing)).toEqual([{ id: 'small' }])
  expect(await list(listing, { signal: AbortSignal.abort() })).toEqual([{ id: 'none' }])
  await expect(list(acme())).rejects.toMatchObject({
    kind: 'config',
    message: 'acme: this provider lists no models.',
  })
})

function acme(log: string[] = []): ModelProvider {
  return defineProvider({
    name: 'acme',
    setup(name, _options, { env }) {
      log.push('set up')
      return echo(name, env['KEY'])
    },
    teardown: () => void log.push('torn down'),
  })
}

function echo(name: string, text = '') {
  return createModel({ provider: 'acme', name, generate: async () => ({ text }) })
}
