import { messageOf } from '../../model/error.ts'
import type { PullResult, Reward } from './reward.ts'
import type { Taken } from './selector.ts'

export interface SettleOptions {
  readonly reward: Reward
  /** Is told what is wrong with a reward. */
  readonly notice: (line: string) => void
}

/** Ends a pull by what came of it. */
export type Settle = (taken: Taken, result: Omit<PullResult, 'name'>) => void

/** Rewards pulls. It never throws: what was answered, and paid for, must not be lost over its reward. */
export function createSettle({ reward, notice }: SettleOptions): Settle {
  /** Models of which it was said. */
  const wrong = new Set<string>()
  return (taken, result) => {
    const { name } = taken.member
    try {
      const value = reward({ name, ...result })
      if (value !== null) taken.report(value)
      else if (result.error?.kind === 'cancelled') taken.cancel()
      else taken.end()
    } catch (error) {
      taken.end()
      if (wrong.has(name)) return
      wrong.add(name)
      notice(`The reward of ${name} is not counted: ${messageOf(error)}`)
    }
  }
}
