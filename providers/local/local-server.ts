import { resolve } from 'node:path'
import { AssayError } from '../../src/model/error.ts'
import { defineProvider, type ProviderContext } from '../../src/provider/define-provider.ts'
import type { ModelProvider } from '../../src/provider/provider.ts'
import type { StandardSchemaV1 } from '../../src/model/standard-schema.ts'
import { parseModels } from '../openai-compatible/lists.ts'
import { openaiCompatibleModel } from '../openai-compatible/model.ts'
import { mergeOptions } from '../remote/options.ts'
import {
  type Attached,
  attachedTo,
  listedBy,
  type Matches,
  type Names,
  requireListed,
} from './attach.ts'
import { attachError } from './attach-error.ts'
import { carriesKey, connectLocal, type LocalConnection } from './connect.ts'
import type { LocalServerOptions } from './options.ts'
import { identityOf, needOf, type Start, type StartPlace } from './start.ts'

/** A kind of local server: how it is started, and what is special when one runs already. */
export interface LocalServerKind<Options extends LocalServerOptions> {
  /** The word before the first `/` of a spec. */
  readonly name: string
  // oxlint-disable-next-line typescript/no-explicit-any -- a schema's input is whatever the library says
  readonly options: StandardSchemaV1<any, Options>
  start(modelName: string, settings: Options, place: StartPlace): Promise<Start> | Start
  /** Where a server runs already; nothing where one is to be started. @default as options and environment say */
  find?(settings: Options, context: ProviderContext): Promise<Attached | undefined>
  /** Path that answers 200 as soon as the server can be asked. */
  readonly health: string | ((settings: Options) => string)
  /** Path with `total_slots`, where the server has that. */
  readonly slots?: string
  /** Whether a server that runs lists the model under this name. @default an equal name */
  readonly matches?: Matches
  /** What to do where the model is not listed. @default to name one that is */
  remedy?(wanted: string): string
  /** Whether a server may lack the model also where it was started for it. @default false */
  readonly choosesModels?: boolean
}

/** A provider of models of a server on this machine, which is started when a set-up needs it. */
export function localServer<Options extends LocalServerOptions>(
  kind: LocalServerKind<Options>,
): ModelProvider {
  const { name: provider, options, find = findAttached } = kind

  function findAttached(settings: Options, { env }: ProviderContext) {
    return Promise.resolve(attachedTo(provider, settings, env))
  }

  return defineProvider({
    name: provider,
    options,
    // not the model alone: options too may hold paths that start there
    identify: (modelName, baseDir) => resolve(baseDir, modelName),
    async setup(modelName, given: Options, context) {
      const settings = mergeOptions<Options>({ temperature: 0 } as Options, given)
      const attached = await find(settings, context)
      const set = { kind, modelName, settings, context }
      const { client, id } = await (attached ? attach(attached, set) : startOne(set))
      return openaiCompatibleModel({ client, name: modelName, id, settings, price: 'free' })
    },
    async listModels(settings: Options, context) {
      const attached = await find(settings, context)
      if (!attached) throw nothingRuns(provider)
      const { root } = attached
      const { client } = await connectLocal({ provider, model: '', root, settings }, context)
      return ask(attached, { provider, settings, context }, async () =>
        parseModels(await client.get('/models'), client.server),
      )
    },
  })
}

interface SetUp<Options extends LocalServerOptions> {
  readonly kind: LocalServerKind<Options>
  readonly modelName: string
  readonly settings: Options
  readonly context: ProviderContext
}

interface Found extends Pick<LocalConnection, 'client'> {
  /** The model as requests name it. */
  readonly id: string
}

/** Sees to it that the server works and has the model. */
async function attach<Options extends LocalServerOptions>(
  attached: Attached,
  { kind, modelName, settings, context }: SetUp<Options>,
): Promise<Found> {
  const { root } = attached
  const { name: provider, health, slots } = kind
  const endpoint = { provider, model: modelName, root, settings, limits: settings.limits }
  const { client, get } = await connectLocal(endpoint, context)
  const answers = await ask(attached, { provider, settings, context }, async () => {
    await healthy(get(typeof health === 'string' ? health : health(settings)))
    const names = await listedBy(client)
    return { names, concurrency: slots ? await slotsOf(get(slots)) : undefined }
  })
  const id = listed(answers.names, kind, { modelName, settings, server: root.origin })
  const limits = limitsOf(settings, answers.concurrency)
  return { ...(await connectLocal({ ...endpoint, limits }, context)), id }
}

/** What a server answers; an error says which server it is of. */
async function ask<Answer>(
  attached: Attached,
  of: { provider: string; settings: LocalServerOptions; context: ProviderContext },
  requests: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await requests()
  } catch (error) {
    const { provider, settings, context } = of
    const hasKey = carriesKey(provider, settings, context)
    throw attachError(error, { ...attached, provider, hasKey })
  }
}

async function healthy(answer: Promise<Response>): Promise<void> {
  try {
    await (await answer).text() // its permit ends with the response
  } catch (error) {
    if (!AssayError.is(error) || error.kind !== 'not_found') throw error // it may have no such path
  }
}

/** Starts a server, or takes a share in one that runs. */
async function startOne<Options extends LocalServerOptions>({
  kind,
  modelName,
  settings,
  context,
}: SetUp<Options>): Promise<Found> {
  const { name: provider } = kind
  if (settings.apiKeys) throw keysForNothing(provider)
  const env = { ...context.env, ...withoutNulls(settings.env) }
  const start = await kind.start(modelName, settings, { env, baseDir: context.baseDir })
  const need = await needOf(start, settings, { provider, model: modelName })
  const lease = await context.lease(need)
  // what is kept of responses is found again by this name, and not when the server has become another one
  const root = new URL(`http://${await identityOf(need, start)}.${provider}`)
  const limits = limitsOf(settings, lease.slots ?? start.concurrency)
  const endpoint = { provider, model: modelName, root, lease, settings, limits }
  const { client } = await connectLocal(endpoint, context)
  if (!kind.choosesModels) return { client, id: start.id }
  const names = await listedBy(client)
  return { client, id: listed(names, kind, { modelName, settings, server: provider }) }
}

function listed<Options extends LocalServerOptions>(
  names: readonly Names[],
  { name: provider, matches = Object.is, remedy = nameAnother }: LocalServerKind<Options>,
  at: { modelName: string; settings: Options; server: string },
): string {
  const { id = at.modelName } = at.settings
  const where = { provider, server: at.server }
  return requireListed(names, id, { matches, where, remedy: remedy(id) })
}

function nameAnother(): string {
  return 'Name one of these, or give it as `id`.'
}

/** Requests that a server works on at once, where it says. */
async function slotsOf(answer: Promise<Response>): Promise<number | undefined> {
  try {
    const { total_slots: slots } = (await (await answer).json()) as { total_slots?: unknown }
    return typeof slots === 'number' && slots > 0 ? slots : undefined
  } catch (error) {
    if (AssayError.is(error) && error.kind === 'auth') throw error // some show all but this without a key
    return undefined // it may be switched off; the concurrency adapts then
  }
}

function limitsOf({ limits }: LocalServerOptions, concurrency: number | undefined) {
  return concurrency === undefined ? limits : { concurrency, ...limits }
}

function withoutNulls(env: LocalServerOptions['env'] = {}): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value ?? undefined]))
}

function keysForNothing(provider: string): AssayError {
  return new AssayError(
    `${provider}: \`apiKeys\` are for a server that is attached to; one that is started gets a key of its own.`,
    { kind: 'config', provider },
  )
}

function nothingRuns(provider: string): AssayError {
  return new AssayError(
    `${provider}: there is a list of models where a server runs already; give its URL as \`attach\`.`,
    { kind: 'config', provider },
  )
}
