import { describe, expect, test } from 'vitest'
import { callScope, type SettledRow } from '../../../src/model/call.ts'
import { AssayError } from '../../../src/model/error.ts'
import type { ModelImplementation } from '../../../src/model/implementation.ts'
import type { Model } from '../../../src/model/model.ts'
import type { Member } from '../../../src/provider/members/member.ts'
import type { ModelRole } from '../../../src/provider/options/settle.ts'
import type { Requirements } from '../../../src/provider/selection/requirements.ts'
import {
  defaultReward,
  type PullResult,
  type Reward,
} from '../../../src/provider/selection/reward.ts'
import { createSelectionModel } from '../../../src/provider/selection/selection-model.ts'
import { createSelector } from '../../../src/provider/selection/selector.ts'
import { createStatistics, type Statistics } from '../../../src/provider/selection/statistics.ts'
import { createStrategy, ucb } from '../../../src/provider/selection/strategies.ts'
import { failureOf } from '../../support/failure.ts'
import { memberOf } from './members.ts'

interface Made {
  readonly reward?: Reward
  readonly role?: ModelRole
  readonly required?: Requirements
}

interface Selection {
  readonly model: Model
  readonly statistics: Statistics
  /** What a person was told. */
  readonly lines: string[]
}

function selectionOf(
  members: readonly Member[],
  { reward = defaultReward, role = 'model', required = {} }: Made = {},
): Selection {
  const lines: string[] = []
  const notice = (line: string) => void lines.push(line)
  const statistics = createStatistics({ notice })
  const strategy = createStrategy(ucb({ minTrials: 1 }))
  const selector = createSelector({ members: () => members, strategy, statistics })
  const place = { provider: 'select', name: 'best', selector, required, reward, role, notice }
  return { model: createSelectionModel(place), statistics, lines }
}

/** The words of a stream, one after the other; an error among them is thrown. */
function words(
  ...parts: readonly (string | Error)[]
): Required<Pick<ModelImplementation, 'stream'>>['stream'] {
  return async function* stream() {
    for (const part of parts) {
      if (typeof part !== 'string') throw part
      yield { text: part }
    }
    return { usage: { inputTokens: 1, outputTokens: parts.length } }
  }
}

/** Runs calls in a row, and ends it with what it came to. */
async function inRow<T>(settled: SettledRow | undefined, body: () => Promise<T>): Promise<T> {
  const listeners: ((row: SettledRow | undefined) => void)[] = []
  const clock = { remainingMs: 1000, pause: () => () => {} }
  const onSettled = (listener: (typeof listeners)[number]) => void listeners.push(listener)
  const result = await callScope.run({ trial: 0, clock, onSettled }, body)
  for (const listener of listeners) listener(settled)
  return result
}

const scored = (value: number): SettledRow => ({ outcome: 'scored', scores: { score: { value } } })
const refuse =
  (kind: AssayError['kind'] = 'server') =>
  () =>
    Promise.reject(new AssayError('no', { kind }))

describe('calls', () => {
  test('the response is that of the selection, and says who served it', async () => {
    const { model, statistics } = selectionOf([await memberOf('a')])
    expect(await model.generate('why?')).toMatchObject({
      text: 'a',
      provider: 'select',
      model: 'best',
      servedBy: 'a',
    })
    expect(statistics.of('a')).toEqual({ completed: 1, pending: 0, unrewarded: 0, mean: 1 })
  })

  test('O-22: a failure is the reward 0 of the model that failed, and says its name', async () => {
    const { model, statistics } = selectionOf([await memberOf('a', { generate: refuse() })])
    const error = await failureOf(model.generate('why?'))
    expect([error.kind, error.servedBy]).toEqual(['server', 'a'])
    expect(statistics.of('a')).toEqual({ completed: 1, pending: 0, unrewarded: 0, mean: 0 })
  })

  test('O-20: a call that was cancelled gives its pull back', async () => {
    const { model, statistics } = selectionOf([
      await memberOf('a', { generate: refuse('cancelled') }),
    ])
    await failureOf(model.generate('why?'))
    expect(statistics.of('a')).toEqual({ completed: 0, pending: 0, unrewarded: 0, mean: null })
  })

  test('a set-up that fails is a failure of the model, and is tried again by the next call', async () => {
    let setups = 0
    const onSetup = () => {
      if (++setups === 1) throw new AssayError('not there', { kind: 'setup' })
    }
    const { model, statistics } = selectionOf([await memberOf('a', { onSetup })])
    expect((await failureOf(model.generate('why?'))).servedBy).toBe('a')
    expect((await model.generate('why?')).text).toBe('a')
    expect(statistics.of('a')).toEqual({ completed: 2, pending: 0, unrewarded: 0, mean: 0.5 })
  })

  test('models that are never taken are never set up', async () => {
    let setups = 0
    const members = [await memberOf('a'), await memberOf('b', { onSetup: () => void setups++ })]
    const { model } = selectionOf(members, { required: { exclude: ['b'] } })
    await model.generate('why?')
    expect(setups).toBe(0)
  })

  test('O-04: the length of the prompt and `maxTokens` are what a call is expected to cost', async () => {
    const price = (usage: { inputTokens: number; outputTokens: number }) =>
      usage.inputTokens + 100 * usage.outputTokens
    const { model } = selectionOf([await memberOf('a', { price })], { required: { maxCostUsd: 0 } })
    const error = await failureOf(model.generate('x'.repeat(38), { maxTokens: 3 }))
    expect(error.message).toBe('No model can be selected: a: maxCostUsd: 310 > 0.')
  })

  test('O-21: calls at the same time are spread, since each counts when it is taken', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const generate = () => promise.then(() => ({ text: 'done' }))
    const members = [await memberOf('a', { generate }), await memberOf('b', { generate })]
    const { model, statistics } = selectionOf(members)
    const calls = [model.generate('1'), model.generate('2')]
    resolve()
    expect((await Promise.all(calls)).map(({ servedBy }) => servedBy)).toEqual(['a', 'b'])
    expect([statistics.of('a').completed, statistics.of('b').completed]).toEqual([1, 1])
  })
})

describe('rewards', () => {
  test.each<[string, Reward, RegExp]>([
    ['throws', () => expect.fail('broken'), /^The reward of a is not counted: broken/],
    ['is no number', () => Number.NaN, /^The reward of a is not counted: Expected a reward/],
    ['is missing', (() => {}) as unknown as Reward, /got undefined\.$/],
  ])(
    'O-22: where it %s, the response is not lost, and it is said once',
    async (_, reward, line) => {
      const { model, statistics, lines } = selectionOf([await memberOf('a')], { reward })
      expect((await model.generate('1')).text).toBe('a')
      expect((await model.generate('2')).text).toBe('a')
      expect(lines).toEqual([expect.stringMatching(line)])
      expect(statistics.of('a')).toEqual({ completed: 0, pending: 0, unrewarded: 2, mean: null })
    },
  )

  test('O-22: one of somebody’s own sees the response, or the error', async () => {
    const results: PullResult[] = []
    let calls = 0
    const generate = () => (calls++ === 0 ? refuse()() : Promise.resolve({ text: 'yes' }))
    const reward = (result: PullResult) => (results.push(result), 0.75)
    const { model, statistics } = selectionOf([await memberOf('a', { generate })], { reward })
    await failureOf(model.generate('1'))
    await model.generate('2')
    expect(results).toMatchObject([
      { name: 'a', error: { kind: 'server' } },
      { name: 'a', response: { text: 'yes' } },
    ])
    expect(statistics.of('a')).toMatchObject({ completed: 2, mean: 0.75 })
  })

  test('O-22: 1.7 counts as 1, with one notice', async () => {
    const { model, statistics, lines } = selectionOf([await memberOf('a')], { reward: () => 1.7 })
    await model.generate('1')
    await model.generate('2')
    expect(statistics.of('a')).toMatchObject({ completed: 2, mean: 1 })
    expect(lines).toHaveLength(1)
  })
})

describe('rows', () => {
  test('O-20: all calls of a row are one pull, rewarded by its scores when it is over', async () => {
    const { model, statistics } = selectionOf([await memberOf('a'), await memberOf('b')])
    await inRow(scored(0.25), async () => {
      const answers = [await model.generate('1'), await model.generate('2')]
      expect(answers.map(({ servedBy }) => servedBy)).toEqual(['a', 'a'])
      expect(statistics.of('a')).toEqual({ completed: 0, pending: 1, unrewarded: 0, mean: null })
    })
    expect(statistics.of('a')).toEqual({ completed: 1, pending: 0, unrewarded: 0, mean: 0.25 })
    expect(statistics.of('b')).toMatchObject({ completed: 0, pending: 0 })
  })

  test('O-22: a score is no reward for a model that has answered nothing in its row', async () => {
    const { model, statistics } = selectionOf([await memberOf('a', { generate: refuse() })])
    await inRow(scored(1), () => model.generate('1').catch(() => {})) // a pool asks the next
    expect(statistics.of('a')).toEqual({ completed: 1, pending: 0, unrewarded: 0, mean: 0 })
  })

  test('O-22: a score is one for a model that has answered before it failed', async () => {
    const replies = [async () => ({ text: 'yes' }), refuse()]
    const a = await memberOf('a', { generate: () => replies.shift()!() })
    const { model, statistics } = selectionOf([a])
    await inRow(scored(0.5), async () => {
      await model.generate('1')
      await model.generate('2').catch(() => {})
    })
    expect(statistics.of('a')).toEqual({ completed: 1, pending: 0, unrewarded: 0, mean: 0.5 })
  })

  test('the clock of a row stands still while a model is set up, and no longer', async () => {
    const log: (string | number)[] = []
    const clock = {
      remainingMs: 1000,
      pause() {
        log.push('pause')
        return (chargedMs: number) => void log.push(chargedMs)
      },
    }
    const member = await memberOf('a', { onSetup: () => void log.push('set up') })
    const { model } = selectionOf([member])
    await callScope.run({ trial: 0, clock }, async () => {
      await model.generate('1')
      await model.generate('2')
    })
    expect(log).toEqual(['pause', 'set up', 0])
  })

  test('O-20: a row without a result gives the pull back', async () => {
    const { model, statistics } = selectionOf([await memberOf('a')])
    await inRow(undefined, () => model.generate('1'))
    expect(statistics.of('a')).toEqual({ completed: 0, pending: 0, unrewarded: 0, mean: null })
  })

  test.each(['judge', 'fixer'] as const)(
    'O-22: the scores of a row say nothing of a %s: each call is a pull',
    async (role) => {
      const { model, statistics } = selectionOf([await memberOf('a')], { role })
      await inRow(scored(0), async () => {
        await model.generate('1')
        await model.generate('2')
      })
      expect(statistics.of('a')).toEqual({ completed: 2, pending: 0, unrewarded: 0, mean: 1 })
    },
  )
})

describe('streams', () => {
  test('a whole one gives its chunks and its response, and is one pull', async () => {
    const { model, statistics } = selectionOf([await memberOf('a', { stream: words('1', '2') })])
    const stream = model.stream('why?')
    expect(statistics.of('a').pending, 'not before it is read').toBe(0)
    const texts: string[] = []
    for await (const { text } of stream) {
      texts.push(text)
      expect(statistics.of('a').pending).toBe(1)
    }
    expect(texts).toEqual(['1', '2'])
    expect(await stream.response).toMatchObject({
      text: '12',
      model: 'best',
      servedBy: 'a',
      usage: { outputTokens: 2 },
    })
    expect(statistics.of('a')).toEqual({ completed: 1, pending: 0, unrewarded: 0, mean: 1 })
  })

  test('O-20: one that is left early gives its pull back, and lets go of the model’s', async () => {
    let isOver = false
    const stream: ModelImplementation['stream'] = async function* stream() {
      try {
        yield { text: '1' }
        yield { text: '2' }
        return {}
      } finally {
        isOver = true
      }
    }
    const member = await memberOf('a', { stream })
    const { model, statistics } = selectionOf([member])
    for await (const { text } of model.stream('why?')) {
      expect(text).toBe('1')
      break
    }
    expect(isOver).toBe(true)
    expect(statistics.of('a')).toEqual({ completed: 0, pending: 0, unrewarded: 0, mean: null })
    expect(member.health.status().consecutiveFailures).toBe(0)
  })

  test.each([
    ['before the first chunk', []],
    ['after it', ['1']],
  ])('O-22: one that fails %s is a failure of its model', async (_, before) => {
    const broken = new AssayError('cut', { kind: 'network' })
    const member = await memberOf('a', { stream: words(...before, broken) })
    const { model, statistics } = selectionOf([member])
    const texts: string[] = []
    const read = async () => {
      for await (const { text } of model.stream('why?')) texts.push(text)
    }
    const error = await failureOf(read())
    expect([error.kind, error.servedBy]).toEqual(['network', 'a'])
    expect(texts).toEqual(before)
    expect(statistics.of('a')).toEqual({ completed: 1, pending: 0, unrewarded: 0, mean: 0 })
    expect(member.health.status().consecutiveFailures).toBe(1)
  })

  test('one of which the response alone is asked for is one pull', async () => {
    const { model, statistics } = selectionOf([await memberOf('a', { stream: words('1', '2') })])
    expect((await model.stream('why?').response).text).toBe('12')
    expect(statistics.of('a')).toEqual({ completed: 1, pending: 0, unrewarded: 0, mean: 1 })
  })
})

describe('health', () => {
  test('is that a model can be selected, which asks nobody and is no pull', async () => {
    let setups = 0
    const { model, statistics } = selectionOf([
      await memberOf('a', { onSetup: () => void setups++ }),
    ])
    expect((await model.health()).healthy).toBe(true)
    expect([setups, statistics.of('a').pending]).toEqual([0, 0])
  })

  test('says why none can', async () => {
    const { model } = selectionOf([await memberOf('a')], { required: { exclude: ['a'] } })
    expect(await model.health()).toMatchObject({
      healthy: false,
      reason: 'No model can be selected: a: excluded.',
    })
  })

  test('O-30: a probe that hangs does not hold a selection', async () => {
    const started = Promise.withResolvers<void>()
    const probe = () => {
      started.resolve()
      return new Promise<void>(() => {})
    }
    const member = await memberOf('a', { watched: { intervalMs: 1, probe } })
    const { model } = selectionOf([member])
    await model.generate('1')
    await started.promise
    expect((await model.generate('2')).servedBy).toBe('a')
    await member.teardown()
  })

  test('vectors are not asked of a selection: they cannot be compared between models', async () => {
    expect(selectionOf([await memberOf('a')]).model.embed).toBeUndefined()
  })
})
