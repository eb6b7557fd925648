import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createRegistry, type RegistryOptions } from '../../../providers/create-registry.ts'
import { scripted } from '../../../providers/scripted.ts'
import { createModel } from '../../../src/model/create-model.ts'
import { AssayError } from '../../../src/model/error.ts'
import { defineProvider } from '../../../src/provider/define-provider.ts'
import { lazyProvider } from '../../../src/provider/lazy-provider.ts'
import type { ModelProvider } from '../../../src/provider/provider.ts'
import { createStatistics } from '../../../src/provider/selection/statistics.ts'
import { ucb } from '../../../src/provider/selection/strategies.ts'
import { failureOf } from '../../support/failure.ts'

const config = (message: string | RegExp) =>
  expect.objectContaining({
    kind: 'config',
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  })

/** A provider that writes down what it does, and waits where it is told to. */
function logged({ setup, teardown }: { setup?: Promise<void>; teardown?: Promise<void> } = {}) {
  const log: string[] = []
  const provider: ModelProvider = defineProvider({
    name: 'acme',
    async setup(name) {
      log.push(`setting up ${name}`)
      await setup
      log.push(`up ${name}`)
      return createModel({ provider: 'acme', name, generate: async () => ({ text: name }) })
    },
    async teardown({ info }) {
      await teardown
      log.push(`down ${info.name}`)
    },
  })
  return { log, provider }
}

/** Models that say their names. */
const named = (...names: readonly string[]) =>
  names.map((name) => ({ ...scripted(() => name, name), name }))

function registryOf(names: readonly string[], options: RegistryOptions = {}) {
  const registry = createRegistry({ env: {}, ...options })
  for (const one of named(...names)) registry.register(one)
  return registry
}

describe('looking up', () => {
  const presets = { NVIDIA_API_KEY: 'x' }

  test.for([
    'ollama/llama2:7b',
    'llama2:7b',
    'nvidia/deepseek-ai/deepseek-v3.1',
    'deepseek-ai/deepseek-v3.1',
  ])('O-02: "%s" is found', async (name) => {
    await using registry = createRegistry({ env: presets })
    registry.register('ollama/llama2:7b')
    registry.register('nvidia/deepseek-ai/deepseek-v3.1')
    expect(registry.get(name).spec).toMatch(new RegExp(`(?:^|/)${name}$`))
  })

  test.for(['7b', 'deepseek-v3.1', 'ollama', 'ollama/', ''])(
    'O-02: "%s" is not found, and what there is is listed',
    async (name) => {
      await using registry = createRegistry({ env: presets })
      registry.register('ollama/llama2:7b')
      registry.register('nvidia/deepseek-ai/deepseek-v3.1')
      expect(() => registry.get(name)).toThrow(
        config(
          `There is no model "${name}"; registered: ollama/llama2:7b, nvidia/deepseek-ai/deepseek-v3.1.`,
        ),
      )
    },
  )

  test('O-02: a slip is asked about', async () => {
    await using registry = createRegistry({ env: {} })
    expect(() => registry.get('llama2')).toThrow('There is no model "llama2"; none is registered.')
    registry.register('ollama/llama2:7b')
    expect(() => registry.get('llama2:7')).toThrow(/ Did you mean "llama2:7b"\?$/)
    expect(() => registry.get('olama/llama2:7b')).toThrow(/ Did you mean "ollama\/llama2:7b"\?$/)
  })

  test('O-01, O-02: one name of two providers is two models; alone it tells neither', async () => {
    await using registry = createRegistry({ env: {} })
    registry.register('openai/gpt-4')
    registry.register('openrouter/gpt-4')
    expect(registry.get('openai/gpt-4').spec).toBe('openai/gpt-4')
    expect(() => registry.get('gpt-4')).toThrow(
      config(
        /^"gpt-4" is the name of several models: openai\/gpt-4 \(\S+registry\.test\.ts:\d+:\d+\), openrouter\/gpt-4 \(\S+registry\.test\.ts:\d+:\d+\)\.$/,
      ),
    )
    await registry.unregister('openrouter/gpt-4')
    expect(registry.get('gpt-4').spec).toBe('openai/gpt-4')
  })

  test('O-02: a name of its own goes before a spec, and a spec before what is left of one', async () => {
    const { provider } = logged()
    await using registry = createRegistry({ providers: [provider], env: {} })
    registry.register('m', { spec: 'acme/other' })
    registry.register('acme/m')
    expect(registry.get('m').spec).toBe('acme/other')
    registry.register('hot', { spec: 'acme/twice' })
    expect(registry.get('acme/twice').name).toBe('hot')
    registry.register('cold', { spec: 'acme/twice' })
    expect(() => registry.get('acme/twice')).toThrow(/several models: hot \(.*\), cold \(.*\)\.$/)
  })

  test.for(['health', 'metrics'] as const)(
    'O-29: the %s of an unknown name is an error',
    async (method) => {
      await using registry = registryOf(['one'])
      expect(() => registry[method]('nobody')).toThrow(
        config('There is no model "nobody"; registered: one.'),
      )
    },
  )

  test('O-03: the list is in the order of registration, and can be that of one provider', async () => {
    const { provider } = logged()
    await using registry = createRegistry({ providers: [provider], env: {} })
    for (const model of ['acme/b', ...named('z'), 'acme/a']) registry.register(model)
    const names = (filter?: { provider: string }) => registry.list(filter).map(({ name }) => name)
    expect(names()).toEqual(['acme/b', 'z', 'acme/a'])
    expect(names({ provider: 'acme' })).toEqual(['acme/b', 'acme/a'])
    expect(names({ provider: 'acm' })).toEqual([])
  })
})

describe('unregister', () => {
  test('O-03: awaits the teardown', async () => {
    const gate = Promise.withResolvers<void>()
    const { provider, log } = logged({ teardown: gate.promise })
    await using registry = createRegistry({ providers: [provider], env: {} })
    await registry.register('acme/m').model()
    const gone = registry.unregister('m').then(() => log.push('gone'))
    expect(registry.list()).toEqual([])
    gate.resolve()
    await gone
    expect(log).toEqual(['setting up m', 'up m', 'down m', 'gone'])
    await expect(registry.unregister('m')).rejects.toThrow(config(/^There is no model "m"/))
  })

  test('O-03: a set-up that is under way is torn down, and nobody gets its model', async () => {
    const gate = Promise.withResolvers<void>()
    const { provider, log } = logged({ setup: gate.promise })
    await using registry = createRegistry({
      providers: [provider],
      env: {},
      health: { intervalMs: 1000, probe: () => {} },
    })
    const entry = registry.register('acme/m')
    const [model, pull] = [failureOf(entry.model()), failureOf(registry.select())]
    while (entry.pulls.pending === 0) await turn()
    const gone = registry.unregister('m')
    gate.resolve()
    await gone
    expect(log).toEqual(['setting up m', 'up m', 'down m'])
    const torn = { kind: 'setup', message: 'The model "acme/m" was torn down.' }
    expect(await model).toMatchObject(torn)
    expect(await pull).toMatchObject(torn)
    expect(await failureOf(entry.model())).toMatchObject(torn)
    expect(log).toHaveLength(3)
  })

  test('O-03: UCB among the others goes on as a new one that has their pulls', async () => {
    const rewards: Readonly<Record<string, number>> = { a: 0.5, b: 0.75, c: 0.25 }
    const statistics = createStatistics()
    const strategy = ucb({ minTrials: 2 })
    await using registry = registryOf(['a', 'b', 'c'], { statistics, strategy })
    const counts: Record<string, number> = { a: 0, b: 0, c: 0 }
    for (let pulls = 0; pulls < 30; pulls++) {
      const { name, report } = await registry.select()
      counts[name]!++
      report(rewards[name]!)
    }
    await registry.unregister('b')
    const models = Object.fromEntries(
      ['a', 'c'].map((name) => [
        name,
        { completed: counts[name]!, sum: counts[name]! * rewards[name]! },
      ]),
    )
    expect(statistics.export()).toEqual({ version: 1, models })
    const fresh = createStatistics()
    fresh.import({ version: 1, models })
    await using other = registryOf(['a', 'c'], { statistics: fresh, strategy })
    const ways = await Promise.all(
      [registry, other].map(async (one) => {
        const way: string[] = []
        for (let pulls = 0; pulls < 30; pulls++) {
          const { name, report } = await one.select()
          way.push(name)
          report(rewards[name]!)
        }
        return way
      }),
    )
    expect(ways[0]).toEqual(ways[1])
    expect(new Set(ways[0])).toEqual(new Set(['a', 'c']))
  })

  test('O-03: what is reported of it later counts nowhere, and not for another of its name', async () => {
    await using registry = registryOf(['one', 'two'])
    const pull = await registry.select()
    expect(pull.name).toBe('one')
    await registry.unregister('one')
    const [again] = named('one').map((one) => registry.register(one))
    expect(pull.report(1)).toBe(false)
    expect(pull.cancel()).toBe(false)
    expect(again!.pulls).toEqual({ completed: 0, pending: 0, unrewarded: 0, mean: null })
    expect(registry.statistics.summary()).toEqual({})
  })

  test('O-31: what becomes of its calls later is told nobody', async () => {
    await using registry = registryOf(['one'])
    const told: string[] = []
    registry.on('healthChange', ({ name }) => told.push(name))
    const model = await registry.get('one').model()
    await registry.unregister('one')
    await model.generate('Hi')
    expect(told).toEqual([])
  })
})

describe('replace', () => {
  test('D-26: the next call is that of the new one, and the old one was torn down before', async () => {
    const { provider, log } = logged()
    await using registry = createRegistry({ providers: [provider], env: {} })
    const old = registry.register('mine', { spec: 'acme/old' })
    await old.model()
    const entry = await registry.replace('mine', { spec: 'acme/new' })
    expect(log).toEqual(['setting up old', 'up old', 'down old'])
    expect(registry.get('mine').spec).toBe('acme/new')
    expect((await (await entry.model()).generate('Hi')).text).toBe('new')
    expect(entry.origin).not.toBe(old.origin)
    expect(registry.list()).toHaveLength(1)
  })

  test('D-26: what is wrong leaves what there is', async () => {
    const { provider, log } = logged()
    await using registry = createRegistry({ providers: [provider], env: {} })
    await registry.register('acme/m').model()
    await expect(registry.replace('m', {})).rejects.toThrow(config(/expected `spec`/))
    await expect(registry.replace('n', { spec: 'acme/n' })).rejects.toThrow(
      config(/^There is no model "n"/),
    )
    expect((await (await registry.get('m').model()).generate('Hi')).text).toBe('m')
    expect(log).not.toContain('down m')
  })
})

describe('pulls', () => {
  test('a pull counts when it is taken, and once', async () => {
    await using registry = registryOf(['one'])
    const pull = await registry.select()
    expect(registry.get('one').pulls).toEqual({
      completed: 0,
      pending: 1,
      unrewarded: 0,
      mean: null,
    })
    expect([pull.report(0.5), pull.report(1), pull.cancel()]).toEqual([true, false, false])
    expect(registry.get('one').pulls).toEqual({
      completed: 1,
      pending: 0,
      unrewarded: 0,
      mean: 0.5,
    })
    const second = await registry.select()
    expect([pull.id, second.id]).toEqual([1, 2])
    expect(second.cancel()).toBe(true)
    expect(registry.get('one').pulls).toEqual({
      completed: 1,
      pending: 0,
      unrewarded: 0,
      mean: 0.5,
    })
  })

  const broken = defineProvider({
    name: 'broken',
    setup: () => {
      throw new AssayError('No room.', { kind: 'setup' })
    },
  })

  test('a model that cannot be set up is rewarded with 0, and its error is told', async () => {
    await using registry = createRegistry({ providers: [broken], env: {} })
    registry.register('broken/m')
    const error = await failureOf(registry.select())
    expect(error).toMatchObject({ message: 'No room.', kind: 'setup', servedBy: 'broken/m' })
    expect(registry.get('m').pulls).toEqual({ completed: 1, pending: 0, unrewarded: 0, mean: 0 })
    expect(registry.health('m')).toMatchObject({
      consecutiveFailures: 1,
      issues: [expect.stringContaining('No room')],
    })
  })

  test.for<readonly [string, () => number | null, number]>([
    ['that is null', () => null, 0],
    [
      'that throws',
      () => {
        throw new Error('no idea')
      },
      1,
    ],
    ['that is no number', () => Number.NaN, 1],
  ])('a reward %s ends the pull without one, and hides no error', async ([, reward, notices]) => {
    const lines: string[] = []
    const notice = (line: string) => lines.push(line)
    await using registry = createRegistry({ providers: [broken], env: {}, reward, notice })
    registry.register('broken/m')
    expect((await failureOf(registry.select())).message).toBe('No room.')
    expect(registry.get('m').pulls).toEqual({ completed: 0, pending: 0, unrewarded: 1, mean: null })
    expect(lines).toHaveLength(notices)
  })

  test('a model of which nothing can be learned keeps none of the others from being selected', async () => {
    const absent = lazyProvider('absent', async () => {
      throw new AssayError('The package absent is not installed.', { kind: 'setup' })
    })
    await using registry = createRegistry({ providers: [absent], env: {} })
    registry.register('absent/m')
    for (const one of named('one')) registry.register(one)
    expect((await failureOf(registry.select())).message).toMatch(/^The package absent/)
    expect((await registry.select()).name).toBe('one')
    expect((await registry.selection({ exclude: ['absent/m'] })).info.name).toBe('ucb')
  })

  test('a selection is a model that selects for each call', async () => {
    await using registry = registryOf(['one'])
    const model = await registry.selection({ capabilities: ['text'] })
    expect(model.info.spec).toBe('registry/ucb')
    expect(await model.generate('Hi')).toMatchObject({ text: 'one', servedBy: 'one' })
    expect(registry.get('one').pulls).toEqual({ completed: 1, pending: 0, unrewarded: 0, mean: 1 })
    for (const two of named('two')) registry.register(two)
    await registry.unregister('one')
    expect((await model.generate('Hi')).servedBy).toBe('two')
  })

  test.for(['select', 'selection'] as const)('%s() says what is no requirement', async (method) => {
    await using registry = registryOf(['one'])
    await expect(registry[method]({ maxCostUd: 1 } as object)).rejects.toThrow(
      config(
        `registry.${method}(): there is no option \`maxCostUd\` (did you mean \`maxCostUsd\`?).`,
      ),
    )
  })

  test('a selection among none says so', async () => {
    await using registry = createRegistry({ env: {} })
    await expect(registry.select()).rejects.toThrow(
      config('No model can be selected, since there is none.'),
    )
  })
})

describe('listeners', () => {
  test('O-31: one that throws, or rejects, keeps nothing from the others', async () => {
    const lines: string[] = []
    await using registry = registryOf(['one'], { notice: (line) => lines.push(line) })
    const told: string[] = []
    registry.on('healthChange', () => {
      throw new Error('thrown')
    })
    registry.on('healthChange', async () => {
      await turn()
      throw new Error('rejected')
    })
    const end = registry.on('healthChange', ({ name, from, status }) =>
      told.push(`${name}: ${from} → ${status.state}`),
    )
    let isIll = false
    registry.register('patient', {
      spec: 'scripted/patient',
      options: {
        script() {
          if (isIll) throw new AssayError('No answer.', { kind: 'server' })
          return 'well'
        },
      },
    })
    const model = await registry.get('patient').model()
    await model.generate('Hi')
    expect(told).toEqual(['patient: unknown → healthy'])
    await turn()
    await turn()
    expect(lines).toEqual(['A listener has failed: thrown', 'A listener has failed: rejected'])
    end()
    isIll = true
    for (let failed = 0; failed < 3; failed++) {
      await failureOf(model.generate('Hi'))
    }
    expect(registry.health('patient').state).toBe('unhealthy')
    expect(told).toHaveLength(1)
  })

  test('an event that there is not is an error', async () => {
    await using registry = createRegistry({ env: {} })
    expect(() => registry.on('health' as 'healthChange', () => {})).toThrow(
      config('registry.on(): there is one event, healthChange; got health.'),
    )
  })
})
