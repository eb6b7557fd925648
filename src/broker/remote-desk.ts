import { AssayError, cancelledBy } from '../model/error.ts'
import type { Desk, Permit, PermitPool, PermitRequest } from '../model/permit.ts'
import type { ToBroker, ToWorker } from './protocol.ts'

/** The broker's desk as a worker sees it. */
export interface RemoteDesk extends Desk {
  receive(message: Exclude<ToWorker, { type: 'spent' }>): void
  /** Rejects what waits and what comes: the broker is gone. */
  close(reason: AssayError): void
}

interface Waiter {
  readonly grant: (permit: Permit) => void
  readonly refuse: (error: AssayError) => void
}

export function createRemoteDesk(send: (message: ToBroker) => void): RemoteDesk {
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
    receive(message) {
      const { id } = message
      const waiter = waiters.get(id)
      if (message.type === 'refused') {
        const { message: text, ...options } = message.error
        waiter?.refuse(new AssayError(text, options))
      } else {
        waiter?.grant(createPermit(id, message))
      }
    },
    close(reason) {
      gone = reason
      for (const waiter of waiters.values()) waiter.refuse(reason)
    },
  }
}
