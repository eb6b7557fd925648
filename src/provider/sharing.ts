import { createHash } from 'node:crypto'
import { canonicalJson } from '../model/canonical-json.ts'
import { AssayError, messageOf } from '../model/error.ts'
import { failuresOf, throwAll } from '../model/settle-all.ts'
import type { LeasingSetup } from './leasing.ts'
import type { ModelHandle, ModelProvider } from './provider.ts'

/** How a resource begins and ends. */
interface ResourceLife<M> {
  /** Its set-up. */
  readonly setup: LeasingSetup<M>
  create(signal: AbortSignal): Promise<M> | M
  destroy(model: M): Promise<void> | void
}

interface Resource<M> {
  readonly id: string
  readonly spec: string
  readonly abort: AbortController
  readonly life: ResourceLife<M>
  readonly model: Promise<M>
  /** Set-ups that have not got their handle yet. */
  waiting: number
  /** Handles in use, by the function that lets go of each. */
  readonly held: Set<() => Promise<void>>
  /** Set once the last holder has gone. */
  gone?: Promise<void>
}

/** The resources of one provider, shared by everyone who asks with an equal key. */
export interface Resources<M> {
  acquire(
    provider: ModelProvider<M>,
    modelName: string,
    key: object,
    life: ResourceLife<M>,
  ): Promise<ModelHandle<M>>
  release(resourceId: string): Promise<void>
  destroyAll(): Promise<void>
}

/**
 * Shares resources by key: set-up is single-flight, a failed set-up is not remembered,
 * the last release destroys.
 */
export function shareResources<M>({
  providerName,
  shared,
}: {
  providerName: string
  shared: boolean
}): Resources<M> {
  const resources = new Map<string, Resource<M>>()
  let count = 0

  function create(id: string, modelName: string, life: ResourceLife<M>): Resource<M> {
    const spec = `${providerName}/${modelName}`
    const abort = new AbortController()
    const model = (async () => life.create(abort.signal))().catch((error: unknown) => {
      resources.delete(id)
      throw setupError(spec, error)
    })
    const resource: Resource<M> = { id, spec, abort, life, model, waiting: 0, held: new Set() }
    resources.set(id, resource)
    return resource
  }

  function destroy(resource: Resource<M>): Promise<void> {
    return (resource.gone ??= (async () => {
      resource.abort.abort()
      try {
        const model = await resource.model.catch(() => undefined)
        if (model !== undefined) await resource.life.destroy(model)
      } catch (error) {
        const message = `Failed to tear down '${resource.spec}': ${messageOf(error)}`
        throw new AssayError(message, { kind: 'setup', cause: error })
      } finally {
        if (resources.get(resource.id) === resource) resources.delete(resource.id)
      }
    })())
  }

  /** Adds a holder, and returns how it lets go: once, whoever asks for it. */
  function hold(resource: Resource<M>): () => Promise<void> {
    let going: Promise<void> | undefined
    const letGo = () => {
      if (going) return going.catch(() => {}) // the first call reports the failure
      resource.held.delete(letGo)
      // one that ends already may wait for this very handle, where models are behind each other
      const isLast = !resource.gone && resource.held.size + resource.waiting === 0
      going = isLast ? destroy(resource) : Promise.resolve()
      return going
    }
    resource.held.add(letGo)
    return letGo
  }

  return {
    async acquire(provider, modelName, key, life) {
      const hash = hashOf(key) + (shared ? '' : `-${++count}`)
      const id = `${providerName}/${modelName}#${hash}`
      let resource = resources.get(id)
      while (resource?.gone) {
        await resource.gone.catch(() => {}) // its own holder reports the failure
        resource = resources.get(id)
      }
      // nothing is awaited between the look and the hold, so nobody can tear it down in between
      const other = resource?.life
      resource ??= create(id, modelName, life)
      resource.waiting++
      let model: M
      try {
        model = await (other ? life.setup.join(other.setup, resource.model) : resource.model)
      } finally {
        resource.waiting-- // and held below, with nothing awaited in between
      }
      if (resource.gone) throw tornDown(resource)
      return createHandle(provider, resource, model, hold(resource))
    },
    async release(id) {
      const [letGo] = resources.get(id)?.held ?? []
      await letGo?.()
    },
    async destroyAll() {
      throwAll(await failuresOf([...resources.values()].map((resource) => destroy(resource))))
    },
  }
}

function createHandle<M>(
  provider: ModelProvider<M>,
  resource: Resource<M>,
  model: M,
  letGo: () => Promise<void>,
): ModelHandle<M> {
  return {
    resourceId: resource.id,
    provider,
    get model() {
      if (resource.held.has(letGo) && !resource.gone) return model
      throw tornDown(resource)
    },
    teardown: letGo,
    [Symbol.asyncDispose]: letGo,
  }
}

function tornDown({ spec, id }: Pick<Resource<unknown>, 'spec' | 'id'>): AssayError {
  const [provider] = spec.split('/')
  return new AssayError(`The model '${spec}' was torn down (${id}).`, { kind: 'setup', provider })
}

function setupError(spec: string, error: unknown): AssayError {
  if (AssayError.is(error)) return error
  const message = `Failed to set up '${spec}': ${messageOf(error)}`
  return new AssayError(message, { kind: 'setup', cause: error })
}

function hashOf(key: object): string {
  return createHash('sha256')
    .update(canonicalJson(identified(key)))
    .digest('hex')
    .slice(0, 8)
}

const identities = new WeakMap<object, string>()
let identityCount = 0

/** What JSON would drop or flatten, functions and class instances, is told apart by identity. */
function identified(value: unknown): unknown {
  if (typeof value === 'function') return identityOf(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => identified(item))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return identityOf(value)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, identified(item)]))
}

function identityOf(value: object): string {
  let identity = identities.get(value)
  if (!identity) {
    identity = `object ${++identityCount}`
    identities.set(value, identity)
  }
  return identity
}
