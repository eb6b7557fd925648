import { expect, test } from 'vitest'
import type { SettledRow } from '../../../src/model/call.ts'
import { AssayError } from '../../../src/model/error.ts'
import { createModel } from '../../../src/model/create-model.ts'
import type { ModelResponse } from '../../../src/model/response.ts'
import { defaultReward, type PullResult } from '../../../src/provider/selection/reward.ts'

const answer = (more: Partial<ModelResponse> = {}) =>
  createModel({
    provider: 'acme',
    name: 'm',
    generate: async () => ({ text: 'yes', ...more }),
  }).generate('why?')

const failure = (kind: AssayError['kind']) => new AssayError('no', { kind })

const row = (outcome: SettledRow['outcome'], values: readonly number[] = []): SettledRow => ({
  outcome,
  scores: Object.fromEntries(values.map((value, index) => [`score${index}`, { value }])),
})

const late = (kind: AssayError['kind']): SettledRow => ({
  ...row('error'),
  error: { kind, message: 'too late' },
})

test.each<[string, Omit<PullResult, 'name' | 'response'>, number | null]>([
  ['one score', { row: row('scored', [0.25]) }, 0.25],
  ['the mean of several', { row: row('scored', [1, 0, 0.5]) }, 0.5],
  [
    'scores that another model has answered, after a call that failed',
    { error: failure('server'), row: row('scored', [1]) },
    0,
  ],
  [
    'the same after one that was cancelled',
    { error: failure('cancelled'), row: row('scored', [1]) },
    null,
  ],
  ['no score', { row: row('scored') }, null],
  ['a row that was skipped', { row: row('skipped', [1]) }, null],
  ['a row that was blocked', { row: row('blocked') }, 0],
  ['a row that failed with the call', { error: failure('server'), row: row('error') }, 0],
  [
    'a row that ended with a call that was cancelled',
    { error: failure('cancelled'), row: row('error') },
    null,
  ],
  ['an error of the body', { row: late('internal') }, null],
  ['a row that took too long', { row: late('timeout') }, 0],
  ['a call that failed', { error: failure('timeout') }, 0],
  ['a call that was cancelled', { error: failure('cancelled') }, null],
])('O-22: %s', async (_what, result, reward) => {
  const response = result.error ? undefined : await answer()
  expect(defaultReward({ name: 'm', ...(response && { response }), ...result })).toBe(reward)
})

test('O-22: outside of rows a response is 1, one that was blocked 0, and one of the cache nothing', async () => {
  const blocked = { reason: 'no', source: 'finish_reason' } as const
  const rewards = await Promise.all(
    [{}, { blocked }, { cached: true }].map(async (more) =>
      defaultReward({ name: 'm', response: await answer(more) }),
    ),
  )
  expect(rewards).toEqual([1, 0, null])
})

test('O-22: scores count, after a response and a call that failed', async () => {
  const result = { response: await answer(), error: failure('server'), row: row('scored', [1]) }
  expect(defaultReward({ name: 'm', ...result })).toBe(1)
})
