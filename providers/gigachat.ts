import { resolve } from 'node:path'
import * as v from 'valibot'
import { createModel } from '../src/model/create-model.ts'
import { defineProvider } from '../src/provider/define-provider.ts'
import type { ProviderContext } from '../src/provider/definition.ts'
import type { ModelProvider } from '../src/provider/provider.ts'
import { parseEmbeddings } from './gigachat/embeddings.ts'
import { toRequest } from './gigachat/request.ts'
import { parseChunks, parseCompletion } from './gigachat/response.ts'
import { createSignIn, errorKinds } from './gigachat/sign-in.ts'
import { tokenKeepersOf } from './gigachat/token-keepers.ts'
import { createHttpClient } from './shared/http/client.ts'
import { baseURLFrom } from './shared/remote/base-url.ts'
import { parseBaseURL } from './shared/remote/endpoint.ts'
import { parseModels } from './openai-compatible/lists.ts'
import type { Client } from './shared/remote/client.ts'
import { connect, ownKeys } from './shared/remote/connect.ts'
import {
  hostOptions,
  type HostOptions,
  remoteOptions,
  type RemoteOptions,
} from './shared/remote/options.ts'
import { requireOwnKeys, type Vendor } from './shared/remote/vendors.ts'

/** Options of a set-up. The key is the authorization key, which the server gives access tokens for. */
export interface GigachatOptions extends Omit<RemoteOptions, 'stop'>, HostOptions {
  /** The edition of the API that the key is for. @default `GIGACHAT_API_SCOPE`, else 'GIGACHAT_API_PERS' */
  readonly scope?: string | undefined
  /** Where access tokens come from. @default `GIGACHAT_AUTH_URL`, else Sber's own */
  readonly authURL?: string | undefined
}

const text = v.optional(v.pipe(v.string(), v.nonEmpty()))
const { stop: _, ...shared } = remoteOptions // the API has none
const options = v.strictObject({
  ...shared,
  ...hostOptions,
  scope: text,
  authURL: text,
  verifySslCerts: v.optional(
    v.custom<undefined>(
      () => false,
      'there is no such option: certificates are verified. Give the file of an authority as `ca`, or ' +
        '`insecureTls: true` to trust whoever answers',
    ),
  ),
})

declare module 'vitest-assay' {
  interface ProviderOptions {
    gigachat: GigachatOptions
  }
}

/** Sber's models: `gigachat/GigaChat-2-Max`. */
const provider: ModelProvider = defineProvider({
  name: 'gigachat',
  keyVariables: ['GIGACHAT_CREDENTIALS'],
  options,
  optionAliases: { credentials: 'apiKey', ca_bundle_file: 'ca' },
  async setup(modelName, settings: GigachatOptions, context) {
    const { id = modelName } = settings
    const client = open(modelName, settings, context)
    const { server } = client
    return createModel({
      provider: 'gigachat',
      name: modelName,
      price: await context.pricing(modelName, { id, baseURL: baseURLOf(settings, context) }),
      async generate(messages, call) {
        const body = toRequest(id, messages, settings, call)
        const completion = await client.post(METHOD, body, { signal: call.signal })
        return { servedBy: id, ...parseCompletion(completion, server) }
      },
      async *stream(messages, call) {
        const body = { ...toRequest(id, messages, settings, call), stream: true }
        const chunks = client.stream(METHOD, body, { signal: call.signal })
        return { servedBy: id, ...(yield* parseChunks(chunks, server)) }
      },
      async embed(texts, { signal } = {}) {
        if (texts.length === 0) return []
        const embeddings = await client.post('/embeddings', { model: id, input: texts }, { signal })
        return parseEmbeddings(embeddings, texts.length, server)
      },
    })
  },
  async listModels(settings: GigachatOptions, context) {
    const client = open('', settings, context)
    return parseModels(await client.get('/models'), client.server)
  },
})

export default provider

const METHOD = '/chat/completions'

const vendor: Vendor = {
  name: 'gigachat',
  keyVariable: 'GIGACHAT_CREDENTIALS',
  domains: ['sberbank.ru', 'giga.chat'],
}

function open(model: string, settings: GigachatOptions, context: ProviderContext): Client {
  const { env } = context
  const { GIGACHAT_API_SCOPE, GIGACHAT_SCOPE, GIGACHAT_CA_BUNDLE_FILE } = env
  const { scope = GIGACHAT_API_SCOPE || GIGACHAT_SCOPE || 'GIGACHAT_API_PERS' } = settings
  const { ca = GIGACHAT_CA_BUNDLE_FILE ? resolve(GIGACHAT_CA_BUNDLE_FILE) : undefined } = settings
  const authURL = authURLOf(settings, env)
  const trust = [ca && resolve(context.baseDir, ca), settings.insecureTls]
  const keepers = tokenKeepersOf('gigachat', context.request)
  const remote = {
    provider: 'gigachat',
    vendor,
    model,
    baseURL: baseURLOf(settings, context),
    settings: { ...settings, ca },
    keyHeaders: ['authorization'],
    signIn: createSignIn({
      provider: 'gigachat',
      authURL,
      scope,
      keeperOf: (key) => keepers(key.reveal(), authURL.href, scope, ...trust),
    }),
    errorKinds,
  }
  return createHttpClient(connect(remote, context))
}

function baseURLOf({ baseURL: given }: GigachatOptions, { env }: ProviderContext): URL {
  return baseURLFrom(vendor, { given, env, own: 'https://gigachat.devices.sberbank.ru/api/v1' })
}

function authURLOf(settings: GigachatOptions, { GIGACHAT_AUTH_URL }: ProviderContext['env']): URL {
  const { authURL = GIGACHAT_AUTH_URL } = settings
  const where = settings.authURL === undefined ? 'GIGACHAT_AUTH_URL' : 'the option `authURL`'
  const own = 'https://ngw.devices.sberbank.ru:9443/api/v2/oauth'
  const url = parseBaseURL(authURL || own, `gigachat: ${where}`)
  if (!ownKeys(settings)) requireOwnKeys(vendor, url, where)
  return url
}
