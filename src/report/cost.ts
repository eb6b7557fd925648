import type { EvalSummary, RoleSummary } from '../evaluation/summary.ts'
import { addUsage } from '../model/response.ts'

/** What an eval cost: `$1.25`, `≥ $1.25` where part of it is unknown, `unknown` where all is. */
export function costOf({ costUsd, knownCostUsd }: EvalSummary): string {
  if (costUsd !== null) return dollars(costUsd)
  return knownCostUsd > 0 ? `≥ ${dollars(knownCostUsd)}` : 'unknown'
}

/** A line on what a run used and cost, apart by role; none where the models cost and report nothing. */
export function costLine(evals: readonly EvalSummary[]): string | undefined {
  const usage = addUsage(evals.map((one) => one.usage))
  const knownCostUsd = evals.reduce((sum, one) => sum + one.knownCostUsd, 0)
  const isFree = knownCostUsd === 0 && evals.every(({ costUsd }) => costUsd === 0)
  const cached = cachedCalls(evals)
  if (!usage || (isFree && cached.length === 0)) return undefined
  const isKnown = evals.every(({ costUsd }) => costUsd !== null)
  const total = costOf({ ...evals[0]!, costUsd: isKnown ? knownCostUsd : null, knownCostUsd })
  const parts = [
    `${count(usage.inputTokens)} tokens in${inBrackets(usage.cachedInputTokens, 'cached')}`,
    `${count(usage.outputTokens)} out${inBrackets(usage.reasoningTokens, 'reasoning')}`,
    ...cached,
    ...judges(evals),
  ]
  return `cost ${total}: ${parts.join(', ')}`
}

function cachedCalls(evals: readonly EvalSummary[]): string[] {
  const roles = evals.flatMap((one) => Object.values(one.roles))
  const cached = roles.reduce((sum, role) => sum + role.cached, 0)
  const calls = roles.reduce((sum, role) => sum + role.calls, 0)
  return cached > 0 ? [`${count(cached)} of ${count(calls)} calls from the cache`] : []
}

function judges(evals: readonly EvalSummary[]): string[] {
  const all = evals.flatMap(({ roles }) => (roles.judge ? [roles.judge] : []))
  if (all.length === 0) return []
  const known = all.every(({ costUsd }) => costUsd !== null)
  const sum = all.reduce((total: number, { costUsd }: RoleSummary) => total + (costUsd ?? 0), 0)
  return [`of it judges ${known ? dollars(sum) : 'unknown'}`]
}

/** Two figures at least, however small the amount. */
export function dollars(amount: number): string {
  if (amount === 0) return '$0'
  const digits = Math.max(2, 1 - Math.floor(Math.log10(amount)))
  return `$${amount.toFixed(Math.min(digits, 8))}`
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

function inBrackets(value: number | undefined, what: string): string {
  return value ? ` (${count(value)} ${what})` : ''
}
