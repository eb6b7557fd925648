import { setImmediate as turn } from 'node:timers/promises'
import { createDesk, type DeskOptions, type PermitDesk } from '../../../src/broker/desk.ts'
import type { KeyState } from '../../../src/broker/desk/key-memory.ts'
import type { AssayError, ErrorKind } from '../../../src/model/error.ts'
import type { Permit, PermitOutcome, PermitPool, PermitRequest } from '../../../src/model/permit.ts'
import { VirtualClock } from './virtual-clock.ts'

/** A request for a permit, and what has become of it by now. */
export interface Asked {
  permit: Permit | undefined
  error: AssayError | undefined
  /** When it was decided. */
  at: number | undefined
}

export interface OpenDesk {
  readonly desk: PermitDesk
  readonly clock: VirtualClock
  readonly notices: readonly string[]
  /** Asks without waiting. */
  readonly ask: (of: PermitPool, over?: Partial<PermitRequest>) => Asked
  /** Asks, and does this with the permit when it comes. */
  readonly askThen: (of: PermitPool, use: (permit: Permit) => void) => void
  /** Asks for a permit that must be had at once. */
  readonly get: (of: PermitPool, over?: Partial<PermitRequest>) => Promise<Permit>
  /** Sends a request that ends at once in this way, and returns the place of its key. */
  readonly send: (of: PermitPool, outcome?: Partial<PermitOutcome>) => Promise<number>
  /** The milliseconds from now after which a request could be sent; it is not sent. */
  readonly nextIn: (of: PermitPool) => Promise<number>
}

/** Keys that have answered in an earlier run, so that they are not on trial. */
const known: KeyState = {
  version: 1,
  since: 0,
  providers: {
    openai: Object.fromEntries(
      ['a', 'b', 'c'].map((id) => [id, { models: { earlier: { successes: 1 } } }]),
    ),
  },
}

/** A desk on a clock of its own, whose back-off is never shortened by chance. */
export function openDesk(options: DeskOptions = {}, time = 0): OpenDesk {
  const clock = new VirtualClock()
  clock.time = time
  const notices: string[] = []
  const desk = createDesk({
    now: clock.now,
    setTimer: clock.setTimer,
    random: () => 1,
    notice: (line) => void notices.push(line),
    keyState: known,
    ...options,
  })

  function acquire(of: PermitPool, over: Partial<PermitRequest> = {}): Promise<Permit> {
    const patienceMs = Number.POSITIVE_INFINITY
    return desk.acquire({ pool: of, tokens: 0, patienceMs, again: false, ...over })
  }

  function ask(of: PermitPool, over?: Partial<PermitRequest>): Asked {
    const asked: Asked = { permit: undefined, error: undefined, at: undefined }
    acquire(of, over).then(
      (permit) => Object.assign(asked, { permit, at: clock.time }),
      (error: unknown) => Object.assign(asked, { error, at: clock.time }),
    )
    return asked
  }

  async function get(of: PermitPool, over?: Partial<PermitRequest>): Promise<Permit> {
    const asked = ask(of, over)
    await turn()
    if (!asked.permit) throw asked.error ?? new Error('it had to wait')
    return asked.permit
  }

  return {
    desk,
    clock,
    notices,
    ask,
    askThen: (of, use) => void acquire(of).then(use),
    get,
    async send(of, outcome = {}) {
      const permit = await get(of)
      permit.release({ failure: null, ...outcome })
      return permit.key
    },
    async nextIn(of) {
      const start = clock.time
      const asked = ask(of)
      await clock.pass(Number.POSITIVE_INFINITY, () => asked.at !== undefined)
      asked.permit?.release({ failure: 'cancelled' })
      return clock.time - start
    },
  }
}

export function pool(over: Partial<PermitPool> = {}): PermitPool {
  return { provider: 'openai', model: 'gpt-5', keys: ['a'], ...over }
}

/** What a request was refused with. */
export function errorOf({ error }: Asked): Pick<AssayError, 'kind' | 'message'> | undefined {
  return error && { kind: error.kind, message: error.message }
}

export function failed(failure: ErrorKind, retryAfterMs?: number): PermitOutcome {
  return { failure, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}
