import { expect, test } from 'vitest'
import type { EvalSummary, RoleSummary } from '../../src/evaluation/summary.ts'
import { shareLines } from '../../src/report/shares.ts'

function summaryOf(model: string | null, servedBy: Readonly<Record<string, number>>): EvalSummary {
  const role: RoleSummary = { calls: 1, cached: 0, servedBy, usage: null, costUsd: 0 }
  return { name: 'adds', model, roles: { model: role } } as unknown as EvalSummary
}

test('who answered is said where it was more than one, the most first', () => {
  const lines = shareLines([
    summaryOf('select/ucb', { 'half/m': 44, 'good/m': 456 }),
    summaryOf(null, { 'half/m': 1, 'good/m': 1 }),
    summaryOf('good/m', { m: 500 }),
  ])
  expect(lines).toEqual([
    'calls of adds [select/ucb]: good/m 456, half/m 44',
    'calls of adds: half/m 1, good/m 1',
  ])
})
