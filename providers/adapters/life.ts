import { AssayError } from '../../src/model/error.ts'
import { untilAborted } from '../../src/model/until-aborted.ts'
import { wrongAnswer } from './fields.ts'
import { failureOf, setupFailure } from './failure.ts'
import { methodOf } from './methods.ts'
import type { Subject } from './subject.ts'
import { within } from './within.ts'

/** How somebody's object begins, is asked and ends. */
export interface Life {
  /** A signal of a call: the caller's, which also aborts when the model is torn down. */
  signalFor(caller: AbortSignal | undefined): AbortSignal
  /**
   * Does something with the object once `initialize` is through, and waits no longer than the signal lets it.
   * @throws AssayError for whatever is thrown
   */
  ask<T>(signal: AbortSignal, task: () => T | Promise<T>): Promise<T>
  /** `health_check`, where there is one. @throws AssayError why the model is not healthy */
  health?(): Promise<void>
  /** Ends the calls in flight, then lets the object clean up. */
  close(): Promise<void>
}

/** How long an object is waited for where no caller sets a limit, in milliseconds. */
export interface Patience {
  /** With an `initialize` that still runs when the model is torn down. */
  readonly initialize: number
  /** With `health_check`, and `initialize` before it. */
  readonly health: number
}

const PATIENCE: Patience = { initialize: 10_000, health: 120_000 }

/** Begins with the first call: nothing is connected before. */
export function beginLife(
  object: object,
  subject: Subject,
  isManaged: boolean,
  patience: Patience = PATIENCE,
): Life {
  const { provider, spec } = subject
  const end = new AbortController()
  const check = methodOf(object, 'health_check')
  const initialize = isManaged ? undefined : methodOf(object, 'initialize')
  const cleanup = isManaged ? undefined : methodOf(object, 'cleanup')
  let ready: Promise<unknown> | undefined

  /** Single-flight; one that failed is tried again by the next call. */
  function begin(): Promise<unknown> {
    ready ??= (async () => initialize?.call())().catch((error: unknown) => {
      ready = undefined
      throw setupFailure(error, subject)
    })
    return ready
  }

  const clean = async () => cleanup?.call()

  /** What connects is cleaned up when it has, also where nobody waits for it any more. */
  async function begun(): Promise<void> {
    const beginning = ready?.catch(() => {})
    if (!beginning) return
    try {
      await within(patience.initialize, beginning, subject, '`initialize`')
    } catch (error) {
      void beginning.then(clean).catch(() => {})
      throw error
    }
  }

  const life: Life = {
    signalFor: (caller) => (caller ? AbortSignal.any([caller, end.signal]) : end.signal),
    async ask(signal, task) {
      try {
        signal.throwIfAborted()
        await untilAborted(begin(), signal, provider)
        return await untilAborted((async () => task())(), signal, provider)
      } catch (error) {
        throw failureOf(error, subject, signal)
      }
    },
    async close() {
      const message = `The model '${spec}' was torn down.`
      end.abort(new AssayError(message, { kind: 'cancelled', provider }))
      await begun()
      await clean().catch((error: unknown) => {
        throw failureOf(error, subject)
      })
    },
  }
  if (check) {
    life.health = async () => {
      const asked = life.ask(end.signal, () => check.call())
      const healthy = await within(patience.health, asked, subject, `\`${check.name}\``)
      if (healthy === true) return
      if (healthy !== false)
        throw wrongAnswer(check, subject, { expected: 'true or false', got: healthy })
      throw new AssayError(`${spec}: \`${check.name}\` returned false.`, {
        kind: 'server',
        provider,
      })
    }
  }
  return life
}
