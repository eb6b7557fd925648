import type { Desk, Permit, PermitPool } from '../model/permit.ts'
import type { AcquireMessage, PermitAnswer, PermitMessage } from './protocol.ts'
import { toRefusal } from './refusal.ts'

/** One worker's place at the desk. */
export interface Counter {
  receive(message: PermitMessage): void
  /** Gives back what the worker holds and waits for: it is gone. */
  close(): void
}

/** Serves a worker: what it acquires and releases by messages is done at the desk. */
export function serveDesk(desk: Desk, tell: (message: PermitAnswer) => void): Counter {
  const pools = new Map<number, PermitPool>()
  const waiting = new Map<number, AbortController>()
  const held = new Map<number, Permit>()

  async function acquire({ id, pool, ...request }: AcquireMessage): Promise<void> {
    const stop = new AbortController()
    waiting.set(id, stop)
    try {
      const asked = { ...request, patienceMs: request.patienceMs ?? Number.POSITIVE_INFINITY }
      const permit = await desk.acquire({ ...asked, pool: pools.get(pool)!, signal: stop.signal })
      if (stop.signal.aborted) {
        permit.release({ failure: 'cancelled' })
        return
      }
      held.set(id, permit)
      const { key, queuedMs, cooledMs } = permit
      tell({ type: 'permit', id, key, queuedMs, cooledMs })
    } catch (error) {
      if (!stop.signal.aborted) tell({ type: 'refused', id, error: toRefusal(error) })
    } finally {
      waiting.delete(id)
    }
  }

  function cancel(id: number): void {
    waiting.get(id)?.abort()
    held.get(id)?.release({ failure: 'cancelled' }) // it was given while the word was on its way
    held.delete(id)
  }

  return {
    receive(message) {
      if (message.type === 'pool') pools.set(message.pool, message.of)
      else if (message.type === 'acquire') void acquire(message)
      else if (message.type === 'cancel') cancel(message.id)
      else if (message.type === 'release') {
        held.get(message.id)?.release(message)
        held.delete(message.id)
      }
    },
    close() {
      for (const stop of waiting.values()) stop.abort()
      for (const permit of held.values()) permit.release({ failure: 'cancelled' })
      held.clear()
    },
  }
}
