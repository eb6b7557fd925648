import { AssayError, messageOf } from '../../model/error.ts'
import type { Model, ModelHealth } from '../../model/model.ts'
import { type Outcome, outcomeOfError } from './result.ts'

/** `false`, or a health that says so, is a failure; anything else is none. */
export type ProbeAnswer = ModelHealth | boolean | void

/**
 * Asks whether a model answers, in another way than by its list of models. What it throws is a failure; an
 * AssayError counts as it does for a call. The signal ends it when its time is up.
 */
export type Probe = (model: Model, signal: AbortSignal) => ProbeAnswer | Promise<ProbeAnswer>

/** Who is asked. */
export interface ProbeTarget {
  readonly model: Model
  /** Asks the provider for its models, where it has a list. */
  readonly list?: ((signal: AbortSignal) => Promise<unknown>) | undefined
}

/** Asks once. It never rejects. */
export type Ask = (signal: AbortSignal) => Promise<Outcome>

/**
 * How a model is asked whether it answers: as the user says, else by its provider's list, and never for a
 * completion. Nothing where there is no way.
 */
export function askOf({ model, list }: ProbeTarget, probe: Probe | undefined): Ask | undefined {
  if (probe) return (signal) => askProbe(probe, model, signal)
  return list && ((signal) => askList(list, signal))
}

async function askProbe(probe: Probe, model: Model, signal: AbortSignal): Promise<Outcome> {
  try {
    const answer = await probe(model, signal)
    const { healthy, reason = 'the probe says so' } =
      typeof answer === 'object' ? answer : { healthy: answer }
    return healthy === false ? { result: 'failure', reason } : { result: 'success' }
  } catch (error) {
    if (AssayError.is(error)) return outcomeOfError(error)
    // a probe asks in its own way, and what it throws is what it has found
    return { result: 'failure', reason: messageOf(error) }
  }
}

async function askList(
  list: (signal: AbortSignal) => Promise<unknown>,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    await list(signal)
    return { result: 'success' } // also with none in it, or without this one: it has answered
  } catch (error) {
    // a server without a list may have models all the same
    if (AssayError.is(error) && error.kind === 'not_found') return { result: 'unknown' }
    return outcomeOfError(error)
  }
}
