import { AssayError } from '../../../model/error.ts'
import type { Model } from '../../../model/model.ts'
import type { Secret } from '../../../model/secret.ts'
import type { ListedModel, ModelHandle } from '../../../provider/provider.ts'

/** A model that a check may ask. */
export interface Bench {
  readonly model: Model
  readonly provider: string
  readonly keys: readonly Secret[]
  /** Milliseconds that each request may take. */
  readonly timeout: number
  /** Sets the same model up once more. */
  setup(): Promise<ModelHandle>
  /** Nothing where its provider lists no models. */
  readonly listModels: (() => Promise<readonly ListedModel[]>) | undefined
}

/** One demand on a model, of those that can be seen on one that does as it likes. */
export interface LiveCheck {
  readonly name: string
  /** What is demanded. */
  readonly demand: string
  /** Returns what of it cannot be seen of this model. @throws Error where the demand is not met, which shows no text of a model */
  run(bench: Bench): Promise<Unseen | void>
}

/** Why a part of a demand cannot be seen, or all of it. */
export type Unseen = { readonly part: string } | { readonly all: string }

/** Settings of the calls: enough for a short answer, and for a model that thinks before it. */
export const SHORT = { maxTokens: 512 } as const

/** @throws Error with `otherwise` where a condition does not hold */
export function demand(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise)
}

/** The error that a call ends with. @throws Error where it ends with anything else, which is not shown */
export async function errorOf(what: string, call: Promise<unknown>): Promise<AssayError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (AssayError.is(error)) return error
  throw new Error(
    `${what} was to fail with an AssayError, but ${error === undefined ? 'gives a response' : 'fails with another error'}.`,
  )
}
