import { describe, expect, onTestFinished, test } from 'vitest'
import { fromHandler } from '../../providers/adapters/from-handler.ts'
import { createProviders, type CreateProvidersOptions } from '../../providers/create-providers.ts'
import { scripted } from '../../providers/scripted.ts'
import selectProvider, { select, type Selection } from '../../providers/select.ts'
import { shownOptions } from '../../src/evaluation/shown-options.ts'
import { createModel } from '../../src/model/create-model.ts'
import { AssayError } from '../../src/model/error.ts'
import type { Model } from '../../src/model/model.ts'
import { defineProvider } from '../../src/provider/define-provider.ts'
import { createHolder } from '../../src/provider/holder.ts'
import type { ConfiguredModel } from '../../src/provider/model-choice.ts'
import type { SetupPlace } from '../../src/provider/provider.ts'
import type { Providers } from '../../src/provider/providers.ts'
import { createStatistics } from '../../src/provider/selection/statistics.ts'
import { cheapest, ucb } from '../../src/provider/selection/strategies.ts'
import { loadText } from '../config/file/load-text.ts'
import { failureOf } from '../support/failure.ts'

function providersOf(options: CreateProvidersOptions = {}): Providers {
  const providers = createProviders({ env: {}, ...options })
  onTestFinished(() => providers.teardownAll())
  return providers
}

/** Sets a selection up, as evals do. */
async function modelOf(
  { spec, options }: ConfiguredModel,
  { place = {}, providers = providersOf() }: { place?: SetupPlace; providers?: Providers } = {},
): Promise<Model> {
  return (await providers.setup(spec, options, place)).model
}

async function servers(model: Model, calls: number): Promise<string[]> {
  const names: string[] = []
  for (let call = 0; call < calls; call++) names.push((await model.generate('why?')).servedBy)
  return names
}

/** Models that nobody can reach. */
const nowhere = defineProvider({
  name: 'nowhere',
  setup: (name) =>
    createModel({
      provider: 'nowhere',
      name,
      generate: () => Promise.reject(new AssayError('no answer', { kind: 'network' })),
    }),
})

/** Models that need no server. */
const says = (text: string) => scripted(() => text, text)

class Handler {
  test_prompt(prompt: string): object {
    return { success: true, response: prompt, model: 'own', provider: 'acme', version: '1' }
  }
}

describe('models', () => {
  test('O-20: a selection is a model of which each call is answered by one of several', async () => {
    const model = await modelOf(select({ models: [says('a'), says('b')], strategy: ucb() }))
    expect(model.info.spec).toBe('select/ucb')
    expect(await servers(model, 4)).toEqual([
      'scripted/a',
      'scripted/b',
      'scripted/a',
      'scripted/b',
    ])
  })

  test('may be functions, handlers of another shape and models under names of their own', async () => {
    const named = { ...says('c'), name: 'third' }
    const models = [
      function first() {
        return '1'
      },
      fromHandler(Handler, { name: 'own' }),
      named,
    ]
    const model = await modelOf(select({ models }))
    const answers = [
      await model.generate('x'),
      await model.generate('x'),
      await model.generate('x'),
    ]
    expect(answers.map(({ text }) => text)).toEqual(['1', 'x', 'c'])
    expect(answers[0]!.servedBy).toBe('scripted/first')
    expect(answers[2]!.servedBy).toBe('third')
  })

  test('of one name are an error that says how to tell them apart', async () => {
    const error = await failureOf(modelOf(select({ models: [says('a'), says('a')] })))
    expect(error).toMatchObject({
      kind: 'config',
      message:
        'Two of the models are called "scripted/a"; give each a name of its own, { spec, options, name }.',
    })
  })

  test('of one spec may have names of their own', async () => {
    const twins = ['one', 'other'].map((name) => ({ ...says('a'), name }))
    expect(await servers(await modelOf(select({ models: twins })), 2)).toEqual(['one', 'other'])
  })

  test('of a provider that there is not are an error before any call', async () => {
    const error = await failureOf(modelOf(select({ models: ['nobody/m'] })))
    expect([error.kind, error.message]).toEqual([
      'config',
      expect.stringMatching(/^There is no provider `nobody`/),
    ])
  })

  test('are found through others: alone, the provider knows none but those that are brought', async () => {
    const { spec, options } = select({ models: ['openai/m'] })
    const error = await failureOf(selectProvider.setup(spec.slice(7), options))
    expect(error.message).toMatch(/^openai\/m: a model of another provider is there in evals/)
    const own = select({ models: [fromHandler(Handler, { name: 'own' })] })
    await using handle = await selectProvider.setup('ucb', own.options)
    expect((await handle.model.generate('x')).text).toBe('x')
  })

  test('are those that the project lists where none are given, selections aside', async () => {
    const config = await loadText(`
models:
  - { name: first, provider: nowhere, config: { } }
  - select/ucb
  - select/cheapest
`)
    const providers = providersOf({ config, providers: [nowhere] })
    const model = await modelOf(select(), { providers })
    const errors = [await failureOf(model.generate('1')), await failureOf(model.generate('2'))]
    expect(errors.map(({ servedBy }) => servedBy)).toEqual(['nowhere/first', 'nowhere/first'])
  })

  test('must be some', async () => {
    const error = await failureOf(modelOf(select()))
    expect(error.message).toBe(
      'select/ucb: there is no model to choose among: give `models`, or list models in assay.config.yaml or evals({ models }).',
    )
  })

  test('cannot hold the selection itself', async () => {
    const config = await loadText(
      'models: [{ name: loop, provider: select, config: { models: [loop] } }]',
    )
    const model = await modelOf({ spec: 'loop' }, { providers: providersOf({ config }) })
    expect((await failureOf(model.generate('why?'))).message).toBe(
      'A model cannot be behind itself: select/loop → select/loop.',
    )
  })
})

describe('options', () => {
  test.each<[object, string]>([
    [{ models: 'openai/m' }, '`models`: expected a list of models'],
    [{ models: [] }, '`models`: expected at least one model'],
    [
      { models: ['a/b'], capabilites: [] },
      'there is no option `capabilites` (did you mean `capabilities`?)',
    ],
    [
      { capabilities: ['smell'] },
      '`capabilities.0`: expected one of text, code, tools, vision, audio, streaming',
    ],
    [
      { strategy: 'best' },
      '`strategy`: expected one of ucb, cheapest, fastest, one of them with options, or { name, choose }',
    ],
    [
      { strategy: { name: 'best' } },
      '`strategy`: expected one of ucb, cheapest, fastest, one of them with options, or { name, choose }',
    ],
    [
      { strategy: { choose: () => undefined } },
      '`strategy`: expected one of ucb, cheapest, fastest, one of them with options, or { name, choose }',
    ],
    [
      { strategy: { name: 'toString' } },
      '`strategy`: expected one of ucb, cheapest, fastest, one of them with options, or { name, choose }',
    ],
    [
      { strategy: { name: 'ucb', minTrials: -1 } },
      '`strategy.minTrials`: expected at least 0, got -1',
    ],
    [{ strategy: { name: 'ucb', maxCost: 1 } }, 'there is no option `strategy.maxCost`'],
    [{ statistics: {} }, '`statistics`: expected what createStatistics() makes'],
    [{ reward: 1 }, '`reward`: expected a function of a result'],
    [{ health: { failureThreshold: 0 } }, '`health.failureThreshold`: expected at least 1, got 0'],
    [{ maxCostUsd: -1 }, '`maxCostUsd`: expected at least 0, got -1'],
    [{ name: '' }, '`name`: it is empty'],
  ])('%j is one clear error where it is written', (options, problem) => {
    expect(() => select(options as Selection)).toThrow(
      expect.objectContaining({ kind: 'config', message: `select(): ${problem}.` }),
    )
  })

  test('the name is that of the strategy, unless it has one of its own', () => {
    const own = { name: 'mine', choose: () => expect.fail('never') }
    expect(
      [
        {},
        { strategy: 'fastest' as const },
        { strategy: cheapest() },
        { strategy: own },
        { name: 'x' },
      ].map((options) => select(options).spec),
    ).toEqual(['select/ucb', 'select/fastest', 'select/cheapest', 'select/mine', 'select/x'])
  })

  test('O-04: requirements hold, and other words for capabilities are understood', async () => {
    const config = await loadText(`
models:
  - name: able
    provider: nowhere
    capabilities: { function_calling: true, context_window: 4000 }
  - name: other
    provider: nowhere
  - name: chosen
    provider: select
    config:
      models: [able, other]
      capabilities: [function_calling]
      context_window: 4000
      exclude: [able]
`)
    const model = await modelOf(
      { spec: 'chosen' },
      { providers: providersOf({ config, providers: [nowhere] }) },
    )
    expect((await failureOf(model.generate('why?'))).message).toBe(
      'No model can be selected: able: excluded; other: capabilities: nothing says tools.',
    )
  })

  test('O-20: a configuration file writes them as it writes all names', async () => {
    const config = await loadText(`
models:
  - name: careful
    provider: select
    config:
      models: [nowhere/a, nowhere/b]
      strategy: { name: ucb, min_trials: 0, exploration_factor: 0 }
      health: { failure_threshold: 1 }
`)
    const model = await modelOf(
      { spec: 'careful' },
      { providers: providersOf({ config, providers: [nowhere] }) },
    )
    const errors = []
    for (let call = 0; call < 3; call++) errors.push(await failureOf(model.generate('why?')))
    expect(errors.map(({ servedBy }) => servedBy)).toEqual(['nowhere/a', 'nowhere/b', undefined])
    const reason = 'unhealthy (the last call failed: no answer)'
    expect(errors[2]!.message).toBe(
      `No model can be selected: nowhere/a: ${reason}; nowhere/b: ${reason}.`,
    )
  })

  test('a name that a configuration file has wrong is said with the one that is meant', async () => {
    const config = await loadText(`
models:
  - { name: m, provider: select, config: { models: [a/b], strategy: { name: ucb, min_trails: 1 } } }
`)
    const error = await failureOf(modelOf({ spec: 'm' }, { providers: providersOf({ config }) }))
    expect(error).toMatchObject({ kind: 'config' })
    expect(error.message).toContain('`strategy.min_trails`')
  })
})

describe('statistics', () => {
  test('O-20: two selections share nothing', async () => {
    const [one, other] = [createStatistics(), createStatistics()]
    const models = [says('a'), says('b')]
    await servers(await modelOf(select({ models, statistics: one })), 3)
    await servers(await modelOf(select({ models, statistics: other })), 1)
    expect([one.of('scripted/a').completed, other.of('scripted/a').completed]).toEqual([2, 1])
  })

  test('O-20: two that have the same ones go on from each other', async () => {
    const statistics = createStatistics()
    const models = [says('a'), says('b')]
    await servers(await modelOf(select({ models, statistics, name: 'one' })), 1)
    const model = await modelOf(select({ models, statistics, name: 'other' }))
    expect(await servers(model, 2)).toEqual(['scripted/b', 'scripted/a'])
  })

  test('O-24: what an earlier run has exported goes on in the next', async () => {
    const statistics = createStatistics()
    const models = {
      'scripted/a': { completed: 99, sum: 1 },
      'scripted/b': { completed: 99, sum: 99 },
    }
    statistics.import({ version: 1, models })
    const selection = select({
      models: [says('a'), says('b')],
      statistics,
      strategy: ucb({ explorationFactor: 0 }),
    })
    expect(await servers(await modelOf(selection), 3)).toEqual(Array(3).fill('scripted/b'))
    expect(statistics.export().models['scripted/b']).toEqual({ completed: 102, sum: 102 })
  })

  test('O-20: those of evals that run at the same time are apart, and those of a judge', async () => {
    const selection = select({ models: [says('a'), says('b')], strategy: ucb({ minTrials: 1 }) })
    const providers = providersOf()
    const [holder, another] = [createHolder(), createHolder()]
    const model = await modelOf(selection, { providers, place: { holder } })
    const judge = await modelOf(selection, { providers, place: { holder, role: 'judge' } })
    const other = await modelOf(selection, { providers, place: { holder: another } })
    const again = await modelOf(selection, { providers, place: { holder } })
    expect(again).toBe(model)
    expect([await servers(model, 1), await servers(judge, 1), await servers(other, 1)]).toEqual([
      ['scripted/a'],
      ['scripted/a'],
      ['scripted/a'],
    ])
    expect(await servers(again, 1)).toEqual(['scripted/b'])
  })
})

test('the options as a report shows them can be read', () => {
  const { options } = select({
    models: [
      'openai/m',
      { spec: 'acme/m', options: { apiKey: 'sk-invented' } },
      fromHandler(Handler, { name: 'own' }),
    ],
    strategy: ucb({ minTrials: 2 }),
    statistics: createStatistics(),
    reward: function byTaste() {
      return 1
    },
    maxCostUsd: 0.01,
  })
  const shown = JSON.stringify(shownOptions(options as object))
  expect(JSON.parse(shown)).toMatchObject({
    models: [
      'openai/m',
      { spec: 'acme/m', options: { apiKey: '***' } },
      { provider: '[OwnProvider]' },
    ],
    strategy: { name: 'ucb', minTrials: 2 },
    statistics: '[Statistics]',
    reward: '[function byTaste]',
    maxCostUsd: 0.01,
  })
  expect(shown).toContain('own')
})

test('what it has set up ends with it', async () => {
  const providers = providersOf()
  const { spec, options } = select({ models: [says('a')] })
  const handle = await providers.setup(spec, options)
  const { model } = handle
  await model.generate('why?')
  await handle.teardown()
  expect((await failureOf(model.generate('why?'))).kind).toBe('setup')
})
