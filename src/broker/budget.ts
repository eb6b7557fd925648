import type { Budget } from '../model/permit.ts'
import type { SpendMessage } from './protocol.ts'

export interface BudgetOptions {
  /** Called once, when the budget is spent, with words for a person. */
  readonly onSpent: (reason: string) => void
  /** What a person should know: that some of the cost cannot be counted. */
  readonly notice: (line: string) => void
}

/** Adds up what rows cost, over all evals and workers of a run. */
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

  function noticeUnknown(models: readonly string[]): void {
    const model = models.find((one) => !unknown.has(one))
    if (budget.usd === undefined || model === undefined) return
    for (const one of models) unknown.add(one)
    notice(
      `The budget of $${budget.usd} does not hold for ${models.join(', ')}: the price is unknown. ` +
        'Give evals({ prices }), or a budget of tokens.',
    )
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
    add({ usd, tokens, unpriced }) {
      noticeUnknown(unpriced)
      total.usd += usd
      total.tokens += tokens
      if (spent !== undefined) return
      spent = reasonToStop()
      if (spent !== undefined) onSpent(spent)
    },
  }
}
