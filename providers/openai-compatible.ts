import * as v from 'valibot'
import { AssayError, type ErrorKind } from '../src/model/error.ts'
import { defineProvider, type ProviderContext } from '../src/provider/define-provider.ts'
import type { ModelProvider } from '../src/provider/provider.ts'
import { createClient } from './openai-compatible/client.ts'
import { parseBaseURL } from './openai-compatible/endpoint.ts'
import { parseModels } from './openai-compatible/lists.ts'
import { openaiCompatibleModel } from './openai-compatible/model.ts'
import {
  openaiCompatibleOptions,
  type OpenAICompatibleOptions,
} from './openai-compatible/options.ts'
import { type ApiKeys, connect } from './remote/connect.ts'
import { mergeOptions } from './remote/options.ts'
import type { Client } from './sdk/client.ts'

export type { OpenAICompatibleOptions }

type Env = ProviderContext['env']

export interface OpenAICompatible {
  /** The word before the first `/` of a spec. */
  readonly name: string
  /** What comes before `/chat/completions`; a function finds it in the environment at set-up. */
  readonly baseURL: string | ((env: Env) => string)
  /** @default `NAME_API_KEY`, `NAME_API_KEY_1`, … of the environment; none, and no key is sent */
  readonly apiKeys?: ApiKeys | ((env: Env) => ApiKeys) | undefined
  /** Options that hold where a set-up gives none. */
  readonly defaults?: OpenAICompatibleOptions | ((env: Env) => OpenAICompatibleOptions) | undefined
  /** What the words of this server's errors mean, where it is not what they commonly mean. */
  readonly errorKinds?: ReadonlyMap<string, ErrorKind> | undefined
}

/** A provider for a server that speaks the protocol of OpenAI's chat completions. */
export function openaiCompatible({
  name,
  baseURL,
  apiKeys,
  defaults = {},
  errorKinds,
}: OpenAICompatible): ModelProvider {
  const urlOf = (env: Env) => parseBaseURL(valueIn(env, baseURL), `${name}: base URL`)
  const settle = (given: OpenAICompatibleOptions, env: Env) =>
    mergeOptions(valueIn(env, defaults), given)

  function open(
    model: string,
    settings: OpenAICompatibleOptions,
    context: ProviderContext,
  ): Promise<Client> {
    const remote = {
      provider: name,
      model,
      baseURL: urlOf(context.env),
      settings,
      apiKeys: settings.apiKeys ?? valueIn(context.env, apiKeys),
      keyHeaders: ['authorization'],
      errorKinds,
    }
    return createClient(connect(remote, context))
  }

  return defineProvider({
    name,
    options: v.strictObject(openaiCompatibleOptions),
    async setup(modelName, given: OpenAICompatibleOptions, context) {
      const settings = settle(given, context.env)
      const { id = modelName } = settings
      const client = await open(modelName, settings, context)
      const price = await context.pricing(modelName, { id, baseURL: urlOf(context.env) })
      return openaiCompatibleModel({ client, name: modelName, id, settings, price })
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

/** Some servers have no list of models; theirs are set up all the same. */
function withHint(error: unknown, name: string): unknown {
  if (!AssayError.is(error) || error.kind !== 'not_found') return error
  return new AssayError(
    `${name}: the server has no /models; name a model directly, as in ${name}/model-name.`,
    { kind: 'not_found', provider: name, status: error.status },
  )
}
