import { expect, test } from 'vitest'
import type { EvalSummary, RoleSummary } from '../../src/evaluation/summary.ts'
import { costLine, costOf } from '../../src/report/cost.ts'

function summaryOf(over: Partial<EvalSummary>): EvalSummary {
  return {
    id: 'a',
    file: 'a.eval.ts',
    name: 'a',
    model: 'acme/m',
    rows: 1,
    trials: 1,
    outcomes: { scored: 1, blocked: 0, error: 0, skipped: 0 },
    scores: {},
    usage: { inputTokens: 1200, outputTokens: 300 },
    costUsd: 0.5,
    knownCostUsd: 0.5,
    roles: {},
    latencyMs: { p50: 1, p95: 2 },
    gate: null,
    durationMs: 1,
    complete: true,
    failure: null,
    ...over,
  }
}

const role = (over: Partial<RoleSummary>): RoleSummary => ({
  calls: 10,
  cached: 0,
  servedBy: { m1: 10 },
  usage: null,
  costUsd: 0.1,
  ...over,
})

test.each([
  [0, 0, '$0'],
  [1234.5, 1234.5, '$1234.50'],
  [0.25, 0.25, '$0.25'],
  [0.0012345, 0.0012345, '$0.0012'],
  [0.00000021, 0.00000021, '$0.00000021'],
  [null, 0.5, '≥ $0.50'],
  [null, 0, 'unknown'],
])('a cost of %j, %d of it known, is %s', (costUsd, knownCostUsd, shown) => {
  expect(costOf(summaryOf({ costUsd, knownCostUsd }))).toBe(shown)
})

test('the line of a run has its tokens, cached and reasoning ones, the cache and the judges', () => {
  const usage = {
    inputTokens: 1200,
    outputTokens: 300,
    cachedInputTokens: 200,
    reasoningTokens: 50,
  }
  const roles = { model: role({ cached: 4 }), judge: role({ costUsd: 0.125 }) }
  expect(costLine([summaryOf({ usage, roles }), summaryOf({})])).toBe(
    'cost $1.00: 2,400 tokens in (200 cached), 600 out (50 reasoning), 4 of 20 calls from the cache, of it judges $0.13',
  )
})

test('an unknown part makes the sum a lower bound, and judges without a price are unknown', () => {
  const roles = { judge: role({ costUsd: null }) }
  expect(costLine([summaryOf({}), summaryOf({ costUsd: null, knownCostUsd: 0.25, roles })])).toBe(
    'cost ≥ $0.75: 2,400 tokens in, 600 out, of it judges unknown',
  )
})

test('models that cost nothing need no line', () => {
  expect(costLine([summaryOf({ costUsd: 0, knownCostUsd: 0 })])).toBeUndefined()
  expect(costLine([])).toBeUndefined()
})
