import * as v from 'valibot'
import { AssayError, type ErrorKind } from '../src/model/error.ts'
import { byNearness } from '../src/model/nearest.ts'
import { defineProvider } from '../src/provider/define-provider.ts'
import type { ProviderContext } from '../src/provider/definition.ts'
import type { ModelProvider } from '../src/provider/provider.ts'
import { createClient } from './openai-compatible/client.ts'
import type { CostOf } from './openai-compatible/cost.ts'
import { parseBaseURL } from './shared/remote/endpoint.ts'
import { type HeaderOptions, headerSchemas, headersOf } from './openai-compatible/header-options.ts'
import { parseModels } from './openai-compatible/lists.ts'
import { openaiCompatibleModel } from './openai-compatible/model.ts'
import {
  openaiCompatibleOptions,
  type OpenAICompatibleOptions,
} from './openai-compatible/options.ts'
import { type ApiKeys, connect, ownKeys } from './shared/remote/connect.ts'
import { mergeOptions } from './shared/remote/options.ts'
import { vendorBaseURL } from './shared/remote/vendors.ts'
import type { Client } from './shared/remote/client.ts'

export type { OpenAICompatibleOptions }

type Env = ProviderContext['env']

export interface OpenAICompatible {
  /** The word before the first `/` of a spec. */
  readonly name: string
  /** Other names, as in a spec or at the beginning of its variables. */
  readonly aliases?: readonly string[] | undefined
  /** What comes before `/chat/completions`; a function finds it in the environment at set-up. */
  readonly baseURL: string | ((env: Env) => string)
  /**
   * Domains of the company whose server this is, as in 'openai.com': its keys go there or to this machine, and
   * `NAME_API_BASE` or `NAME_BASE_URL` may move it there. @default keys go where `baseURL` says
   */
  readonly domains?: readonly string[] | undefined
  /** Variables that hold a key where none of the usual ones does. */
  readonly keyVariables?: readonly string[] | undefined
  /** @default `NAME_API_KEY`, `NAME_API_KEY_1`, … of the environment; none, and no key is sent */
  readonly apiKeys?: ApiKeys | ((env: Env) => ApiKeys) | undefined
  /** Options that hold where a set-up gives none. */
  readonly defaults?: OpenAICompatibleOptions | ((env: Env) => OpenAICompatibleOptions) | undefined
  /** Options of this provider alone that go into headers: the header by the option, as `{ title: 'X-Title' }`. */
  readonly headerOptions?: HeaderOptions | undefined
  /** Reads what a response cost, in US dollars, from its usage, where the server says. */
  readonly costOf?: CostOf | undefined
  /** What the words of this server's errors mean, where it is not what they commonly mean. */
  readonly errorKinds?: ReadonlyMap<string, ErrorKind> | undefined
}

/** A provider for a server that speaks the protocol of OpenAI's chat completions. */
export function openaiCompatible({
  name,
  aliases,
  baseURL,
  domains,
  keyVariables,
  apiKeys,
  defaults = {},
  headerOptions = {},
  costOf,
  errorKinds,
}: OpenAICompatible): ModelProvider {
  const vendor = domains && { name, aliases, domains }
  const urlOf = (settings: OpenAICompatibleOptions, env: Env) => {
    const { baseURL: given } = settings
    if (given !== undefined) return parseBaseURL(given, `${name}: \`baseURL\``)
    const own = valueIn(env, baseURL)
    return vendor ? vendorBaseURL(vendor, env, own) : parseBaseURL(own, `${name}: base URL`)
  }
  const settle = (given: OpenAICompatibleOptions, env: Env) => {
    const own = mergeOptions(valueIn(env, defaults), { headers: headersOf(headerOptions, given) })
    return mergeOptions(own, given)
  }

  function open(
    model: string,
    settings: OpenAICompatibleOptions,
    context: ProviderContext,
  ): Promise<Client> {
    const remote = {
      provider: name,
      vendor,
      model,
      baseURL: urlOf(settings, context.env),
      settings,
      apiKeys: ownKeys(settings) ?? valueIn(context.env, apiKeys),
      keyHeaders: ['authorization'],
      errorKinds,
    }
    return createClient(connect(remote, context))
  }

  return defineProvider({
    name,
    aliases,
    keyVariables,
    peer: 'openai',
    options: v.strictObject({ ...openaiCompatibleOptions, ...headerSchemas(headerOptions) }),
    async setup(modelName, given: OpenAICompatibleOptions, context) {
      const settings = settle(given, context.env)
      const { id = modelName } = settings
      const client = await open(modelName, settings, context)
      if (settings.strictModels) await requireListed(client, id)
      const price = await context.pricing(modelName, { id, baseURL: urlOf(settings, context.env) })
      return openaiCompatibleModel({ client, name: modelName, id, settings, price, costOf })
    },
    async listModels(given: OpenAICompatibleOptions, context) {
      const client = await open('', settle(given, context.env), context)
      try {
        return parseModels(await client.get('/models'), client.server)
      } catch (error) {
        throw withHint(error, name)
      }
    },
  })
}

function valueIn<T>(env: Env, value: T | ((env: Env) => T)): T {
  return typeof value === 'function' ? (value as (env: Env) => T)(env) : value
}

async function requireListed(client: Client, id: string): Promise<void> {
  const { server } = client
  const ids = parseModels(await client.get('/models'), server).map((one) => one.id)
  if (ids.includes(id)) return
  const shown = byNearness(id, ids).slice(0, 5).join(', ')
  throw new AssayError(
    `${server.provider}: the server does not list '${id}', and \`strictModels\` is set; it lists ${shown || 'no model'}.`,
    { kind: 'config', provider: server.provider },
  )
}

/** Some servers have no list of models; theirs are set up all the same. */
function withHint(error: unknown, name: string): unknown {
  if (!AssayError.is(error) || error.kind !== 'not_found') return error
  return new AssayError(
    `${name}: the server has no /models; name a model directly, as in ${name}/model-name.`,
    { kind: 'not_found', provider: name, status: error.status },
  )
}
