import { addCost, addUsage } from '../model/response.ts'
import type { CallRecord, Role } from './record.ts'
import type { RoleSummary } from './summary.ts'

/** Adds up what calls used and cost, by their role. */
export class Spending {
  readonly roles: Partial<Record<Role, RoleSummary>> = {}
  knownUsd = 0

  add({ role, servedBy, cached, usage, costUsd }: CallRecord): void {
    this.knownUsd += costUsd ?? 0
    const sum = this.roles[role] ?? { calls: 0, cached: 0, servedBy: {}, usage: null, costUsd: 0 }
    this.roles[role] = {
      calls: sum.calls + 1,
      cached: sum.cached + Number(cached),
      servedBy: { ...sum.servedBy, [servedBy]: (sum.servedBy[servedBy] ?? 0) + 1 },
      usage: addUsage([sum.usage, usage]),
      costUsd: addCost(sum.costUsd, costUsd),
    }
  }
}
