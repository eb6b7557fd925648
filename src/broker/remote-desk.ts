import { type AssayError, cancelledBy } from '../model/error.ts'
import type { Desk, Permit, PermitPool, PermitRequest } from '../model/permit.ts'
import type { PermitAnswer, PermitMessage } from './protocol.ts'
import { toError } from './refusal.ts'

/** The broker's desk as a worker sees it. */
export interface RemoteDesk extends Desk {
  receive(answer: PermitAnswer): void
  /** Rejects what waits and what comes: the broker is gone. */
  close(reason: AssayError): void
}

interface Waiter {
  readonly grant: (permit: Permit) => void
  readonly refuse: (error: AssayError) => void
}

export function createRemoteDesk(send: (message: PermitMessage) => void): RemoteDesk {
  const pools = new WeakMap<PermitPool, number>()
  const waiters = new Map<number, Waiter>()
  let poolCount = 0
  let requestCount = 0
  let gone: AssayError | undefined

  /** A pool is told once, and goes by its number from then on. */
  function numberOf(pool: PermitPool): number {
    const known = pools.get(pool)
    if (known !== undefined) return known
    pools.set(pool, ++poolCount)
    send({ type: 'pool', pool: poolCount, of: pool })
    return poolCount
  }

  function createPermit(id: number, place: Pick<Permit, 'key' | 'queuedMs' | 'cooledMs'>): Permit {
    let isHeld = true
    return {
      ...place,
      release(outcome) {
        if (isHeld) send({ type: 'release', id, ...outcome })
        isHeld = false
      },
    }
  }

  return {
    acquire({ pool, signal, ...request }: PermitRequest): Promise<Permit> {
      return new Promise((resolve, reject) => {
        if (gone) return reject(gone)
        if (signal?.aborted) return reject(cancelledBy(signal, pool.provider))
        const id = ++requestCount
        const cancel = () => {
          waiters.delete(id)
          send({ type: 'cancel', id })
          reject(cancelledBy(signal, pool.provider))
        }
        const settle = () => {
          waiters.delete(id)
          signal?.removeEventListener('abort', cancel)
        }
        waiters.set(id, {
          grant(permit) {
            settle()
            resolve(permit)
          },
          refuse(error) {
            settle()
            reject(error)
          },
        })
        signal?.addEventListener('abort', cancel, { once: true })
        send({ type: 'acquire', id, pool: numberOf(pool), ...request })
      })
    },
    receive(answer) {
      const waiter = waiters.get(answer.id)
      if (answer.type === 'refused') waiter?.refuse(toError(answer.error))
      else waiter?.grant(createPermit(answer.id, answer))
    },
    close(reason) {
      gone = reason
      for (const waiter of waiters.values()) waiter.refuse(reason)
    },
  }
}
