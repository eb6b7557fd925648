import { type AssayError, cancelledBy } from '../model/error.ts'
import type { Leases, ServerAddress, ServerLease, ServerNeed } from '../model/lease.ts'
import { Secret } from '../model/secret.ts'
import { untilAborted } from '../model/until-aborted.ts'
import type { LeaseAnswer, LeasedMessage, LeaseMessage } from './protocol.ts'
import { toError } from './refusal.ts'

/** The main process's local servers as a worker sees them. */
export interface RemoteLeases extends Leases {
  receive(answer: LeaseAnswer): void
  /** Rejects what waits and what comes: the broker is gone. */
  close(reason: AssayError): void
}

type Answer = Exclude<LeaseAnswer, { type: 'withheld' }>

interface Question {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: AssayError) => void
}

export function createRemoteLeases(send: (message: LeaseMessage) => void): RemoteLeases {
  const numbers = new WeakMap<ServerLease, number>()
  const questions = new Map<number, Question>()
  let count = 0
  let gone: AssayError | undefined

  function ask<Expected extends Answer>(message: LeaseMessage): Promise<Expected> {
    return new Promise((resolve, reject) => {
      if (gone) return reject(gone)
      questions.set(message.id, { resolve: resolve as Question['resolve'], reject })
      send(message)
    })
  }

  /** The open question of this number, which is settled now. */
  function take(id: number): Question | undefined {
    const question = questions.get(id)
    questions.delete(id)
    return question
  }

  function createLease(need: ServerNeed, { id, key, slots, address }: LeasedMessage): ServerLease {
    let current = address
    let recovery: Promise<void> | undefined

    async function learn(seen: ServerAddress): Promise<void> {
      try {
        const message = { type: 'recover', id: ++count, lease: id, seen } as const
        current = (await ask<Answer & { type: 'recovered' }>(message)).address
      } finally {
        recovery = undefined
      }
    }

    const lease: ServerLease = {
      key: key === null ? null : new Secret(key),
      slots,
      get address() {
        return current
      },
      async recover(seen, signal) {
        if (seen.start < current.start) return // somebody else's failure has told us
        recovery ??= learn(seen)
        await untilAborted(recovery, signal, need.provider)
      },
      release: () => send({ type: 'return', id }), // the broker takes it back once
    }
    numbers.set(lease, id)
    return lease
  }

  return {
    async lease(need, { besides = [], signal } = {}) {
      if (signal?.aborted) throw cancelledBy(signal, need.provider)
      const id = ++count
      const cancel = () => {
        const question = take(id)
        if (!question) return
        send({ type: 'return', id })
        question.reject(cancelledBy(signal, need.provider))
      }
      signal?.addEventListener('abort', cancel, { once: true })
      try {
        const others = besides.flatMap((lease) => numbers.get(lease) ?? [])
        const message = { type: 'borrow', id, need, besides: others } as const
        return createLease(need, await ask<LeasedMessage>(message))
      } finally {
        signal?.removeEventListener('abort', cancel)
      }
    },
    receive(answer) {
      const question = take(answer.id)
      if (answer.type === 'withheld') question?.reject(toError(answer.error))
      else question?.resolve(answer)
    },
    close(reason) {
      gone = reason
      for (const id of questions.keys()) take(id)?.reject(reason)
    },
  }
}
