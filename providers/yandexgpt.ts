import * as v from 'valibot'
import { createModel } from '../src/model/create-model.ts'
import { AssayError } from '../src/model/error.ts'
import type { Message } from '../src/model/message.ts'
import type { GenerateOptions } from '../src/model/model.ts'
import { defineProvider } from '../src/provider/define-provider.ts'
import type { ProviderContext } from '../src/provider/definition.ts'
import type { ModelProvider } from '../src/provider/provider.ts'
import { createHttpClient } from './shared/http/client.ts'
import { baseURLFrom } from './shared/remote/base-url.ts'
import type { Client } from './shared/remote/client.ts'
import { connect } from './shared/remote/connect.ts'
import {
  hostOptions,
  type HostOptions,
  remoteOptions,
  type RemoteOptions,
} from './shared/remote/options.ts'
import type { Vendor } from './shared/remote/vendors.ts'
import { authorizeIn } from './yandexgpt/authorize.ts'
import { parseChunks, parseCompletion } from './yandexgpt/completion.ts'
import { embed } from './yandexgpt/embeddings.ts'
import { findFolder, modelURI } from './yandexgpt/model-uri.ts'
import { parseModels } from './yandexgpt/models.ts'
import { awaitOperation, errorKinds } from './yandexgpt/operation.ts'
import { toRequest } from './yandexgpt/request.ts'

/** Options of a set-up. What is not given is not sent: the API's own defaults hold. */
export interface YandexgptOptions extends Omit<RemoteOptions, 'topP' | 'stop'>, HostOptions {
  /** Folder of the cloud that pays. @default `YANDEX_FOLDER_ID`, else `YANDEX_CLOUD_FOLDER`, of the environment */
  readonly folder?: string | undefined
  /** Whether the model reasons before it responds, where it can. */
  readonly reasoning?: boolean | undefined
  /** Asks for the response in the background, and polls until it is there. @default false */
  readonly asynchronous?: boolean | undefined
  /** Time between two polls of what is `asynchronous`, in milliseconds. @default 1000 */
  readonly pollInterval?: number | undefined
}

// the API has neither of these
const { topP: _topP, stop: _stop, ...shared } = remoteOptions

const options = v.strictObject({
  ...shared,
  ...hostOptions,
  folder: v.optional(v.pipe(v.string(), v.nonEmpty())),
  reasoning: v.optional(v.boolean()),
  asynchronous: v.optional(v.boolean()),
  pollInterval: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(2 ** 31 - 1))),
})

declare module 'vitest-assay' {
  interface ProviderOptions {
    yandexgpt: YandexgptOptions
  }
}

/** Models of Yandex Cloud: `yandexgpt/yandexgpt-lite`, `yandexgpt/yandexgpt/rc`. */
const provider: ModelProvider = defineProvider({
  name: 'yandexgpt',
  aliases: ['yandex'],
  keyVariables: ['YANDEX_GPT_API_KEY', 'YANDEX_CLOUD_API_KEY', 'YC_API_KEY', 'YC_IAM_TOKEN'],
  options,
  optionAliases: { folder_id: 'folder' },
  async setup(modelName, settings: YandexgptOptions, context) {
    refuseUnused(settings)
    const { id = modelName, asynchronous } = settings
    const folder = findFolder(settings, context.env)
    const uri = modelURI('gpt', id, folder)
    const client = open(modelName, settings, context)
    const { server } = client
    const path = asynchronous ? `${COMPLETION}Async` : COMPLETION
    return createModel({
      provider: 'yandexgpt',
      name: modelName,
      price: await context.pricing(modelName, { id, baseURL: baseURLOf(settings, context) }),
      async generate(messages, call) {
        const body = toRequest(uri, messages, settings, call)
        return parseCompletion(await client.post(path, body, { signal: call.signal }), id, server)
      },
      ...(!asynchronous && {
        stream(messages: readonly Message[], call: GenerateOptions) {
          const body = toRequest(uri, messages, settings, call, { stream: true })
          return parseChunks(client.stream(path, body, { signal: call.signal }), id, server)
        },
      }),
      embed: (texts, { signal } = {}) => embed(client, modelURI('emb', id, folder), texts, signal),
    })
  },
  async listModels(settings: YandexgptOptions, context) {
    const folder = findFolder(settings, context.env)
    // this list is of the protocol of OpenAI, which calls a folder a project
    const headers = { ...(folder && { 'openai-project': folder }), ...settings.headers }
    const client = open('', { ...settings, headers }, context)
    return parseModels(await client.get('/v1/models'), folder, client.server)
  },
})

export default provider

const COMPLETION = '/foundationModels/v1/completion'

const vendor: Vendor = {
  name: 'yandexgpt',
  aliases: ['yandex'],
  keyVariable: 'YANDEX_GPT_API_KEY',
  domains: ['yandex.net'],
}

function open(model: string, settings: YandexgptOptions, context: ProviderContext): Client {
  const { asynchronous = false, pollInterval = 1000 } = settings
  const remote = {
    provider: 'yandexgpt',
    vendor,
    model,
    baseURL: baseURLOf(settings, context),
    settings,
    keyHeaders: ['authorization'],
    authorize: authorizeIn(findFolder(settings, context.env)),
    errorKinds,
    jsonLines: !asynchronous,
    followUp: asynchronous ? awaitOperation('yandexgpt', pollInterval) : undefined,
  }
  return createHttpClient(connect(remote, context))
}

/** What comes before `/foundationModels/v1`, which users take for a part of it. */
function baseURLOf({ baseURL: given }: YandexgptOptions, { env }: ProviderContext): URL {
  const url = baseURLFrom(vendor, { given, env, own: 'https://llm.api.cloud.yandex.net' })
  url.pathname = url.pathname.replace(/\/foundationModels\/v1\/?$/, '')
  return url
}

function refuseUnused({ asynchronous, pollInterval }: YandexgptOptions): void {
  if (asynchronous || pollInterval === undefined) return
  throw new AssayError(
    'yandexgpt: options: `pollInterval`: nothing is polled without `asynchronous: true`; give that too, or leave it out.',
    { kind: 'config', provider: 'yandexgpt' },
  )
}
