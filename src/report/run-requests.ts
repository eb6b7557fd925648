import type { DeskOptions } from '../broker/desk.ts'
import type { Budget } from '../model/permit.ts'
import type { RequestPlan } from '../provider/request-plan.ts'

/** What holds for the requests of a run. */
export interface RunRequests {
  /** Permits by provider; `default` for the others. */
  readonly permits: Readonly<Record<string, number>>
  readonly limits?: DeskOptions['limits']
  readonly keyStrategy?: DeskOptions['keyStrategy']
  readonly budget?: Budget
  readonly rememberKeys: boolean
  /** Local servers at once on one GPU, or on the machine. */
  readonly maxServers?: number
  readonly plan: Omit<RequestPlan, 'keySalt'>
}
