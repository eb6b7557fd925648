import { inject } from 'vitest'
import { brokerAt } from '../broker/client.ts'
import { addCost, addUsage } from '../model/response.ts'
import type { CallRecord, Role } from './record.ts'
import type { RunSettings } from './settings.ts'
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

/** Takes a call from the run's budget, if it has one: every call, in a row or beside them. */
export function spend({ model, usage, costUsd, cached, error }: CallRecord): void {
  if (cached || error) return
  const settings = inject('assay') as RunSettings | undefined
  if (!settings?.hasBudget) return
  brokerAt(settings.broker).spend({
    model,
    usd: costUsd,
    tokens: usage && usage.inputTokens + usage.outputTokens,
  })
}
