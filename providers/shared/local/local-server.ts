import { resolve } from 'node:path'
import { AssayError } from '../../../src/model/error.ts'
import { defineProvider } from '../../../src/provider/define-provider.ts'
import type { ProviderContext } from '../../../src/provider/definition.ts'
import type { ModelProvider } from '../../../src/provider/provider.ts'
import type { StandardSchemaV1 } from '../../../src/model/standard-schema.ts'
import { ownKeys } from '../remote/connect.ts'
import { mergeOptions } from '../remote/options.ts'
import { type Attached, attachedTo } from './attach.ts'
import { ask } from './attach-error.ts'
import { connectLocal, type LocalConnection } from './connect.ts'
import type { LocalServerOptions } from './options.ts'
import { chatCompletions, type LocalProtocol, type ServedModel } from './protocol.ts'
import { type Matches, requireListed, servedBy } from './served.ts'
import { identityOf, needOf, type Start, type StartPlace } from './start.ts'

/** A kind of local server: how it is started, and what is special when one runs already. */
export interface LocalServerKind<Options extends LocalServerOptions> {
  /** The word before the first `/` of a spec. */
  readonly name: string
  // oxlint-disable-next-line typescript/no-explicit-any -- a schema's input is whatever the library says
  readonly options: StandardSchemaV1<any, Options>
  /** What else configuration files may call the options. */
  readonly optionAliases?: Readonly<Record<string, string>>
  /** How it is spoken to. @default as OpenAI's chat completions */
  readonly protocol?: LocalProtocol<Options>
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
  const { name: provider, options, optionAliases, find = findAttached } = kind
  const { protocol = chatCompletions } = kind

  function findAttached(settings: Options, { env }: ProviderContext) {
    return Promise.resolve(attachedTo(provider, settings, env))
  }

  return defineProvider({
    isLocal: true,
    name: provider,
    peer: protocol.peer,
    options,
    optionAliases,
    // not the model alone: options too may hold paths that start there
    identify: (modelName, baseDir) => resolve(baseDir, modelName),
    async setup(modelName, given: Options, context) {
      const settings = mergeOptions<Options>({ temperature: 0 } as Options, given)
      const attached = await find(settings, context)
      const set = { kind, protocol, modelName, settings, context }
      const { client, id } = await (attached ? attach(attached, set) : startOne(set))
      return protocol.createModel({ client, name: modelName, id, settings })
    },
    async listModels(settings: Options, context) {
      const attached = await find(settings, context)
      if (!attached) throw nothingRuns(provider)
      const { root, ownKeysOnly } = attached
      const endpoint = { provider, protocol, model: '', root, ownKeysOnly, settings }
      const { client } = await connectLocal(endpoint, context)
      const models = await ask(attached, { provider, protocol, settings, context }, () =>
        servedBy(client, protocol),
      )
      return models.map(({ aliases: _aliases, ...model }) => model)
    },
  })
}

interface SetUp<Options extends LocalServerOptions> {
  readonly kind: LocalServerKind<Options>
  readonly protocol: LocalProtocol<Options>
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
  { kind, protocol, modelName, settings, context }: SetUp<Options>,
): Promise<Found> {
  const { root, ownKeysOnly } = attached
  const { name: provider, health, slots } = kind
  const { limits: own } = settings
  const at = { provider, protocol, model: modelName, root, ownKeysOnly }
  const endpoint = { ...at, settings, limits: own }
  const { client, get } = await connectLocal(endpoint, context)
  const answers = await ask(attached, { provider, protocol, settings, context }, async () => {
    await healthy(get(typeof health === 'string' ? health : health(settings)))
    const models = await servedBy(client, protocol)
    return { models, concurrency: slots ? await slotsOf(get(slots)) : undefined }
  })
  const id = listed(answers.models, kind, { modelName, settings, server: root.origin })
  const limits = limitsOf(settings, answers.concurrency)
  return { ...(await connectLocal({ ...endpoint, limits }, context)), id }
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
  protocol,
  modelName,
  settings,
  context,
}: SetUp<Options>): Promise<Found> {
  const { name: provider } = kind
  if (ownKeys(settings)) throw keysForNothing(provider)
  const env = { ...context.env, ...withoutNulls(settings.env) }
  const start = await kind.start(modelName, settings, { env, baseDir: context.baseDir })
  const need = await needOf(start, settings, { provider, model: modelName })
  const lease = await context.lease(need)
  // what is kept of responses is found again by this name, and not when the server has become another one
  const root = new URL(`http://${await identityOf(need, start)}.${provider}`)
  const limits = limitsOf(settings, lease.slots ?? start.concurrency)
  const endpoint = { provider, protocol, model: modelName, root, lease, settings, limits }
  const { client } = await connectLocal(endpoint, context)
  if (!kind.choosesModels) return { client, id: start.id }
  const models = await servedBy(client, protocol)
  return { client, id: listed(models, kind, { modelName, settings, server: provider }) }
}

function listed<Options extends LocalServerOptions>(
  models: readonly ServedModel[],
  { name: provider, matches = Object.is, remedy = nameAnother }: LocalServerKind<Options>,
  at: { modelName: string; settings: Options; server: string },
): string {
  const { id = at.modelName } = at.settings
  const where = { provider, server: at.server }
  return requireListed(models, id, { matches, where, remedy: remedy(id) })
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
