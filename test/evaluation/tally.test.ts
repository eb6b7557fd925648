import { expect, test } from 'vitest'
import type { CallRecord, RowRecord } from '../../src/evaluation/record.ts'
import { Tally } from '../../src/evaluation/tally.ts'

test("a row's value is the mean of its trials, and a score's mean that of the rows", () => {
  const tally = tallyOf({ trials: 2 }, [
    row(0, { exact: 1 }),
    row(1, { exact: 0 }),
    row(0, { exact: 0.5 }),
    row(1, { exact: 0 }),
  ])
  expect(tally.rows).toBe(2)
  expect(tally.outcomes).toEqual({ scored: 4, blocked: 0, error: 0, skipped: 0 })
  expect(tally.figures().scores).toMatchObject({ exact: { n: 2, mean: 0.375, method: 't' } })
  expect(tally.scores.get('exact')).toMatchObject({ n: 2, mean: 0.375, min: 0, max: 0.75 })
})

test('a row that never had all of its trials counts once, by those that it had', () => {
  const tally = tallyOf({ trials: 3 }, [
    row(0, { exact: 1 }),
    row(0, { exact: 1 }),
    row(0, { exact: 0 }),
    row(1, { exact: 1 }),
    row(1, { exact: 0 }),
  ])
  expect(tally.rows).toBe(1)
  tally.close()
  tally.close()
  expect(tally.rows).toBe(2)
  expect(tally.figures().scores['exact']).toMatchObject({ n: 2, mean: (2 / 3 + 1 / 2) / 2 })
})

test('errors, refusals and skipped rows are in no mean', () => {
  const tally = tallyOf({}, [
    row(0, { exact: 1 }),
    row(1, {}, { outcome: 'error', error: { kind: 'server', message: 'HTTP 500' } }),
    row(2, {}, { outcome: 'blocked', reason: 'violence' }),
    row(3, {}, { outcome: 'skipped' }),
    row(4, { exact: 0 }),
  ])
  expect(tally.rows).toBe(5)
  expect(tally.outcomes).toEqual({ scored: 2, blocked: 1, error: 1, skipped: 1 })
  expect(tally.figures().scores['exact']).toMatchObject({ n: 2, mean: 0.5, method: 'wilson' })
})

test('scores of a row that is not scored do not count, even where it has some', () => {
  const tally = tallyOf({}, [row(0, { exact: 0 }, { outcome: 'error' }), row(1, { exact: 1 })])
  expect(tally.figures().scores['exact']).toMatchObject({ n: 1, mean: 1 })
  expect(tally.figures().misses).toEqual([])
})

test('a trial that failed leaves its row the mean of the others', () => {
  const tally = tallyOf({ trials: 3 }, [
    row(0, { exact: 1 }),
    row(0, {}, { outcome: 'error', error: { kind: 'timeout', message: 'too slow' } }),
    row(0, { exact: 0 }),
    row(1, {}, { outcome: 'skipped' }),
    row(1, {}, { outcome: 'skipped' }),
    row(1, {}, { outcome: 'skipped' }),
  ])
  expect(tally.rows).toBe(2)
  expect(tally.figures().scores['exact']).toMatchObject({ n: 1, mean: 0.5 })
})

test('a score that only some rows have counts those rows', () => {
  const tally = tallyOf({}, [row(0, { parsed: 1, exact: 0 }), row(1, { parsed: 0 })])
  expect(tally.figures().scores).toMatchObject({
    parsed: { n: 2, mean: 0.5 },
    exact: { n: 1, mean: 0 },
  })
})

test('rows that pass are counted for each mark, by the mean of their trials', () => {
  const tally = tallyOf({ trials: 2, passMarks: [1, 0.5, 0] }, [
    row(0, { exact: 1 }),
    row(0, { exact: 1 }),
    row(1, { exact: 1 }),
    row(1, { exact: 0 }),
    row(2, { exact: 0.5 }),
    row(2, { exact: 0.25 }),
    row(3, { exact: 0 }),
    row(3, { exact: 0 }),
  ])
  const score = tally.scores.get('exact')!
  expect([1, 0.5, 0].map((mark) => score.passRate(mark))).toEqual([0.25, 0.5, 1])
})

test('equal trials have their own value as the mean, so that a row at the mark passes', () => {
  const trials = Array.from({ length: 3 }, () => row(0, { exact: 0.7 }))
  const score = tallyOf({ trials: 3, passMarks: [0.7] }, trials).scores.get('exact')!
  expect(score.min).toBe(0.7)
  expect(score.passRate(0.7)).toBe(1)
})

test('a mean is the same in whatever order the rows end', () => {
  const values = [1, 0.75, 0, 0.25]
  const tally = tallyOf(
    {},
    values.map((exact, i) => row(i, { exact })),
  )
  const reversed = tallyOf(
    {},
    values.toReversed().map((exact, i) => row(i, { exact })),
  )
  expect(tally.scores.get('exact')!.mean).toBe(0.5)
  expect(reversed.scores.get('exact')!.mean).toBe(0.5)
})

test('the five lowest rows are kept, the lowest first, of equals the one that came first', () => {
  const values = [0.5, 1, 0, 0.9, 0.5, 0, 0.7, 0.2, 1, 0.1]
  const tally = tallyOf(
    {},
    values.map((exact, i) => row(i, { exact })),
  )
  expect(tally.figures().misses.map(({ offset }) => offset)).toEqual([2, 5, 9, 7, 0])
})

test('a row is missed by its lowest score, and only if one is below 1', () => {
  const tally = tallyOf({}, [
    row(0, { exact: 1, style: 0.25 }),
    row(1, { exact: 1, length: 42 }),
    row(2, { exact: -1, style: 1 }),
  ])
  expect(tally.figures().misses.map(({ offset }) => offset)).toEqual([2, 0])
})

test('errors are grouped by their message, with the first row that had it', () => {
  const error = (index: number, message: string) =>
    row(index, {}, { outcome: 'error', error: { kind: 'server', message } })
  const tally = tallyOf({}, [error(3, 'HTTP 500'), error(1, 'HTTP 503'), error(0, 'HTTP 500')])
  expect(tally.figures().errors).toEqual([
    { message: 'HTTP 500', count: 2, rowId: 'row 3' },
    { message: 'HTTP 503', count: 1, rowId: 'row 1' },
  ])
})

test('of ten thousand different messages fifty are kept, and all errors counted', () => {
  const error = (n: number) =>
    row(n, {}, { outcome: 'error', error: { kind: 'internal', message: `error ${n % 10_000}` } })
  const tally = tallyOf(
    {},
    Array.from({ length: 10_001 }, (_, n) => error(n)),
  )
  expect(tally.figures().errors).toHaveLength(50)
  expect(tally.figures().errors[0]).toEqual({ message: 'error 0', count: 2, rowId: 'row 0' })
  expect(tally.outcomes.error).toBe(10_001)
})

test('usage and cost add up over all outcomes', () => {
  const usage = { inputTokens: 10, outputTokens: 1 }
  const tally = tallyOf({}, [
    row(0, { exact: 1 }, { usage, costUsd: 0.5 }),
    row(1, {}, { outcome: 'error', usage, costUsd: 0.25 }),
    row(2, { exact: 1 }),
  ])
  expect(tally.figures().usage).toEqual({ inputTokens: 20, outputTokens: 2 })
  expect(tally.figures().costUsd).toBe(0.75)
})

test('the cost is unknown as soon as that of one row is, and of nothing it is 0', () => {
  expect(tallyOf({}, []).figures().costUsd).toBe(0)
  expect(tallyOf({}, []).figures().usage).toBeNull()
  const costs = [1, null, 2].map((costUsd, i) => row(i, { exact: 1 }, { costUsd }))
  expect(tallyOf({}, costs).figures().costUsd).toBeNull()
})

test('latency is that of rows that asked a model, without those whose calls were all cached', () => {
  const times = [100, 200, 300, 400, 500].map((latencyMs, i) =>
    row(i, { exact: 1 }, { latencyMs, calls: [call(false), call(true)] }),
  )
  const tally = tallyOf({}, [
    ...times,
    row(5, { exact: 1 }, { latencyMs: 0, calls: [call(true)] }),
    row(6, { exact: 1 }, { latencyMs: 0, calls: [] }),
  ])
  expect(tally.figures().latencyMs.p50).toBe(300)
  expect(tally.figures().latencyMs.p95).toBeCloseTo(480, 9)
  expect(tallyOf({}, [row(0, { exact: 1 })]).figures().latencyMs).toEqual({ p50: null, p95: null })
})

function tallyOf(
  { trials = 1, passMarks = [] }: { trials?: number; passMarks?: readonly number[] },
  records: readonly RowRecord[],
): Tally {
  const tally = new Tally(trials, passMarks)
  for (const record of records)
    tally.add(record, { file: 'rows.jsonl', offset: record.index, length: 1 })
  return tally
}

function row(
  index: number,
  values: Readonly<Record<string, number>>,
  more: Partial<RowRecord> = {},
): RowRecord {
  const scores = Object.entries(values).map(([name, value]) => [name, { value }] as const)
  return {
    version: 1,
    evalId: 'a.eval.ts > a',
    rowId: `row ${index}`,
    index,
    trial: 0,
    attempt: { retry: 0, repeat: 0 },
    model: null,
    row: null,
    outcome: 'scored',
    scores: Object.fromEntries(scores),
    calls: [],
    usage: null,
    costUsd: 0,
    latencyMs: 0,
    startedAt: '2026-01-01T00:00:00.000Z',
    ...more,
  }
}

function call(cached: boolean): CallRecord {
  return {
    role: 'model',
    model: 'test/m',
    servedBy: 'm',
    input: '',
    text: '',
    finishReason: 'stop',
    usage: null,
    costUsd: 0,
    latencyMs: 0,
    attempts: 1,
    cached,
  }
}
