import { describe, expect, test } from 'vitest'
import { createStatistics } from '../../../src/provider/selection/statistics.ts'

/** Statistics with their notices. */
function heard() {
  const lines: string[] = []
  return { lines, statistics: createStatistics({ notice: (line) => void lines.push(line) }) }
}

describe('pulls', () => {
  test('O-20: a pull is counted when it is taken, and rewarded once', () => {
    const statistics = createStatistics()
    const first = statistics.begin('a')
    statistics.begin('a')
    expect(statistics.of('a')).toEqual({ completed: 0, pending: 2, unrewarded: 0, mean: null })
    expect([first.report(0.5), first.report(1), first.cancel()]).toEqual([true, false, false])
    expect(statistics.of('a')).toEqual({ completed: 1, pending: 1, unrewarded: 0, mean: 0.5 })
  })

  test('O-20, X-27: a cancelled pull is given back, and a late reward of it is none', () => {
    const statistics = createStatistics()
    const pull = statistics.begin('a')
    expect([pull.cancel(), pull.cancel(), pull.report(1)]).toEqual([true, false, false])
    expect(statistics.of('a')).toEqual({ completed: 0, pending: 0, unrewarded: 0, mean: null })
  })

  test('X-27: the mean of a model that is perfect is exactly 1, also while other pulls are under way', () => {
    const statistics = createStatistics()
    for (let pull = 0; pull < 1000; pull++) {
      const ticket = statistics.begin('a')
      statistics.begin('a')
      ticket.report(1)
    }
    expect(statistics.of('a')).toEqual({ completed: 1000, pending: 1000, unrewarded: 0, mean: 1 })
  })

  test('O-20: a pull that nobody rewards is given back after its time, and not before', () => {
    let now = 0
    const statistics = createStatistics({ expireMs: 100, now: () => now })
    const early = statistics.begin('a')
    now = 50
    statistics.begin('a')
    now = 99
    expect(statistics.of('a').pending).toBe(2)
    now = 100
    expect(statistics.of('a').pending).toBe(1)
    expect(early.report(1)).toBe(false)
    expect(statistics.of('a')).toEqual({ completed: 0, pending: 1, unrewarded: 0, mean: null })
  })

  test('O-03: a model that is dropped leaves no trace, and its pulls under way change nothing', () => {
    const statistics = createStatistics()
    statistics.begin('a').report(1)
    const pull = statistics.begin('a')
    statistics.drop('a')
    expect(pull.report(1)).toBe(false)
    expect(statistics.summary()).toEqual({})
    expect(statistics.export().models).toEqual({})
  })

  test('statistics know only what they were told: two of them share nothing', () => {
    const [one, other] = [createStatistics(), createStatistics()]
    one.begin('a').report(1)
    expect(other.of('a').completed).toBe(0)
  })
})

describe('rewards', () => {
  test('O-22: one above 1 or below 0 is clamped, with one notice', () => {
    const { statistics, lines } = heard()
    for (const reward of [1.7, -3, Number.POSITIVE_INFINITY]) statistics.begin('a').report(reward)
    expect(statistics.export().models).toEqual({ a: { completed: 3, sum: 2 } })
    expect(lines).toEqual([expect.stringMatching(/^A reward of 1.7 counts as 1: /)])
  })

  test('O-22: one from 0 to 1 is no matter for a notice', () => {
    const { statistics, lines } = heard()
    for (const reward of [0, 0.3, 1]) statistics.begin('a').report(reward)
    expect(lines).toEqual([])
  })

  test.each([
    [Number.NaN, 'NaN'],
    [undefined, 'undefined'],
    ['1', 'the text "1"'],
    [null, 'null'],
  ])('O-22: %s is an error, and no reward', (reward, got) => {
    const statistics = createStatistics()
    const pull = statistics.begin('a')
    expect(() => pull.report(reward as number)).toThrow(
      expect.objectContaining({
        kind: 'config',
        message: `Expected a reward from 0 to 1, got ${got}.`,
      }),
    )
    expect(statistics.of('a')).toMatchObject({ completed: 0, pending: 1 })
    expect(pull.report(1)).toBe(true)
  })
})

describe('summary', () => {
  test('O-23: one pull says little: its interval is wide', () => {
    const statistics = createStatistics()
    statistics.begin('a').report(1)
    const { completed, mean, ci } = statistics.summary()['a']!
    expect([completed, mean]).toEqual([1, 1])
    expect(ci![1] - ci![0]).toBeGreaterThan(0.5)
  })

  test('O-23: a hundred say more', () => {
    const statistics = createStatistics()
    for (let pull = 0; pull < 100; pull++) statistics.begin('a').report(pull % 2)
    const { completed, mean, ci } = statistics.summary()['a']!
    expect([completed, mean]).toEqual([100, 0.5])
    expect(ci![1] - ci![0]).toBeLessThan(0.2)
  })

  test('O-23: there is no mean of nothing, and nothing that is called a confidence', () => {
    const statistics = createStatistics()
    statistics.begin('a')
    expect(statistics.summary()).toEqual({
      a: { completed: 0, pending: 1, unrewarded: 0, mean: null, ci: null },
    })
  })
})

describe('records', () => {
  test('O-24: what was exported is the same after an import, as JSON', () => {
    const statistics = createStatistics()
    for (const reward of [1, 0.25, 0.1]) statistics.begin('a').report(reward)
    statistics.begin('b').report(0)
    statistics.begin('b')
    const record: unknown = JSON.parse(JSON.stringify(statistics.export()))
    const later = createStatistics()
    later.import(record)
    expect(later.export()).toEqual(statistics.export())
    expect(later.of('a')).toEqual(statistics.of('a'))
    expect(later.of('b')).toEqual({ completed: 1, pending: 0, unrewarded: 0, mean: 0 })
  })

  test('O-24: an import takes the place of the rewards so far, and leaves what is under way', () => {
    const statistics = createStatistics()
    statistics.begin('old').report(1)
    const pull = statistics.begin('a')
    statistics.import({ version: 1, models: { a: { completed: 3, sum: 3 } } })
    expect(statistics.of('old')).toMatchObject({ completed: 0, mean: null })
    expect(statistics.of('a')).toEqual({ completed: 3, pending: 1, unrewarded: 0, mean: 1 })
    pull.report(1)
    expect(statistics.of('a')).toEqual({ completed: 4, pending: 0, unrewarded: 0, mean: 1 })
  })

  test.each([
    [{ version: 2, models: {} }, '`version`'],
    [{ version: 1 }, '`models`'],
    [{ version: 1, models: { a: { completed: 1, sum: 2 } } }, '`models.a`'],
    [{ version: 1, models: { a: { completed: -1, sum: 0 } } }, '`models.a.completed`'],
    [{ version: 1, models: { a: { completed: 1.5, sum: 0 } } }, '`models.a.completed`'],
    [{ version: 1, models: { a: { completed: 1, sum: Number.NaN } } }, '`models.a.sum`'],
    [
      { version: 1, models: { a: { completed: 1, sum: 1, confidence: 1 } } },
      '`models.a.confidence`',
    ],
    ['{}', 'expected an object'],
    [null, 'expected an object'],
  ])('O-24: %j is no record, and changes nothing', (record, part) => {
    const statistics = createStatistics()
    statistics.begin('a').report(1)
    expect(() => statistics.import(record)).toThrow(
      expect.objectContaining({
        kind: 'config',
        message: expect.stringMatching(/^statistics\.import\(\): /) as string,
      }),
    )
    expect(() => statistics.import(record)).toThrow(part)
    expect(statistics.of('a')).toMatchObject({ completed: 1, mean: 1 })
  })
})

test.each([{ expireMs: Number.NaN }, { expireMs: 0 }, { expires: 5 }])(
  'options that are wrong are an error: %j',
  (options) => {
    expect(() => createStatistics(options)).toThrow(/^createStatistics\(\): /)
  },
)
