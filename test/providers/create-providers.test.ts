import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createProviders } from '../../providers/create-providers.ts'
import { createModel } from '../../src/model/create-model.ts'
import { defineProvider } from '../../src/provider/define-provider.ts'
import type { ModelProvider } from '../../src/provider/provider.ts'
import { lives } from '../support/supervision.ts'
import { createTinyServers, type TinyServers } from '../support/tiny-server.ts'

/** Each of its models has a server of its own. */
function tinyProvider(tiny: TinyServers): ModelProvider {
  return defineProvider({
    name: 'tiny',
    async setup(name, _options, { lease }) {
      const { address } = await lease(tiny.need(name))
      return createModel({ provider: 'tiny', name, generate: async () => ({ text: address.url }) })
    },
  })
}

test('local servers of a script take turns where one has room, and end with teardownAll', async () => {
  await using tiny = await createTinyServers()
  const baseDir = tiny.folder
  const providers = createProviders({ providers: [tinyProvider(tiny)], maxServers: 1, baseDir })
  onTestFinished(() => providers.teardownAll())
  const first = await providers.setup('tiny/a')
  const second = providers.setup('tiny/b')
  await first.teardown()
  await second
  const [a, b] = await tiny.pids()
  expect([lives(a!), lives(b!)]).toEqual([false, true])
  const logs = await readdir(join(baseDir, '.assay/servers'))
  expect(new Set(logs.map((name) => name[0]))).toEqual(new Set(['a', 'b']))
  await providers.teardownAll()
  expect(lives(b!)).toBe(false)
  await expect(providers.setup('tiny/c')).rejects.toMatchObject({ kind: 'cancelled' })
})

test('a number of servers that is none is one clear error', () => {
  expect(() => createProviders({ maxServers: 1.5 })).toThrow(
    /^createProviders\(\): `maxServers`: expected/,
  )
})
