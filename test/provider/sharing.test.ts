import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { AssayError } from '../../src/model/error.ts'
import { defineProvider } from '../../src/provider/define-provider.ts'

test('E-01: a handle is torn down by leaving its scope', async () => {
  const { provider, log } = counting()
  {
    await using handle = await provider.setup('m')
    expect(handle.model).toEqual({ name: 'm', n: 1 })
    expect(handle.provider).toBe(provider)
  }
  expect(log).toEqual(['create m 1', 'destroy m 1'])
})

test('E-02: a second teardown of a handle does nothing, and its model is an error then', async () => {
  const { provider, log } = counting()
  const handle = await provider.setup('m')
  await Promise.all([handle.teardown(), handle.teardown()])
  await handle.teardown()
  expect(log).toEqual(['create m 1', 'destroy m 1'])
  expect(() => handle.model).toThrow(
    expect.objectContaining({
      kind: 'setup',
      provider: 'acme',
      message: `The model 'acme/m' was torn down (${handle.resourceId}).`,
    }),
  )
})

test('E-04: two handles share a resource, and the last teardown destroys it', async () => {
  const { provider, log } = counting()
  const [first, second] = [await provider.setup('m'), await provider.setup('m')]
  expect(second.resourceId).toBe(first.resourceId)
  expect(second).not.toBe(first)
  await first.teardown()
  await first.teardown()
  expect(second.model).toEqual({ name: 'm', n: 1 })
  expect(() => first.model).toThrow(`The model 'acme/m' was torn down (${first.resourceId}).`)
  expect(log).toEqual(['create m 1'])
  await second.teardown()
  expect(log).toEqual(['create m 1', 'destroy m 1'])
})

test('E-04: other options are another resource, the order of options is not', async () => {
  const { provider, log } = counting()
  const handles = [
    await provider.setup('m', { t: 1, nested: { a: 1, b: 2 } }),
    await provider.setup('m', { nested: { b: 2, a: 1 }, t: 1 }),
    await provider.setup('m', { t: 2, nested: { a: 1, b: 2 } }),
    await provider.setup('m', { t: '1', nested: { a: 1, b: 2 } }),
    await provider.setup('m'),
    await provider.setup('m', {}),
    await provider.setup('m', { t: undefined }),
  ]
  expect(handles.map(({ model }) => model.n)).toEqual([1, 1, 2, 3, 4, 4, 4])
  expect(log).toHaveLength(4)
})

test('options that JSON would flatten are told apart: functions and instances', async () => {
  const { provider } = counting()
  const [one, other] = [() => 'one', () => 'other']
  const agent = new Map([['a', 1]])
  const options = [{ f: one }, { f: other }, { f: one }, { agent }, { agent: new Map() }, { agent }]
  const handles = await Promise.all(options.map((each) => provider.setup('m', each)))
  const ids = handles.map(({ resourceId }) => resourceId)
  expect(new Set(ids).size).toBe(4)
  expect([ids[2], ids[5]]).toEqual([ids[0], ids[3]])
})

test('E-05: twenty set-ups at once create one resource', async () => {
  const { provider, log, open } = counting({ held: true })
  const all = Array.from({ length: 20 }, () => provider.setup('m'))
  await turn()
  open()
  const handles = await Promise.all(all)
  expect(log).toEqual(['create m 1'])
  expect(new Set(handles).size).toBe(20)
  for (const handle of handles.slice(1)) await handle.teardown()
  expect(log).toEqual(['create m 1'])
  await handles[0]!.teardown()
  expect(log).toEqual(['create m 1', 'destroy m 1'])
})

test('E-05, E-18: a failing set-up rejects all who wait with one cause, and is not remembered', async () => {
  const cause = new Error('connection refused')
  const failures: (Error | undefined)[] = [cause]
  const { provider, log } = counting({ failures })
  const all = await Promise.allSettled(Array.from({ length: 20 }, () => provider.setup('m')))
  for (const one of all) {
    expect(one).toMatchObject({
      status: 'rejected',
      reason: {
        name: 'AssayError',
        kind: 'setup',
        message: "Failed to set up 'acme/m': connection refused",
        cause,
      },
    })
  }
  const handle = await provider.setup('m')
  expect(handle.model.n).toBe(2)
  expect(log).toEqual(['create m 1', 'create m 2'])
})

test("a provider's own error of a set-up passes through", async () => {
  const own = new AssayError('The key is wrong.', { kind: 'auth' })
  const { provider } = counting({ failures: [own] })
  await expect(provider.setup('m')).rejects.toBe(own)
})

test('E-16: two keys are created at the same time', async () => {
  const { provider, log, open } = counting({ held: true })
  const both = Promise.all([
    provider.setup('a'),
    provider.setup('b'),
    provider.setup('a', { t: 1 }),
  ])
  await turn()
  expect(log).toEqual(['create a 1', 'create b 2', 'create a 3'])
  open()
  await both
})

test('a set-up that comes while the resource is torn down waits and creates it anew', async () => {
  const { provider, log, open } = counting({ heldEnd: true })
  const first = await provider.setup('m')
  const gone = first.teardown()
  const again = Promise.all([provider.setup('m'), provider.setup('m')])
  await turn()
  expect(log).toEqual(['create m 1', 'destroy m 1'])
  open()
  await gone
  const [second, third] = await again
  expect([second.model.n, third.model.n]).toEqual([2, 2])
  expect(log).toEqual(['create m 1', 'destroy m 1', 'create m 2'])
  await second.teardown()
  expect(third.model.n).toBe(2)
})

test('a set-up just before the last teardown gets a model that lives', async () => {
  const { provider } = counting()
  const first = await provider.setup('m')
  const second = provider.setup('m')
  await first.teardown()
  expect((await second).model).toMatchObject({ name: 'm' })
})

test('a set-up that is about to get its handle keeps the model alive', async () => {
  for (let turns = 0; turns < 8; turns++) {
    const { provider } = counting()
    const first = await provider.setup('m')
    const second = provider.setup('m')
    for (let i = 0; i < turns; i++) await Promise.resolve()
    await first.teardown()
    expect((await second).model).toMatchObject({ name: 'm' })
  }
})

test('E-12: rows that set up and tear down at once never get a model that is gone', async () => {
  const { provider, alive } = counting()
  const lane = async () => {
    for (let i = 0; i < 20; i++) {
      const handle = await provider.setup('m')
      await turn()
      expect(alive).toContain(handle.model.n)
      await handle.teardown()
    }
  }
  await Promise.all(Array.from({ length: 5 }, lane))
  expect([...alive]).toEqual([])
})

test('a teardown that fails says so to who called it, and the next set-up starts anew', async () => {
  const cause = new Error('port in use')
  const { provider, log } = counting({ endFailures: { m: cause } })
  const handle = await provider.setup('m')
  await expect(handle.teardown()).rejects.toMatchObject({
    kind: 'setup',
    message: "Failed to tear down 'acme/m': port in use",
    cause,
  })
  await handle.teardown()
  expect((await provider.setup('m')).model.n).toBe(2)
  expect(log).toEqual(['create m 1', 'destroy m 1', 'create m 2'])
})

test('the provider lets go of a share by the id of its resource', async () => {
  const { provider, log } = counting()
  const { resourceId } = await provider.setup('m')
  await provider.setup('m')
  await provider.teardown(resourceId)
  expect(log).toEqual(['create m 1'])
  await provider.teardown(resourceId)
  expect(log).toEqual(['create m 1', 'destroy m 1'])
  await provider.teardown(resourceId)
  await provider.teardown('acme/unknown#0')
  expect(log).toHaveLength(2)
})

test('E-09: teardownAll destroys every resource, whoever holds it, and names each failure', async () => {
  const { provider, log } = counting({
    endFailures: { b: new Error('b is stuck'), c: new Error('c is stuck') },
  })
  const handles = await Promise.all(['a', 'b', 'c', 'd'].map((name) => provider.setup(name)))
  await provider.setup('a')
  const error = await provider.teardownAll().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(AggregateError)
  expect(error).toMatchObject({
    message: "Failed to tear down 'acme/b': b is stuck\nFailed to tear down 'acme/c': c is stuck",
    errors: [{ cause: { message: 'b is stuck' } }, { cause: { message: 'c is stuck' } }],
  })
  expect(log.slice(4)).toEqual(['destroy a 1', 'destroy b 2', 'destroy c 3', 'destroy d 4'])
  expect(() => handles[0]!.model).toThrow("The model 'acme/a' was torn down")
  await handles[0]!.teardown()
  await provider.teardownAll()
  expect(log).toHaveLength(8)
})

test('after teardownAll a set-up creates anew, and an old handle does not end it', async () => {
  const { provider, log } = counting()
  const old = await provider.setup('m')
  await provider.teardownAll()
  const fresh = await provider.setup('m')
  await old.teardown()
  expect(fresh.model.n).toBe(2)
  expect(log).toEqual(['create m 1', 'destroy m 1', 'create m 2'])
})

test('teardownAll aborts a set-up that is under way, and destroys what it made all the same', async () => {
  const { provider, log, signals, open } = counting({ held: true })
  const pending = provider.setup('m').catch(() => undefined)
  await turn()
  expect(signals[0]!.aborted).toBe(false)
  const gone = provider.teardownAll()
  expect(signals[0]!.aborted).toBe(true)
  open()
  await gone
  await pending
  expect(log).toEqual(['create m 1', 'destroy m 1'])
})

test('a set-up that fails after teardownAll is not its failure', async () => {
  const { provider, open } = counting({ held: true, failures: [new Error('aborted')] })
  const pending = provider.setup('m')
  const failed = expect(pending).rejects.toThrow("Failed to set up 'acme/m': aborted")
  await turn()
  const gone = provider.teardownAll()
  open()
  await gone
  await failed
})

test('a provider that does not share makes a resource for each set-up', async () => {
  const { provider, log } = counting({ shared: false })
  const [first, second] = await Promise.all([provider.setup('m'), provider.setup('m')])
  expect([first.model.n, second.model.n]).toEqual([1, 2])
  await first.teardown()
  expect(second.model.n).toBe(2)
  await second.teardown()
  expect(log).toEqual(['create m 1', 'create m 2', 'destroy m 1', 'destroy m 2'])
})

interface Plan {
  readonly shared?: boolean
  /** Set-ups wait for `open`. */
  readonly held?: boolean
  /** Teardowns wait for `open`. */
  readonly heldEnd?: boolean
  /** What the set-ups throw, in their order. */
  readonly failures?: readonly (Error | undefined)[]
  /** What the teardown of a model throws, by name. */
  readonly endFailures?: Readonly<Record<string, Error>>
}

/** A provider that counts what it creates and destroys. */
function counting({ shared = true, held, heldEnd, failures = [], endFailures = {} }: Plan = {}) {
  const log: string[] = []
  const signals: AbortSignal[] = []
  const alive = new Set<number>()
  const gate = Promise.withResolvers<void>()
  let count = 0
  const provider = defineProvider<{ name: string; n: number }>({
    name: 'acme',
    shared,
    options: {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) => ({ value: value as object }),
      },
    },
    async setup(name, _options, { signal }) {
      const n = ++count
      log.push(`create ${name} ${n}`)
      signals.push(signal)
      if (held) await gate.promise
      await turn()
      const failure = failures[n - 1]
      if (failure) throw failure
      alive.add(n)
      return { name, n }
    },
    async teardown({ name, n }) {
      log.push(`destroy ${name} ${n}`)
      alive.delete(n)
      if (heldEnd) await gate.promise
      if (endFailures[name]) throw endFailures[name]
    },
  })
  return { provider, log, signals, alive, open: () => gate.resolve() }
}
