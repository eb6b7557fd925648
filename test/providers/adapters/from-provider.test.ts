import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { fromProvider } from '../../../providers/adapters/from-provider.ts'
import { createProviders } from '../../../providers/create-providers.ts'
import { createModel } from '../../../src/model/create-model.ts'
import type { ModelProvider } from '../../../src/provider/provider.ts'
import { testProvider } from '../../../src/testing.ts'
import { failureOf } from '../../support/failure.ts'

const KEY = 'sk-invented-0123456789'
const client = { generate: async (prompt: string) => `${prompt}!` }

/** The provider of the original, which remembers a handle for each spec. */
class MyModelProvider {
  readonly log: string[] = []
  readonly handles = new Map<string, object>()

  async setup(spec: string, options: object): Promise<object> {
    const known = this.handles.get(spec)
    if (known) return known
    this.log.push(`setup ${spec} ${JSON.stringify(options)}`)
    await turn()
    const handle = { resource_id: `id-${spec}`, model: { ...client }, manager: this }
    this.handles.set(spec, handle)
    return handle
  }

  async teardown(resourceId: string): Promise<void> {
    this.log.push(`teardown ${resourceId}`)
    this.handles.delete(resourceId.replace('id-', ''))
  }
}

/** A provider of one kind of handle. */
const handing = (handle: unknown, more: object = {}) => ({
  setup: () => handle,
  teardown: () => {},
  ...more,
})

testProvider(fromProvider(new MyModelProvider(), 'cluster'), { model: 'small' })

test('its models are set up when they are asked for, used, and torn down by their resource', async () => {
  const object = new MyModelProvider()
  const providers = createProviders({ providers: [fromProvider(object, 'cluster')] })
  expect(object.log).toEqual([])
  {
    await using handle = await providers.setup('cluster/org/small', { gpu_memory: 0.9 })
    expect(await handle.model.generate('Hi')).toMatchObject({
      text: 'Hi!',
      provider: 'cluster',
      model: 'org/small',
    })
  }
  const log = ['setup org/small {"gpu_memory":0.9}', 'teardown id-org/small']
  expect(object.log).toEqual(log)
  await providers.setup('cluster/org/small', { gpu_memory: 0.9 })
  await providers.teardownAll()
  expect(object.log).toEqual([...log, ...log])
})

describe('the checklist of the original', () => {
  test('E-20: equal set-ups share one resource, which is destroyed once, with its last handle', async () => {
    const object = new MyModelProvider()
    const provider = fromProvider(object, 'cluster')
    const handles = await Promise.all([1, 2, 3].map(() => provider.setup('small')))
    expect(new Set(handles).size).toBe(3)
    for (const handle of handles) await Promise.all([handle.teardown(), handle.teardown()])
    await provider.teardownAll()
    expect(object.log).toEqual(['setup small {}', 'teardown id-small'])
  })

  test('E-20: a handle’s own teardown is called, and not that of the object besides', async () => {
    const log: string[] = []
    const provider = fromProvider(
      {
        setup: () => ({ client, teardown: () => log.push('handle') }),
        teardown: (id: string) => log.push(id),
      },
      'cluster',
    )
    await (await provider.setup('small')).teardown()
    expect(log).toEqual(['handle'])
  })

  test.each([
    [{ model: client, resourceId: 'r1' }, 'r1'],
    [{ model: client }, 'small'],
  ])(
    'E-20: without one the object tears down what the handle is called (%#)',
    async (handle, id) => {
      const log: unknown[] = []
      const teardown = (resourceId: unknown) => log.push(resourceId)
      await (await fromProvider(handing(handle, { teardown }), 'cluster').setup('small')).teardown()
      expect(log).toEqual([id])
    },
  )

  test.each(['setup', 'teardown'])('E-20: without `%s` it is no provider', (missing) => {
    expect(() => fromProvider(handing({ model: client }, { [missing]: null }), 'cluster')).toThrow(
      expect.objectContaining({
        kind: 'config',
        message: `fromProvider: \`cluster\` has no method \`${missing}\`.`,
      }),
    )
  })

  test.each<[unknown, string]>([
    [undefined, 'returned no handle.'],
    [{}, 'returned a handle without a `model` or a `client`.'],
    [{ model: 'small' }, 'returned a handle without a `model` or a `client`.'],
  ])('E-20: %j is no handle', async (handle, said) => {
    expect(await failureOf(fromProvider(handing(handle), 'cluster').setup('small'))).toMatchObject({
      kind: 'config',
      message: `fromProvider: \`setup\` of 'cluster/small' ${said}`,
    })
  })

  test('E-20: what was set up and is no model is torn down', async () => {
    const log: string[] = []
    const handle = { model: { close: () => {} }, teardown: () => log.push('teardown') }
    const error = await failureOf(fromProvider(handing(handle), 'cluster').setup('small'))
    expect(error).toMatchObject({ kind: 'config' })
    expect(error.message).toMatch(/^fromProvider: `small` has no method of a model: /)
    expect(log).toEqual(['teardown'])
  })

  test('E-20: a teardown that fails is reported, for all that are torn down', async () => {
    const teardown = (id: string) => Promise.reject(new Error(`${id} hangs`))
    const setup = () => ({ model: { ...client } })
    const provider = fromProvider({ setup, teardown }, 'cluster')
    const handle = await provider.setup('a')
    expect(await failureOf(handle.teardown())).toMatchObject({
      message: "Failed to tear down 'cluster/a': cluster/a: a hangs",
    })
    await Promise.all([provider.setup('b'), provider.setup('c')])
    await expect(provider.teardownAll()).rejects.toThrow(
      /cluster\/b: b hangs\n.*cluster\/c: c hangs/,
    )
  })

  test('E-21: there is one pattern, whatever else the object offers', async () => {
    const called: string[] = []
    const other = (name: string) => () => called.push(name)
    const more = { get_client: other('get_client'), create: other('create') }
    const object = Object.assign(new MyModelProvider(), more)
    const provider = fromProvider(object, 'cluster')
    await (await provider.setup('small')).teardown()
    expect(Object.keys(provider).toSorted()).toEqual(['name', 'setup', 'teardown', 'teardownAll'])
    expect(called).toEqual([])
    expectTypeOf<keyof ModelProvider>().toEqualTypeOf<
      'name' | 'aliases' | 'setup' | 'teardown' | 'teardownAll' | 'listModels'
    >()
  })
})

test('a model of our interface is handed on as it is', async () => {
  const model = createModel({
    provider: 'other',
    name: 'm',
    generate: async () => ({ text: 'Hello', usage: { inputTokens: 1, outputTokens: 2 } }),
  })
  const handle = await fromProvider(handing({ model }), 'cluster').setup('small')
  expect(handle.model).toBe(model)
})

test('a model is connected and cleaned up by its provider alone', async () => {
  const log: string[] = []
  const model = {
    initialize: () => log.push('initialize'),
    generate_response: () => 'Hello',
    health_check: () => true,
    cleanup: () => log.push('cleanup'),
  }
  const handle = await fromProvider(handing({ model }), 'cluster').setup('small')
  expect((await handle.model.generate('Hi')).text).toBe('Hello')
  expect(await handle.model.health()).toMatchObject({ healthy: true })
  await handle.teardown()
  expect(log).toEqual([])
})

test('calls in flight end before their model is torn down', async () => {
  const log: string[] = []
  const generate = (_prompt: string, { signal }: { signal: AbortSignal }) =>
    new Promise(() => signal.addEventListener('abort', () => log.push('aborted')))
  const teardown = () => log.push('teardown')
  const handle = await fromProvider(handing({ model: { generate }, teardown }), 'cluster').setup(
    'm',
  )
  const running = failureOf(handle.model.generate('Hi'))
  await turn()
  await handle.teardown()
  expect((await running).kind).toBe('cancelled')
  expect(log).toEqual(['aborted', 'teardown'])
})

test('one handle for two sets of options is an error: the second would not be asked', async () => {
  const object = new MyModelProvider()
  const provider = fromProvider(object, 'cluster')
  const first = await provider.setup('small', { temperature: 0 })
  const error = await failureOf(provider.setup('small', { temperature: 1 }))
  expect(error.kind).toBe('config')
  expect(error.message).toContain("`setup` of 'cluster/small' returned what is in use already")
  expect((await first.model.generate('Hi')).text).toBe('Hi!')
  await first.teardown()
  await (await provider.setup('small', { temperature: 1 })).teardown()
  expect(object.log).toHaveLength(4)
})

test.for(['model', 'client'])(
  'one %s in new handles is no second one either, and stays with those who have it',
  async (field) => {
    const log: unknown[] = []
    const setup = (spec: string) => ({
      resource_id: spec,
      [field]: client,
      ...(log.length > 0 && { teardown: () => log.push('own') }),
    })
    const teardown = (id: string) => log.push(id)
    const provider = fromProvider({ setup, teardown }, 'cluster')
    const first = await provider.setup('small', { temperature: 0 })
    const error = await failureOf(provider.setup('small', { temperature: 1 }))
    expect(error.kind).toBe('config')
    expect(error.message).toContain("`setup` of 'cluster/small' returned what is in use already")
    expect(log).toEqual([])
    expect((await first.model.generate('Hi')).text).toBe('Hi!')
    await first.teardown()
    expect(log).toEqual(['small'])
    await (await provider.setup('small', { temperature: 1 })).teardown()
  },
)

test('a set-up that fails says why, without a key, and is tried again', async () => {
  let tries = 0
  const setup = () => {
    if (++tries === 1) throw new Error(`refused ${KEY}`)
    return { model: client }
  }
  const provider = fromProvider(handing(undefined, { setup }), 'cluster')
  const options = { api_key: KEY }
  expect(await failureOf(provider.setup('small', options), KEY)).toMatchObject({
    kind: 'setup',
    message: "Failed to set up 'cluster/small': refused ***",
  })
  expect((await (await provider.setup('small', options)).model.generate('Hi')).text).toBe('Hi!')
})

test('it lists what the object lists', async () => {
  const listModels = async () => ['small', 'large']
  const provider = fromProvider(handing({ model: client }, { listModels }), 'cluster')
  expect(await provider.listModels!()).toEqual([{ id: 'small' }, { id: 'large' }])
})

test.each<[unknown, string, string]>([
  [null, 'cluster', 'fromProvider: expected an object, a class or a function, got nothing.'],
  [handing({}), '', 'what stands before the `/` of a spec; got "".'],
  [handing({}), 'a/b', 'what stands before the `/` of a spec; got "a/b".'],
])('%# is no provider', (object, name, message) => {
  expect(() => fromProvider(object as object, name)).toThrow(message)
})
