import { expect, test } from 'vitest'
import { fromProvider } from '../../providers/adapters/from-provider.ts'
import { createModel } from '../../src/model/create-model.ts'
import { defineProvider } from '../../src/provider/define-provider.ts'
import { loadFound } from '../../src/provider/load-found.ts'

const modelOf = (name: string) =>
  createModel({ provider: 'lab', name, generate: async () => ({ text: 'Hello' }) })

test('E-03: who defines a provider writes how a model begins and ends; sharing and handles come with it', async () => {
  const log: string[] = []
  const provider = defineProvider({
    name: 'lab',
    setup(name) {
      log.push(`setup ${name}`)
      return modelOf(name)
    },
    teardown: ({ info }) => void log.push(`teardown ${info.name}`),
  })
  const [first, second] = await Promise.all([provider.setup('m'), provider.setup('m')])
  expect(first).not.toBe(second)
  expect(first.model).toBe(second.model)
  await first.teardown()
  expect((await second.model.generate('Hi')).text).toBe('Hello')
  await second.teardown()
  expect(log).toEqual(['setup m', 'teardown m'])
  // @ts-expect-error a provider has a set-up
  void (() => defineProvider({ name: 'none' }))
})

test('E-03: an object that nobody defined is a provider through fromProvider() alone', async () => {
  const plain = { name: 'lab', setup: (name: string) => ({ model: modelOf(name) }), teardown() {} }
  const found = { name: null, origin: './lab.ts', url: 'file:///lab.ts', listed: true }
  await expect(loadFound(found, async () => ({ default: plain }))).rejects.toMatchObject({
    kind: 'config',
    message: expect.stringContaining('expected its default export to be what `defineProvider()`'),
  })
  const adapted = fromProvider(plain, 'lab')
  expect(await loadFound(found, async () => ({ default: adapted }))).toBe(adapted)
  await using handle = await adapted.setup('m')
  expect((await handle.model.generate('Hi')).text).toBe('Hello')
})
