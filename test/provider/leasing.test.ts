import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { callScope } from '../../src/model/call.ts'
import { startClock } from '../../src/model/clock.ts'
import { createModel } from '../../src/model/create-model.ts'
import type { LeaseOptions, Leases, ServerLease, ServerNeed } from '../../src/model/lease.ts'
import type { Model } from '../../src/model/model.ts'
import { bindProvider, defineProvider } from '../../src/provider/define-provider.ts'
import { createHolder } from '../../src/provider/holder.ts'
import { createTinyServers } from '../support/tiny-server.ts'

const tinyLease: ServerLease = {
  key: null,
  slots: null,
  address: { url: 'http://127.0.0.1:1', start: 1 },
  recover: async () => {},
  release() {},
}

/** Lends to everybody, and remembers what is held. */
function openLeases() {
  const held = new Map<ServerLease, string>()
  const asked: (LeaseOptions & { readonly model: string })[] = []
  const leases: Leases = {
    async lease({ model }, options = {}) {
      asked.push({ model, ...options })
      const lease: ServerLease = {
        key: null,
        slots: null,
        address: { url: 'http://127.0.0.1:1', start: 1 },
        recover: async () => {},
        release: () => void held.delete(lease),
      }
      held.set(lease, model)
      return lease
    },
  }
  return { leases, asked, held: () => [...held.values()] }
}

const tiny = await createTinyServers()
await tiny[Symbol.asyncDispose]() // its needs are all that is used here
const needOf = (model: string): ServerNeed => tiny.need(model)

function echo(name: string): Model {
  return createModel({ provider: 'acme', name, generate: async () => ({ text: name }) })
}

function providerIn(leases: Leases, fails = false) {
  const provider = defineProvider({
    name: 'acme',
    async setup(modelName, _options, { lease }) {
      for (const one of modelName.split('+')) await lease(needOf(one))
      if (fails) throw new Error('no')
      return echo(modelName)
    },
  })
  return bindProvider(provider, { leases })
}

test('a lease is held as long as the model, by all its handles', async () => {
  const { leases, held } = openLeases()
  const provider = providerIn(leases)
  const first = await provider.setup('m')
  const second = await provider.setup('m')
  expect(held()).toEqual(['m'])
  await first.teardown()
  expect(held()).toEqual(['m'])
  await second.teardown()
  expect(held()).toEqual([])
})

test('leases end with a set-up that fails, and with teardownAll', async () => {
  const { leases, held, asked } = openLeases()
  await expect(providerIn(leases, true).setup('a+b')).rejects.toThrow('no')
  expect(asked).toHaveLength(2)
  expect(held()).toEqual([])
  const provider = providerIn(leases)
  await provider.setup('c')
  await provider.teardownAll()
  expect(held()).toEqual([])
})

test('they end also when the teardown throws', async () => {
  const { leases, held } = openLeases()
  const provider = bindProvider(
    defineProvider({
      name: 'acme',
      async setup(modelName, _options, { lease }) {
        await lease(needOf(modelName))
        return echo(modelName)
      },
      teardown() {
        throw new Error('stuck')
      },
    }),
    { leases },
  )
  const handle = await provider.setup('m')
  await expect(handle.teardown()).rejects.toThrow('stuck')
  expect(held()).toEqual([])
})

test('who asks for a second model is known to hold the first, until it lets go of it', async () => {
  const { leases, asked } = openLeases()
  const provider = providerIn(leases)
  const holder = createHolder()
  const first = await provider.setup('a', {}, { holder })
  await provider.setup('b', {}, { holder })
  expect(asked.map(({ besides }) => besides?.length)).toEqual([0, 1])
  await first.teardown()
  await provider.setup('c', {}, { holder })
  expect(asked.at(-1)!.besides).toHaveLength(1) // b
})

test('what one holds who shares a model counts, though the lease was taken by another', async () => {
  const { leases, asked } = openLeases()
  const provider = providerIn(leases)
  await provider.setup('a', {}, { holder: createHolder() })
  const second = createHolder()
  await provider.setup('a', {}, { holder: second })
  await provider.setup('b', {}, { holder: second })
  expect(asked.map(({ model, besides }) => [model, besides?.length])).toEqual([
    ['a', 0],
    ['b', 1],
  ])
})

test('what a test holds counts for its rows; what one row holds does not for another', async () => {
  const { leases, asked } = openLeases()
  const provider = providerIn(leases)
  const held = createHolder()
  await provider.setup('subject', {}, { holder: held })
  await provider.setup('a', {}, { holder: createHolder(held) })
  await provider.setup('b', {}, { holder: createHolder(held) })
  expect(asked.map(({ besides }) => besides?.length)).toEqual([0, 1, 1])
})

test('a set-up that takes two leases is known to hold the first when it asks for the second', async () => {
  const { leases, asked } = openLeases()
  await providerIn(leases).setup('a+b')
  expect(asked.map(({ besides }) => besides?.length)).toEqual([0, 1])
})

test('of two set-ups that one holder asks for at once the second is known to hold the first', async () => {
  const { leases, asked } = openLeases()
  const provider = providerIn(leases)
  const holder = createHolder()
  await Promise.all(['a', 'b'].map((name) => provider.setup(name, {}, { holder })))
  expect(asked.map(({ besides }) => besides?.length)).toEqual([0, 1])
})

test('what a failed set-up took does not count', async () => {
  const { leases, asked } = openLeases()
  const holder = createHolder()
  await expect(providerIn(leases, true).setup('a', {}, { holder })).rejects.toThrow('no')
  await providerIn(leases).setup('b', {}, { holder })
  expect(asked.map(({ besides }) => besides?.length)).toEqual([0, 0])
})

test('who joins the set-up of another while that waits is known to hold what it holds', async () => {
  const { leases, asked, held } = openLeases()
  const { promise: free, resolve } = Promise.withResolvers<void>()
  const provider = providerIn({
    async lease(need, options) {
      const lease = await leases.lease(need, options)
      if (need.model === 'b') await free
      return lease
    },
  })
  const second = createHolder()
  await provider.setup('a', {}, { holder: second })
  const first = provider.setup('b', {}, { holder: createHolder() })
  const joined = provider.setup('b', {}, { holder: second })
  await expect.poll(() => asked.length).toBe(3)
  const asks = asked.map(({ model, besides }) => `${model} beside ${besides?.length}`)
  expect(asks.toSorted()).toEqual(['a beside 0', 'b beside 0', 'b beside 1'])
  resolve()
  await Promise.all([first, joined])
  await expect.poll(() => held().toSorted()).toEqual(['a', 'b'])
})

test('a row’s clock stands still while its server is started', async () => {
  const { leases } = openLeases()
  let isExpired = false
  const clock = startClock(50, () => (isExpired = true))
  const slow = providerIn({
    async lease(need, options) {
      await sleep(200)
      return leases.lease(need, options)
    },
  })
  await callScope.run({ trial: 0, clock }, () => slow.setup('a'))
  expect(isExpired).toBe(false)
  clock.stop()
})

test('who joins a set-up has its row’s clock stopped as long as that waits for a server, and no longer', async () => {
  const { leases } = openLeases()
  const stuck = Promise.withResolvers<void>()
  const provider = bindProvider(
    defineProvider({
      name: 'acme',
      async setup(modelName, _options, { lease }) {
        await lease(needOf(modelName))
        await stuck.promise // of the provider's own making
        return echo(modelName)
      },
    }),
    {
      leases: {
        async lease(need, options) {
          await sleep(200)
          return leases.lease(need, options)
        },
      },
    },
  )
  const expired: number[] = []
  const began = performance.now()
  const rows = [1, 2].map(() => {
    const clock = startClock(100, () => expired.push(performance.now() - began))
    return callScope.run({ trial: 0, clock }, () => provider.setup('a'))
  })
  await expect.poll(() => expired.length).toBe(2)
  for (const ms of expired) expect(ms).toBeGreaterThan(190)
  stuck.resolve()
  await Promise.all(rows)
})

test('a joiner whose wait is over claims nothing any more', async () => {
  const waiting = new Set<AbortSignal>()
  const provider = providerIn({
    lease: (_need, { signal } = {}) =>
      new Promise((_resolve, reject) => {
        waiting.add(signal!)
        signal!.addEventListener('abort', () => {
          waiting.delete(signal!)
          reject(new Error('aborted'))
        })
      }),
  })
  const rich = createHolder()
  const other = await providerIn(openLeases().leases).setup('a')
  rich.add(other, [{ ...tinyLease }])
  const setups = [createHolder(), rich].map((holder) => provider.setup('b', {}, { holder }))
  await expect.poll(() => waiting.size).toBe(2)
  await provider.teardownAll()
  await Promise.allSettled(setups)
  expect(waiting.size).toBe(0)
})

test('only a set-up takes leases', async () => {
  const { leases } = openLeases()
  const provider = bindProvider(
    defineProvider({
      name: 'acme',
      setup: echo,
      async listModels(_options, { lease }) {
        await lease(needOf('m'))
        return []
      },
    }),
    { leases },
  )
  await expect(provider.listModels!()).rejects.toMatchObject({ kind: 'internal' })
})
