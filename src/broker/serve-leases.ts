import { AssayError } from '../model/error.ts'
import type { Leases, ServerLease } from '../model/lease.ts'
import type { BorrowMessage, LeaseAnswer, LeaseMessage, RecoverMessage } from './protocol.ts'
import { toRefusal } from './refusal.ts'

/** One worker's account of the local servers that it has borrowed. */
export interface LeaseAccount {
  receive(message: LeaseMessage): void
  /** Gives back what the worker holds and waits for: it is gone. */
  close(): void
}

export function serveLeases(leases: Leases, tell: (message: LeaseAnswer) => void): LeaseAccount {
  const waiting = new Map<number, AbortController>()
  const held = new Map<number, ServerLease>()

  async function lend({ id, need, besides }: BorrowMessage): Promise<void> {
    const stop = new AbortController()
    waiting.set(id, stop)
    try {
      const others = besides.flatMap((number) => held.get(number) ?? [])
      const lease = await leases.lease(need, { besides: others, signal: stop.signal })
      if (stop.signal.aborted) {
        lease.release()
        return
      }
      held.set(id, lease)
      const { key, slots, address } = lease
      tell({ type: 'leased', id, key: key && key.reveal(), slots, address })
    } catch (error) {
      if (!stop.signal.aborted) tell({ type: 'withheld', id, error: toRefusal(error) })
    } finally {
      waiting.delete(id)
    }
  }

  async function recover({ id, lease: number, seen }: RecoverMessage): Promise<void> {
    const lease = held.get(number)
    try {
      if (!lease) throw new AssayError('The lease was given back.', { kind: 'cancelled' })
      await lease.recover(seen)
      tell({ type: 'recovered', id, address: lease.address })
    } catch (error) {
      tell({ type: 'withheld', id, error: toRefusal(error) })
    }
  }

  function takeBack(id: number): void {
    waiting.get(id)?.abort()
    held.get(id)?.release()
    held.delete(id)
  }

  return {
    receive(message) {
      if (message.type === 'borrow') void lend(message)
      else if (message.type === 'recover') void recover(message)
      else takeBack(message.id)
    },
    close() {
      for (const id of [...waiting.keys(), ...held.keys()]) takeBack(id)
    },
  }
}
