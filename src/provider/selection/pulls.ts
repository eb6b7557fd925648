import { type CallScope, callScope } from '../../model/call.ts'
import type { AssayError } from '../../model/error.ts'
import type { ModelResponse } from '../../model/response.ts'
import type { Member } from '../members/member.ts'
import type { ModelRole } from '../options/settle.ts'
import type { Requirements } from './requirements.ts'
import type { Selector } from './selector.ts'
import { createSettle, type SettleOptions } from './settle.ts'
import type { ExpectedCall } from './strategy.ts'

export interface PullsOptions extends SettleOptions {
  readonly selector: Selector
  readonly required: Requirements
  /** What the selection is for: scores of a row are a reward for the model that they measure, and for no other. */
  readonly role: ModelRole
}

/** A pull, as the calls see it that are made with it. */
export interface Pull {
  readonly member: Member
  answered(response: ModelResponse): void
  failed(error: AssayError): AssayError
  /** Nobody waits for the response any more. */
  left(): void
}

/**
 * Takes members for calls. All calls of a row are answered by one member, which its scores reward when the row is
 * over; outside of rows, and for a judge or a fixer, each call is a pull of its own.
 */
export function createPulls({ selector, required, reward, role, notice }: PullsOptions): {
  take(expected: ExpectedCall): Pull
} {
  const ofRows = new WeakMap<CallScope, Pull>()
  const settle = createSettle({ reward, notice })

  function takeForRow(scope: CallScope, expected: ExpectedCall): Pull {
    const taken = selector.take(required, expected)
    let last: Last = {}
    scope.onSettled?.((row) => {
      if (row) settle(taken, { ...last, row })
      else taken.cancel()
    })
    const pull: Pull = {
      member: taken.member,
      answered(response) {
        last = { response }
      },
      failed(error) {
        last = { ...last, error }
        return error
      },
      left() {},
    }
    ofRows.set(scope, pull)
    return pull
  }

  function takeForCall(expected: ExpectedCall): Pull {
    const taken = selector.take(required, expected)
    return {
      member: taken.member,
      answered: (response) => settle(taken, { response }),
      failed(error) {
        settle(taken, { error })
        return error
      },
      left: () => void taken.cancel(),
    }
  }

  return {
    take(expected) {
      const scope = callScope.getStore()
      if (role !== 'model' || !scope?.onSettled) return takeForCall(expected)
      return ofRows.get(scope) ?? takeForRow(scope, expected)
    },
  }
}

interface Last {
  readonly response?: ModelResponse
  readonly error?: AssayError
}
