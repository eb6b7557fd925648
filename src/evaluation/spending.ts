import { addCost, addUsage } from '../model/response.ts'
import type { CallRecord, Role } from './record.ts'
import type { RoleSummary } from './summary.ts'

/** Adds up what calls used and cost, by their role. */
export class Spending {
  readonly roles: Partial<Record<Role, RoleSummary>> = {}
  knownUsd = 0

  add({ role, cached, usage, costUsd }: CallRecord): void {
    this.knownUsd += costUsd ?? 0
    const sum = this.roles[role] ?? { calls: 0, cached: 0, usage: null, costUsd: 0 }
    this.roles[role] = {
      calls: sum.calls + 1,
      cached: sum.cached + Number(cached),
      usage: addUsage([sum.usage, usage]),
      costUsd: addCost(sum.costUsd, costUsd),
    }
  }
}

/** What a row takes from the budget: what its calls used and cost that no cache answered. */
export function spentBy(calls: readonly CallRecord[]): {
  readonly usd: number
  readonly tokens: number
  /** Models whose price is unknown. */
  readonly unpriced: readonly string[]
} {
  const paid = calls.filter(({ cached }) => !cached)
  const unknown = paid.filter(({ usage, costUsd }) => usage !== null && costUsd === null)
  const usd = paid.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0)
  const tokens = paid.reduce(
    (sum, { usage }) => sum + (usage ? usage.inputTokens + usage.outputTokens : 0),
    0,
  )
  return { usd, tokens, unpriced: [...new Set(unknown.map(({ model }) => model))] }
}
