import { describe, expect, test } from 'vitest'
import type { Member } from '../../../src/provider/members/member.ts'
import {
  createSelector,
  type Selector,
  type Taken,
} from '../../../src/provider/selection/selector.ts'
import { createStatistics, type Statistics } from '../../../src/provider/selection/statistics.ts'
import {
  cheapest,
  createStrategy,
  fastest,
  type GivenStrategy,
  ucb,
} from '../../../src/provider/selection/strategies.ts'
import { seeded } from '../../support/seeded.ts'
import { asked, memberOf, scriptedSpeed } from './members.ts'

interface Place {
  readonly selector: Selector
  readonly statistics: Statistics
}

function place(members: readonly Member[], strategy: GivenStrategy): Place {
  const statistics = createStatistics()
  const options = { members: () => members, strategy: createStrategy(strategy), statistics }
  return { selector: createSelector(options), statistics }
}

const membersOf = (...names: readonly string[]) => Promise.all(names.map((name) => memberOf(name)))

/** The names that are chosen, one pull after the other, each rewarded before the next. */
function chosen({ selector }: Place, count: number, reward: (name: string) => number): string[] {
  return Array.from({ length: count }, () => {
    const { member, report } = selector.take({})
    report(reward(member.name))
    return member.name
  })
}

function countOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

describe('ucb', () => {
  test('O-20, X-27: of two models in fifty lanes the better one gets more than 80 % of 2,000 pulls', async () => {
    const random = seeded(7)
    const rates: Record<string, number> = { good: 0.9, poor: 0.5 }
    const at = place(await membersOf('poor', 'good'), ucb())
    const lanes: Taken[] = []
    let taken = 0
    let reports = 0
    const settle = (pull: Taken) => {
      if (pull.report(random() < rates[pull.member.name]! ? 1 : 0)) reports++
    }
    while (taken < 2000) {
      if (lanes.length === 50) settle(...(lanes.splice(Math.floor(random() * 50), 1) as [Taken]))
      lanes.push(at.selector.take({}))
      taken++
    }
    expect(at.statistics.of('good').pending + at.statistics.of('poor').pending).toBe(50)
    for (const pull of lanes) settle(pull)
    const [good, poor] = [at.statistics.of('good'), at.statistics.of('poor')]
    expect([good.pending, poor.pending]).toEqual([0, 0])
    expect(good.completed + poor.completed).toBe(reports)
    expect(reports).toBe(2000)
    expect(good.completed / 2000).toBeGreaterThan(0.8)
  })

  test.each([2, 3])(
    'O-20: one of %i models that is right on every other row alone is found out, also one call after the other',
    async (count) => {
      const others = Array.from({ length: count - 1 }, (_, index) => `good ${index}`)
      const at = place(await membersOf('half', ...others), ucb())
      let row = 0
      const names = chosen(at, 500, (name) => {
        const isRight = row++ % count === 0
        return name !== 'half' || isRight ? 1 : 0
      })
      expect(at.statistics.of('half').mean).toBeLessThan(0.9)
      expect((countOf(names.slice(50))['half'] ?? 0) / 450).toBeLessThan(0.2)
    },
  )

  test('O-20, X-27: a perfect model has a mean of exactly 1, each pull counted once', async () => {
    const at = place(await membersOf('a', 'b'), ucb())
    const names = chosen(at, 500, (name) => (name === 'a' ? 1 : 0))
    expect(at.statistics.of('a')).toEqual({
      completed: countOf(names)['a'],
      pending: 0,
      unrewarded: 0,
      mean: 1,
    })
    expect(at.statistics.of('b')).toMatchObject({ completed: countOf(names)['b'], mean: 0 })
  })

  test.each([
    ['when each is rewarded before the next', 0.5],
    ['also when all are in flight', undefined],
  ])(
    'O-21: the first five pulls of each model come before any is compared, %s',
    async (_, reward) => {
      const { selector } = place(await membersOf('a', 'b', 'c'), ucb({ minTrials: 5 }))
      const names = Array.from({ length: 15 }, (_unused, index) => {
        const { member, report } = selector.take({})
        if (reward !== undefined) report(index % 3 === 0 ? 1 : 0)
        return member.name
      })
      expect(countOf(names)).toEqual({ a: 5, b: 5, c: 5 })
      // each once before any is tried again
      for (const first of [0, 3, 6, 9, 12]) {
        expect(names.slice(first, first + 3).toSorted()).toEqual(['a', 'b', 'c'])
      }
    },
  )

  test('O-21: without trials each model is tried once', async () => {
    const at = place(await membersOf('a', 'b', 'c'), ucb({ minTrials: 0, explorationFactor: 0 }))
    expect(chosen(at, 5, (name) => (name === 'c' ? 1 : 0))).toEqual(['a', 'b', 'c', 'c', 'c'])
  })

  test('O-20: a pull that is given back is tried again', async () => {
    const { selector } = place(await membersOf('a', 'b'), ucb({ minTrials: 1 }))
    const first = selector.take({})
    first.cancel()
    expect([first, selector.take({}), selector.take({})].map((one) => one.member.name)).toEqual([
      'a',
      'a',
      'b',
    ])
  })

  test('O-20: pulls under way count as tried, and say nothing of what a model is worth', async () => {
    const at = place(await membersOf('a', 'b'), ucb({ minTrials: 1, explorationFactor: 2 }))
    at.statistics.import({
      version: 1,
      models: { a: { completed: 10, sum: 5 }, b: { completed: 10, sum: 5 } },
    })
    const names = Array.from({ length: 20 }, () => at.selector.take({}).member.name)
    expect(countOf(names)).toEqual({ a: 10, b: 10 })
  })

  test('O-05: two equal models get equally many pulls, in whatever order they stand', async () => {
    const orders = [
      ['anthropic', 'ollama'],
      ['ollama', 'anthropic'],
    ]
    const seeds = Array.from({ length: 20 }, (_, index) => index + 1)
    for (const order of orders) {
      const members = await membersOf(...order)
      const shares = seeds.map((seed) => {
        const random = seeded(seed)
        const counts = countOf(chosen(place(members, ucb()), 1000, () => (random() < 0.7 ? 1 : 0)))
        return counts['anthropic']! / 1000
      })
      // chance may prefer one for a while, and neither in the long run
      const mean = shares.reduce((sum, one) => sum + one, 0) / shares.length
      expect(mean).toBeCloseTo(0.5, 1)
    }
    const [one, other] = await Promise.all(
      orders.map(async (order) => chosen(place(await membersOf(...order), ucb()), 100, () => 1)),
    )
    expect(countOf(one!)).toEqual({ anthropic: 50, ollama: 50 })
    expect(countOf(other!)).toEqual({ anthropic: 50, ollama: 50 })
  })
})

describe('cheapest', () => {
  const priced = () =>
    Promise.all([
      memberOf('dear', { price: 0.2 }),
      memberOf('unknown'),
      memberOf('cheap', { price: 0.05 }),
      memberOf('free', { price: 0, isLocal: true }),
    ])

  /** All names, from the one that is chosen to the one that is chosen where all others are out. */
  async function order(strategy: GivenStrategy, members?: readonly Member[]): Promise<string[]> {
    const { selector } = place(members ?? (await priced()), strategy)
    const exclude: string[] = []
    try {
      for (;;) exclude.push(selector.take({ exclude }).member.name)
    } catch {
      return exclude
    }
  }

  test('O-25: the least price goes first, and one of unknown price is out', async () => {
    expect(await order('cheapest')).toEqual(['free', 'cheap', 'dear'])
  })

  test('O-25: one of unknown price is the last where it is allowed', async () => {
    const strategy = cheapest({ unknownCost: 'allow' })
    expect(await order(strategy)).toEqual(['free', 'cheap', 'dear', 'unknown'])
  })

  test('O-25: what costs as much as a request may is in, and what costs more is out', async () => {
    expect(await order(cheapest({ maxCostPerRequest: 0.2 }))).toEqual(['free', 'cheap', 'dear'])
    expect(await order(cheapest({ maxCostPerRequest: 0.19 }))).toEqual(['free', 'cheap'])
    expect(await order(cheapest({ maxCostPerRequest: 0 }))).toEqual(['free'])
  })

  test('O-25: a limit says nothing of what nobody knows, where that is allowed', async () => {
    const strategy = cheapest({ maxCostPerRequest: 0.1, unknownCost: 'allow' })
    expect(await order(strategy)).toEqual(['free', 'cheap', 'unknown'])
  })

  test('O-25: models of this machine go first where they are preferred, and else by their price', async () => {
    const members = await Promise.all([
      memberOf('gift', { price: 0 }),
      memberOf('own', { price: 0, isLocal: true }),
    ])
    expect(await order('cheapest', members)).toEqual(['gift', 'own'])
    expect(await order(cheapest({ preferLocal: true }), members)).toEqual(['own', 'gift'])
  })

  test('O-25: why each is out is said', async () => {
    const { selector } = place(await priced(), cheapest({ maxCostPerRequest: 0.04 }))
    expect(() => selector.take({ exclude: ['free'] })).toThrow(
      'No model can be selected: dear: maxCostPerRequest: 0.2 > 0.04; ' +
        "unknown: its price is unknown (unknownCost: 'allow'); " +
        'cheap: maxCostPerRequest: 0.05 > 0.04; free: excluded.',
    )
  })

  test('O-25: a model that says that it is free costs nothing, once it was set up', async () => {
    const member = await memberOf('m', { isFree: true })
    expect(await order('cheapest', [member])).toEqual([])
    await member.setup()
    expect(await order('cheapest', [member])).toEqual(['m'])
  })
})

describe('fastest', () => {
  const speeds = (latencyMs: number, tokens?: number) =>
    scriptedSpeed({ latencyMs, ...(tokens !== undefined && { tokens }) })

  test('O-26: models that were never called are tried first, each once, also at the same time', async () => {
    const members = await membersOf('a', 'b', 'c')
    const { selector } = place(members, 'fastest')
    const names = [1, 2, 3].map(() => selector.take({}).member.name)
    expect(names).toEqual(['a', 'b', 'c'])
  })

  test('O-26: one of which a try said nothing was tried, and is not tried first again', async () => {
    const known = await asked(await memberOf('known', { generate: speeds(1000, 50) }))
    const { selector } = place([await memberOf('unmeasured'), known], 'fastest')
    const first = selector.take({})
    first.end()
    expect([first.member.name, selector.take({}).member.name]).toEqual(['unmeasured', 'known'])
  })

  test('O-26: then the most tokens per second at the median of the calls', async () => {
    const slow = await memberOf('slow', { generate: speeds(1000, 50) })
    const fast = await memberOf('fast', {
      // one slow call does not make it slow
      generate: scriptedSpeed(
        { latencyMs: 1000, tokens: 80 },
        { latencyMs: 90_000, tokens: 80 },
        { latencyMs: 1000, tokens: 80 },
      ),
    })
    const { selector } = place(await Promise.all([asked(slow, 3), asked(fast, 3)]), 'fastest')
    expect(selector.take({}).member.name).toBe('fast')
  })

  test('O-26: one that says no tokens comes after those that do, by its latency', async () => {
    const members = await Promise.all([
      memberOf('mute, slow', { generate: speeds(900) }),
      memberOf('mute, fast', { generate: speeds(2) }),
      memberOf('telling', { generate: speeds(60_000, 1) }),
    ])
    for (const member of members) await asked(member)
    const { selector } = place(members, 'fastest')
    const first = selector.take({}).member.name
    const second = selector.take({ exclude: [first] }).member.name
    expect([first, second]).toEqual(['telling', 'mute, fast'])
  })

  test('O-26: of equal ones that which streams goes first where it is preferred', async () => {
    const equal = () =>
      Promise.all([
        memberOf('plain', { generate: speeds(1000, 10) }).then((one) => asked(one)),
        memberOf('streams', {
          generate: speeds(1000, 10),
          capabilities: { streaming: true },
        }).then((one) => asked(one)),
      ])
    const plain = place(await equal(), fastest())
    const streaming = place(await equal(), fastest({ preferStreaming: true }))
    expect(plain.selector.take({}).member.name).toBe('plain')
    expect(streaming.selector.take({}).member.name).toBe('streams')
  })

  test('O-26: streaming does not go before speed', async () => {
    const members = await Promise.all([
      memberOf('fast', { generate: speeds(1000, 11) }).then((one) => asked(one)),
      memberOf('streams', { generate: speeds(1000, 10), capabilities: { streaming: true } }).then(
        (one) => asked(one),
      ),
    ])
    const { selector } = place(members, fastest({ preferStreaming: true }))
    expect(selector.take({}).member.name).toBe('fast')
  })

  test('O-26: what is equal to a limit is in, and what is slower is out, with the reason', async () => {
    const member = await memberOf('m', { generate: speeds(1000, 50) }).then((one) => asked(one))
    const take = (strategy: GivenStrategy) =>
      place([member], strategy).selector.take({}).member.name
    expect(take(fastest({ minTokensPerSecond: 50, maxResponseTime: 1000 }))).toBe('m')
    expect(() => take(fastest({ minTokensPerSecond: 50.1 }))).toThrow(
      'm: minTokensPerSecond: 50 < 50.1',
    )
    expect(() => take(fastest({ maxResponseTime: 999 }))).toThrow(
      'm: maxResponseTime: 95 % of its responses came within 1000 ms > 999 ms',
    )
  })

  test('O-26: a model that only fails is not tried for ever before the others', async () => {
    const fail = () => Promise.reject(new Error('no'))
    const members = [await memberOf('broken', { generate: fail }), await memberOf('works')]
    const { selector } = place(members, 'fastest')
    const first = selector.take({})
    await asked(first.member)
    first.report(0)
    await asked(members[1]!)
    expect([first.member.name, selector.take({}).member.name]).toEqual(['broken', 'works'])
  })
})

describe('options', () => {
  test.each([
    [
      () => ucb({ explorationFactor: -1 }),
      'ucb(): `explorationFactor`: expected at least 0, got -1.',
    ],
    [() => ucb({ minTrials: 1.5 }), 'ucb(): `minTrials`: expected a whole number, got 1.5.'],
    [
      () => ucb({ minTrails: 1 } as object),
      'ucb(): there is no option `minTrails` (did you mean `minTrials`?).',
    ],
    [
      () => cheapest({ unknownCost: 'maybe' as 'allow' }),
      "cheapest(): `unknownCost`: expected 'reject' or 'allow'.",
    ],
    [
      () => fastest({ maxResponseTime: 0 }),
      'fastest(): `maxResponseTime`: expected more than 0, got 0.',
    ],
  ])('what is wrong is said: %s', (make, message) => {
    expect(make).toThrow(expect.objectContaining({ kind: 'config', message }))
  })

  test('a strategy of somebody’s own sees what is known, and is asked of those alone that fit', async () => {
    const seen: object[] = []
    const members = [await memberOf('a', { price: 2 }), await memberOf('b'), await memberOf('c')]
    const { selector } = place(members, {
      name: 'last',
      reject: ({ name }) => (name === 'c' ? 'not c' : undefined),
      choose(candidates, expected) {
        seen.push(
          expected,
          ...candidates.map(({ name, spec, cost }) => [name, spec, cost(expected)]),
        )
        return candidates.at(-1)!
      },
    })
    expect(selector.take({}, { inputTokens: 3, outputTokens: 4 }).member.name).toBe('b')
    expect(seen).toEqual([
      { inputTokens: 3, outputTokens: 4 },
      ['a', 'acme/a', 2],
      ['b', 'acme/b', null],
    ])
  })

  test('one that chooses what it was not given is told so', async () => {
    const at = place([await memberOf('a')], {
      name: 'odd',
      choose: (candidates) => ({ ...candidates[0]!, name: 'z' }),
    })
    expect(() => at.selector.take({})).toThrow(
      expect.objectContaining({
        kind: 'config',
        message:
          'The strategy "odd" chose none of the candidates that it was given; `choose` returns one of them.',
      }),
    )
    expect(at.statistics.summary()).toEqual({})
  })
})
