import type { ServerLease } from '../model/lease.ts'
import type { Model } from '../model/model.ts'
import type { ModelRole } from './options/settle.ts'

/** A model that is ready, and the way to let go of it. */
export interface ModelHandle<M = Model> {
  /** Names the resource behind the handle; handles that share one have the same id. */
  readonly resourceId: string
  /** @throws AssayError once this handle was torn down. */
  readonly model: M
  readonly provider: ModelProvider<M>
  /** Lets go of the model. The last handle on a resource destroys it. A second call does nothing. */
  teardown(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** What a provider can list. */
export interface ListedModel {
  /** As the server names it. */
  readonly id: string
  /** As a spec names it, where that is another name. */
  readonly name?: string
  readonly ownedBy?: string
}

/**
 * One who may hold several models at once, as a test does. What it holds is known when it asks for another, so
 * that a wait for room which could never end is an error.
 */
export interface Holder {
  /** The leases behind the handles that it has not let go of, and of its set-ups under way. */
  readonly own: readonly ServerLease[]
  /** These, and those of the one that it is within. */
  readonly leases: readonly ServerLease[]
  add(handle: ModelHandle<unknown>, leases: readonly ServerLease[]): void
  /** Takes a lease for a set-up: one after the other, so that each is known when the next is asked for. */
  take(ask: (besides: readonly ServerLease[]) => Promise<ServerLease>): Promise<ServerLease>
  /** Forgets a lease of a set-up that failed. */
  drop(lease: ServerLease): void
}

/** Where a set-up is asked for. */
export interface SetupPlace {
  /** Folder that relative paths start from: that of the eval file. @default the working directory */
  readonly baseDir?: string
  /** Who will hold the model. @default somebody who holds no other */
  readonly holder?: Holder | undefined
  /** What the model is for: a judge has temperature 0 where nothing else is said. @default 'model' */
  readonly role?: ModelRole
}

/** Makes models. The one pattern: `setup() → ModelHandle → teardown()`. */
export interface ModelProvider<M = Model> {
  readonly name: string
  /** Other names, as in a spec or at the beginning of its variables. */
  readonly aliases?: readonly string[]
  /** Equal model name and options share one resource; each call gets a handle of its own. */
  setup(modelName: string, options?: object, place?: SetupPlace): Promise<ModelHandle<M>>
  /** Lets go of one handle's share of a resource, as `handle.teardown()` does. */
  teardown(resourceId: string): Promise<void>
  /** Destroys every resource, whoever holds it. @throws AggregateError naming each failure */
  teardownAll(): Promise<void>
  /** What the provider offers. Never invents a model, never swallows an error. The signal ends its requests. */
  listModels?(
    options?: object,
    place?: { readonly signal?: AbortSignal },
  ): Promise<readonly ListedModel[]>
}
