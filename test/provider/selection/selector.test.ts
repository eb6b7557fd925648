import { expect, test } from 'vitest'
import { AssayError } from '../../../src/model/error.ts'
import type { Member } from '../../../src/provider/members/member.ts'
import type { Requirements } from '../../../src/provider/selection/requirements.ts'
import { createSelector } from '../../../src/provider/selection/selector.ts'
import { createStatistics } from '../../../src/provider/selection/statistics.ts'
import { createStrategy, ucb } from '../../../src/provider/selection/strategies.ts'
import type { Strategy } from '../../../src/provider/selection/strategy.ts'
import { asked, memberOf, scriptedSpeed } from './members.ts'

const down = () => Promise.reject(new AssayError('no answer', { kind: 'server' }))

interface Made {
  readonly strategy?: Strategy
  readonly now?: () => number
}

function selectorOf(
  members: () => readonly Member[],
  { strategy = createStrategy(ucb({ minTrials: 1 })), now }: Made = {},
) {
  return createSelector({ members, strategy, statistics: createStatistics(), now })
}

test('O-05: capabilities go before limits, those before the strategy’s, and health is the last', async () => {
  const members = await Promise.all(
    ['able', 'cheap', 'taken', 'well'].map((name, index) =>
      memberOf(name, {
        capabilities: { tools: index > 0 },
        price: index > 1 ? 1 : 9,
        generate: name === 'well' ? async () => ({ text: 'yes' }) : down,
      }),
    ),
  )
  for (const member of members) await asked(member, 3)
  const strategy: Strategy = {
    name: 'own',
    reject: ({ name }) => (name === 'well' ? undefined : 'the strategy'),
    choose: ([first]) => first!,
  }
  const required: Requirements = { capabilities: ['tools'], maxCostUsd: 1 }
  const selector = selectorOf(() => members, { strategy })
  expect(selector.take(required).member.name).toBe('well')
  await asked(members[3]!)
  expect(() => selector.take({ ...required, exclude: ['well'] })).toThrow(
    'No model can be selected: able: capabilities: no tools; cheap: maxCostUsd: 9 > 1; ' +
      'taken: the strategy; well: excluded.',
  )
})

test('O-05: nothing is kept of a selection: each call looks again', async () => {
  const [first, second] = [await memberOf('a'), await memberOf('b')]
  let members = [first]
  const selector = selectorOf(() => members, {
    strategy: { name: 'last', choose: (candidates) => candidates.at(-1)! },
  })
  expect(selector.take({}).member).toBe(first)
  members = [first, second]
  expect(selector.take({}).member).toBe(second)
  members = [second]
  expect(selector.take({}).member).toBe(second)
  expect(selector.take({}).member).toBe(second)
})

test('O-06: the error says of each model why it is not taken', async () => {
  const members = [
    await memberOf('gpt-4', { price: 0.03 }),
    await memberOf('local', { price: 0, generate: down }),
  ]
  await asked(members[1]!, 3)
  const selector = selectorOf(() => members)
  expect(() => selector.take({ maxCostUsd: 0.01 })).toThrow(
    expect.objectContaining({
      kind: 'server',
      message:
        'No model can be selected: gpt-4: maxCostUsd: 0.03 > 0.01; ' +
        'local: unhealthy (3 failures in a row: no answer).',
    }),
  )
  expect(() => selector.take({ maxCostUsd: -1 })).toThrow(
    expect.objectContaining({ kind: 'config' }),
  )
})

test('O-06: that there is no model at all is said', () => {
  expect(() => selectorOf(() => []).take({})).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: 'No model can be selected, since there is none.',
    }),
  )
})

test('O-06: what was refused was never sent, and has cost nothing', async () => {
  const members = [await memberOf('a')]
  const strategy: Strategy = { name: 'odd', choose: () => undefined as never }
  for (const [selector, required] of [
    [selectorOf(() => members), { exclude: ['a'] }],
    [selectorOf(() => members, { strategy }), {}],
  ] as const) {
    expect(() => selector.take(required)).toThrow(expect.objectContaining({ attempts: 0 }))
  }
})

test('O-05: what was measured is put together once for a selection, and only where something asks for it', async () => {
  const member = await asked(await memberOf('a', { generate: scriptedSpeed({ latencyMs: 5 }) }))
  let reads = 0
  const counted = Object.create(member, {
    metrics: {
      get() {
        reads++
        return member.metrics
      },
    },
  }) as Member
  const selector = selectorOf(() => [counted])
  selector.take({}).cancel()
  expect(reads).toBe(0)
  selector
    .take({ minTokensPerSecond: 1, maxLatencyMs: 9, maxCostUsd: 1, allowUnknown: true })
    .cancel()
  expect(reads).toBe(1)
})

test('O-06: what was refused is no pull', async () => {
  const statistics = createStatistics()
  const members = [await memberOf('a')]
  const strategy = createStrategy('ucb')
  const selector = createSelector({ members: () => members, strategy, statistics })
  expect(() => selector.take({ exclude: ['a'] })).toThrow()
  expect(statistics.of('a').pending).toBe(0)
})

test('O-26: an unhealthy model is out, and after a minute one call at a time tries it again', async () => {
  let time = 1_000_000
  let isDown = true
  const now = () => time
  const generate = () => (isDown ? down() : Promise.resolve({ text: 'back' }))
  const ill = await memberOf('ill', { generate, now })
  const well = await memberOf('well')
  const strategy: Strategy = { name: 'first', choose: ([first]) => first! }
  const selector = selectorOf(() => [ill, well], { strategy, now })
  const name = () => selector.take({}).member.name

  await asked(ill, 2)
  const before = selector.take({})
  expect(before.member.name).toBe('ill')
  before.cancel()
  await asked(ill)
  expect(name()).toBe('well')

  time += 59_999
  expect(name()).toBe('well')
  time += 1
  const trial = selector.take({})
  expect([trial.member.name, name(), name()]).toEqual(['ill', 'well', 'well'])
  await asked(ill)
  trial.report(0)
  expect(name(), 'a minute begins anew').toBe('well')

  time += 60_000
  isDown = false
  const second = selector.take({})
  await asked(second.member)
  second.report(1)
  expect([name(), name()], 'it answers again').toEqual(['ill', 'ill'])
})

test('O-26: where all are unhealthy, the error is that of a server', async () => {
  const members = [await memberOf('a', { generate: down }), await memberOf('b', { generate: down })]
  for (const member of members) await asked(member, 3)
  expect(() => selectorOf(() => members).take({})).toThrow(
    expect.objectContaining({ kind: 'server' }),
  )
})

test('O-30: what is busy, or asked wrongly, is not unhealthy', async () => {
  const kinds = ['rate_limit', 'cancelled', 'invalid_request', 'content_filter'] as const
  for (const kind of kinds) {
    const generate = () => Promise.reject(new AssayError('no', { kind }))
    const member = await asked(await memberOf('m', { generate }), 9)
    expect(selectorOf(() => [member]).take({}).member, kind).toBe(member)
  }
})
