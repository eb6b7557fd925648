import { createModel } from '../../../src/model/create-model.ts'
import type { Generated, ModelImplementation } from '../../../src/model/implementation.ts'
import { AssayError, type ErrorKind } from '../../../src/model/error.ts'
import type { Model } from '../../../src/model/model.ts'
import { defineProvider } from '../../../src/provider/define-provider.ts'
import { healthSchema } from '../../../src/provider/health/options.ts'
import { checked } from '../../../src/model/checked.ts'
import { createMember, type Member } from '../../../src/provider/members/member.ts'
import { otherModel } from '../../../src/provider/members/other-model.ts'
import { fallback } from '../../../src/provider/pool/order.ts'
import { createPoolModel, type PoolModelOptions } from '../../../src/provider/pool/pool-model.ts'
import { VirtualClock } from '../../broker/desk/virtual-clock.ts'

/** What a model does with a call, by the number of its call, from 1. */
export type Reply = (call: number, signal?: AbortSignal) => Generated | Promise<Generated>

interface Told {
  readonly member: Member
  /** Calls that have reached the model. */
  readonly calls: number
}

/** A member whose model is a real one, of a provider of its own. */
export function memberOf(
  name: string,
  reply: Reply,
  more: Partial<ModelImplementation> & { readonly onSetup?: () => unknown } = {},
): Told {
  const { onSetup, ...own } = more
  let calls = 0
  const provider = defineProvider({
    name: 'acme',
    async setup(modelName) {
      await onSetup?.()
      return createModel({
        provider: 'acme',
        name: modelName,
        generate: async (_messages, { signal }) => reply(++calls, signal),
        ...own,
      })
    },
  })
  const find = () => ({ provider, modelName: name })
  const other = otherModel({ spec: `acme/${name}`, name }, { find, prices: {} }, {})
  const member = createMember(other, {
    health: checked('health', healthSchema, {}),
    onError: () => {},
  })
  return {
    member,
    get calls() {
      return calls
    },
  }
}

/** A model that says its name. */
export const healthy = (name: string): Told => memberOf(name, () => ({ text: name }))

/** A model that fails in this way. */
export const failing = (name: string, kind: ErrorKind): Told =>
  memberOf(name, () => {
    throw fault(kind, name)
  })

export function fault(kind: ErrorKind, of: string): AssayError {
  return new AssayError(`${of} has failed.`, { kind, provider: 'acme' })
}

/** A pool of these, with time of its own. */
export function poolOf(
  members: readonly Told[],
  options: Partial<PoolModelOptions> = {},
): { readonly model: Model; readonly clock: VirtualClock } {
  const clock = new VirtualClock()
  const model = createPoolModel({
    provider: 'pool',
    name: 'own',
    members: members.map(({ member }) => member),
    order: fallback,
    timers: clock,
    ...options,
  })
  return { model, clock }
}
