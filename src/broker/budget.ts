import type { Budget } from '../model/permit.ts'
import type { SpendMessage } from './protocol.ts'

export interface BudgetOptions {
  /** Called once, when the budget is spent, with words for a person. */
  readonly onSpent: (reason: string) => void
  /** What a person should know: that some of the cost cannot be counted. */
  readonly notice: (line: string) => void
}

/** Adds up what model calls cost, over all evals and workers of a run. */
export interface Spending {
  readonly usd: number
  readonly tokens: number
  /** Why no further row may begin; `undefined` as long as one may. */
  readonly spent: string | undefined
  add(cost: Omit<SpendMessage, 'type'>): void
}

export function createSpending(budget: Budget, { onSpent, notice }: BudgetOptions): Spending {
  const total = { usd: 0, tokens: 0 }
  const unknown = new Set<string>()
  let spent: string | undefined

  function reasonToStop(): string | undefined {
    const { usd, tokens } = budget
    if (usd !== undefined && total.usd >= usd) return `the budget of $${usd} is spent`
    if (tokens !== undefined && total.tokens >= tokens) {
      return `the budget of ${tokens} tokens is spent`
    }
    return undefined
  }

  function noticeUnknown({ model, usd, tokens }: Omit<SpendMessage, 'type'>): void {
    const limits = [
      ...(budget.usd !== undefined && usd === null ? [`$${budget.usd}`] : []),
      ...(budget.tokens !== undefined && tokens === null ? [`${budget.tokens} tokens`] : []),
    ]
    if (limits.length === 0 || unknown.has(model)) return
    unknown.add(model)
    const reason = tokens === null ? 'its server reports no usage' : 'its price is unknown'
    const way = tokens === null ? '' : ' Give evals({ prices }), or a budget of tokens.'
    notice(`The budget of ${limits.join(' and ')} does not hold for ${model}: ${reason}.${way}`)
  }

  return {
    get usd() {
      return total.usd
    },
    get tokens() {
      return total.tokens
    },
    get spent() {
      return spent
    },
    add(cost) {
      noticeUnknown(cost)
      total.usd += cost.usd ?? 0
      total.tokens += cost.tokens ?? 0
      if (spent !== undefined) return
      spent = reasonToStop()
      if (spent !== undefined) onSpent(spent)
    },
  }
}
