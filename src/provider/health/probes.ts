import { type Call, callScope, currentCall } from '../../model/call.ts'
import type { Clock, PausableClock } from '../../model/clock.ts'
import { AssayError } from '../../model/error.ts'
import { idleTimers, startLimit, type Timers } from './limit.ts'
import type { Ask } from './probe.ts'
import type { Outcome } from './result.ts'

export interface ProbesOptions {
  readonly ask: Ask
  /** Told what came of each probe. */
  readonly record: (outcome: Outcome) => void
  /** Time between two probes in milliseconds, of which a tenth more or less is left to chance. */
  readonly intervalMs: number
  /** Time for one probe in milliseconds; waiting for a permit does not count. */
  readonly timeoutMs: number
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number
  /** @default timers that let the process end */
  readonly timers?: Timers
}

export interface Probes {
  /** Ends the probe that is in flight; nothing is recorded any more. A second call does nothing. */
  stop(): void
}

/**
 * Asks again and again, one probe at a time. The first begins after one interval: only the timer starts any.
 * They belong to no row, whoever has started them.
 */
export function startProbes(options: ProbesOptions): Probes {
  return callScope.exit(() => currentCall.exit(() => keepAsking(options)))
}

function keepAsking({
  ask,
  record,
  intervalMs,
  timeoutMs,
  random = Math.random,
  timers = idleTimers,
}: ProbesOptions): Probes {
  let stopProbe = () => {}
  let isStopped = false
  // of a probe that goes on after its time was up
  let isUnanswered = false
  const late: Outcome = {
    result: 'failure',
    reason: `no answer to a probe within ${timeoutMs / 1000} s`,
  }
  let cancelTimer = setTimer()

  function setTimer(): () => void {
    return timers.setTimer(() => void turn(), jittered(intervalMs, random()))
  }

  async function turn(): Promise<void> {
    const outcome = isUnanswered ? late : await probe()
    if (isStopped) return
    record(outcome)
    cancelTimer = setTimer()
  }

  function probe(): Promise<Outcome> {
    const expired = Promise.withResolvers<Outcome>()
    const controller = new AbortController()
    const expire = () => {
      controller.abort(new AssayError(`There was ${late.reason}.`, { kind: 'timeout' }))
      expired.resolve(late)
    }
    const limit = startLimit(timeoutMs, expire, timers)
    stopProbe = () => {
      limit.stop()
      controller.abort(new AssayError('The probes were stopped.', { kind: 'cancelled' }))
    }
    return Promise.race([timed(controller.signal, limit), expired.promise])
  }

  async function timed(signal: AbortSignal, limit: Clock): Promise<Outcome> {
    const started = timers.now()
    const call = callWith(limit)
    isUnanswered = true
    const outcome = await currentCall.run(call, ask, signal)
    isUnanswered = false
    limit.stop()
    if (outcome.result !== 'success') return outcome
    return { ...outcome, latencyMs: timers.now() - started - call.waitedMs }
  }

  return {
    stop() {
      if (isStopped) return
      isStopped = true
      cancelTimer()
      stopProbe()
    },
  }
}

/** A tenth more or less, so that many models are not all asked at the same time. */
function jittered(ms: number, chance: number): number {
  return Math.min(2 ** 31 - 1, ms * (0.9 + 0.2 * chance)) // setTimeout takes no longer one
}

/** What the requests of a probe belong to: while they wait for a permit, its time stands still. */
function callWith(clock: PausableClock): Call {
  return {
    trial: 0,
    streaming: false,
    clock,
    attempts: 0,
    cached: false,
    waitedMs: 0,
    endedAt: undefined,
    completed: [],
  }
}
