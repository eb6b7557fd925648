import { addCost, addUsage } from '../model/response.ts'
import type { CallRecord, Role } from './record.ts'
import type { RoleSummary } from './summary.ts'

/** Adds up what calls used and cost, by their role. */
export class Spending {
  readonly roles: Partial<Record<Role, RoleSummary>> = {}
  knownUsd = 0

  add({ role, model, servedBy, cached, usage, costUsd, error }: CallRecord): void {
    this.knownUsd += costUsd ?? 0
    // of a call that failed it is known where several models stand behind one
    const isAnswer = !error || !model.endsWith(`/${servedBy}`)
    const sum = this.roles[role] ?? { calls: 0, cached: 0, servedBy: {}, usage: null, costUsd: 0 }
    this.roles[role] = {
      calls: sum.calls + 1,
      cached: sum.cached + Number(cached),
      servedBy: isAnswer ? counted(sum.servedBy, servedBy) : sum.servedBy,
      usage: addUsage([sum.usage, usage]),
      costUsd: addCost(sum.costUsd, costUsd),
    }
  }
}

function counted(
  counts: Readonly<Record<string, number>>,
  name: string,
): Readonly<Record<string, number>> {
  return { ...counts, [name]: (counts[name] ?? 0) + 1 }
}
