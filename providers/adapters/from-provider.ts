import * as v from 'valibot'
import { AssayError } from '../../src/model/error.ts'
import { isModel, type Model } from '../../src/model/model.ts'
import { defineProvider } from '../../src/provider/define-provider.ts'
import type { ModelProvider } from '../../src/provider/provider.ts'
import { failureOf, setupFailure } from './failure.ts'
import { list, listerOf } from './list.ts'
import { type Method, methodOf } from './methods.ts'
import { type Adapted, modelOf, modelStyles } from './model-of.ts'
import { requireProviderName } from './names.ts'
import { requireSource } from './source.ts'
import { type Subject, subjectOf } from './subject.ts'

const CALLER = 'fromProvider'

/** A handle in use, what is in it, and what ends it. */
interface Used {
  readonly handle: object
  readonly found: unknown
  end(): Promise<void>
}

/**
 * A provider of an object with `setup(spec, options)`, which returns a handle with `model` or `client`, and
 * `teardown(resource_id)`. Sharing and single-flight set-up are added as to every provider. What ends a handle is its
 * own `teardown`, else that of the object, once. Its models are adapted as by `fromModel`, but for `initialize` and
 * `cleanup`, which are the object's affair.
 *
 * @throws AssayError `config` for an object without these methods
 */
export function fromProvider(object: object, name: string): ModelProvider {
  requireSource(CALLER, object)
  requireProviderName(CALLER, name)
  const setup = requireMethod(object, 'setup', name)
  const teardown = requireMethod(object, 'teardown', name)
  const lister = listerOf(object)
  const used = new Map<Model, Used>()

  return defineProvider<Model, Record<string, unknown>>({
    name,
    options: v.record(v.string(), v.unknown()),
    async setup(modelName, options) {
      const subject = subjectOf({ provider: name, name: modelName }, object, options)
      const handle = await open(setup, options, subject)
      const found = foundIn(handle)
      // not ended: that would take it from those who use it
      if ([...used.values()].some((one) => one.handle === handle || one.found === found)) {
        throw inUse(subject)
      }
      const end = () => endHandle(handle, teardown, subject)
      try {
        const { model, close } = adapted(found, subject)
        used.set(model, {
          handle,
          found,
          async end() {
            await close()
            await end()
          },
        })
        return model
      } catch (error) {
        await end()
        throw error
      }
    },
    async teardown(model) {
      const { end } = used.get(model)!
      used.delete(model)
      await end()
    },
    ...(lister && {
      listModels: (options) =>
        list(lister, subjectOf({ provider: name, name: 'models' }, object, options)),
    }),
  })
}

function requireMethod(object: object, name: string, provider: string): Method {
  const method = methodOf(object, name)
  if (method) return method
  throw new AssayError(`${CALLER}: \`${provider}\` has no method \`${name}\`.`, {
    kind: 'config',
    provider,
  })
}

async function open(setup: Method, options: object, subject: Subject): Promise<object> {
  const handle = await (async () => setup.call(subject.name, options))().catch((error: unknown) => {
    throw setupFailure(error, subject)
  })
  if (typeof handle === 'object' && handle !== null) return handle
  throw wrongHandle('no handle', subject)
}

/** What a handle has to be asked. */
function foundIn(handle: object): unknown {
  const { model, client } = handle as { readonly model?: unknown; readonly client?: unknown }
  return model ?? client
}

function adapted(found: unknown, subject: Subject): Adapted {
  if (isModel(found)) return { model: found, close: async () => {} }
  if (typeof found !== 'object' || found === null) {
    throw wrongHandle('a handle without a `model` or a `client`', subject)
  }
  return modelOf(found, subject, { caller: CALLER, ...modelStyles, isManaged: true })
}

async function endHandle(handle: object, teardown: Method, subject: Subject): Promise<void> {
  const own = methodOf(handle, 'teardown')
  const ids = handle as { readonly resource_id?: unknown; readonly resourceId?: unknown }
  try {
    await (own ? own.call() : teardown.call(ids.resource_id ?? ids.resourceId ?? subject.name))
  } catch (error) {
    throw failureOf(error, subject)
  }
}

function wrongHandle(got: string, { spec, provider }: Subject): AssayError {
  const message = `${CALLER}: \`setup\` of '${spec}' returned ${got}.`
  return new AssayError(message, { kind: 'config', provider })
}

/** Providers that remember a handle, or its model, by the spec alone would else give one for two sets of options. */
function inUse({ spec, provider }: Subject): AssayError {
  return new AssayError(
    `${CALLER}: \`setup\` of '${spec}' returned what is in use already, for other options or by other providers; ` +
      'let it return a handle of its own for each.',
    { kind: 'config', provider },
  )
}
