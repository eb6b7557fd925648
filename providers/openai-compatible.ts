import * as v from 'valibot'
import { createModel } from '../src/model/create-model.ts'
import { AssayError } from '../src/model/error.ts'
import type { Message } from '../src/model/message.ts'
import type { GenerateOptions } from '../src/model/model.ts'
import type { Secret } from '../src/model/secret.ts'
import { defineProvider, type ProviderContext } from '../src/provider/define-provider.ts'
import type { ModelProvider } from '../src/provider/provider.ts'
import { type Client, createClient } from './openai-compatible/client.ts'
import { parseApiKeys, parseBaseURL } from './openai-compatible/endpoint.ts'
import { parseEmbeddings, parseModels } from './openai-compatible/lists.ts'
import { parseChunks, parseCompletion, parseRefusal } from './openai-compatible/response.ts'

/** Options of a set-up. A setting that is not given is not sent: the server's own defaults hold. */
export interface OpenAICompatibleOptions {
  /** A call's own settings go before these. */
  readonly temperature?: number | undefined
  readonly topP?: number | undefined
  /** The most tokens that a response may have. */
  readonly maxTokens?: number | undefined
  /** Texts at which a response ends. */
  readonly stop?: readonly string[] | undefined
  readonly seed?: number | undefined
  /** The model as the server names it. @default the model's name in the spec */
  readonly id?: string | undefined
  /** The field that carries `maxTokens`. @default 'max_tokens' */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens' | undefined
  /** Further fields of the request's JSON, sent as they are. */
  readonly body?: Readonly<Record<string, unknown>> | undefined
  /** Further headers; one called `authorization` takes the place of the key. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The most time one attempt may take, in milliseconds. @default 120_000 */
  readonly timeout?: number | undefined
}

type Env = ProviderContext['env']
type ApiKeys = readonly (string | Secret | undefined)[]

export interface OpenAICompatible {
  /** The word before the first `/` of a spec. */
  readonly name: string
  /** What comes before `/chat/completions`; a function finds it in the environment at set-up. */
  readonly baseURL: string | ((env: Env) => string)
  /** The first key is used. @default none, and no Authorization header is sent */
  readonly apiKeys?: ApiKeys | ((env: Env) => ApiKeys) | undefined
  /** Options that hold where a set-up gives none. */
  readonly defaults?: OpenAICompatibleOptions | undefined
}

const count = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)))
const options = v.strictObject({
  temperature: v.optional(v.number()),
  topP: v.optional(v.number()),
  maxTokens: count,
  stop: v.optional(v.array(v.string())),
  seed: v.optional(v.pipe(v.number(), v.integer())),
  id: v.optional(v.pipe(v.string(), v.nonEmpty())),
  maxTokensField: v.optional(v.picklist(['max_tokens', 'max_completion_tokens'])),
  body: v.optional(v.record(v.string(), v.unknown())),
  headers: v.optional(
    v.pipe(
      v.record(v.string(), v.string()),
      v.check(isHeaders, 'expected names and values that HTTP allows in headers'),
    ),
  ),
  timeout: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2_147_483_647))),
})

/** A provider for a server that speaks the protocol of OpenAI's chat completions. */
export function openaiCompatible({
  name,
  baseURL,
  apiKeys = [],
  defaults = {},
}: OpenAICompatible): ModelProvider {
  function connect(settings: OpenAICompatibleOptions, context: ProviderContext): Promise<Client> {
    const { env, request } = context
    const url = typeof baseURL === 'function' ? baseURL(env) : baseURL
    const keys = typeof apiKeys === 'function' ? apiKeys(env) : apiKeys
    return createClient({
      provider: name,
      endpoint: {
        baseURL: parseBaseURL(url, `${name}: base URL`),
        apiKeys: parseApiKeys(keys, `${name}: API keys`),
      },
      headers: settings.headers,
      timeout: settings.timeout,
      request,
    })
  }

  return defineProvider({
    name,
    options,
    async setup(modelName, given: OpenAICompatibleOptions, context) {
      const settings = merge(defaults, given)
      const { id = modelName } = settings
      const client = await connect(settings, context)
      const { server } = client
      return createModel({
        provider: name,
        name: modelName,
        async generate(messages, call) {
          const body = toRequest(id, messages, settings, call)
          try {
            const completion = await client.post('/chat/completions', body, call.signal)
            return { servedBy: id, ...parseCompletion(completion, server) }
          } catch (error) {
            return parseRefusal(error)
          }
        },
        async *stream(messages, call) {
          const body = {
            stream_options: { include_usage: true },
            ...toRequest(id, messages, settings, call),
            stream: true,
          }
          try {
            const chunks = client.stream('/chat/completions', body, call.signal)
            return { servedBy: id, ...(yield* parseChunks(chunks, server)) }
          } catch (error) {
            return parseRefusal(error)
          }
        },
        async embed(texts, { signal } = {}) {
          if (texts.length === 0) return []
          const body = { model: id, input: texts }
          const embeddings = await client.post('/embeddings', body, signal)
          return parseEmbeddings(embeddings, texts.length, server)
        },
      })
    },
    async listModels(given: OpenAICompatibleOptions, context) {
      const client = await connect(merge(defaults, given), context)
      try {
        return parseModels(await client.get('/models'), client.server)
      } catch (error) {
        throw withHint(error, name)
      }
    },
  })
}

function merge(
  defaults: OpenAICompatibleOptions,
  given: OpenAICompatibleOptions,
): OpenAICompatibleOptions {
  return {
    ...defaults,
    ...given,
    body: { ...defaults.body, ...given.body },
    headers: { ...defaults.headers, ...given.headers },
  }
}

function toRequest(
  model: string,
  messages: readonly Message[],
  { maxTokensField = 'max_tokens', body, ...settings }: OpenAICompatibleOptions,
  call: GenerateOptions,
): object {
  const sampling = {
    temperature: call.temperature ?? settings.temperature,
    top_p: call.topP ?? settings.topP,
    [maxTokensField]: call.maxTokens ?? settings.maxTokens,
    stop: call.stop ?? settings.stop,
    seed: call.seed ?? settings.seed,
  }
  const given = Object.entries(sampling).filter(([, value]) => value !== undefined)
  return { ...body, ...Object.fromEntries(given), model, messages }
}

/** Some servers have no list of models; theirs are set up all the same. */
function withHint(error: unknown, name: string): unknown {
  if (!AssayError.is(error) || error.kind !== 'not_found') return error
  return new AssayError(
    `${name}: the server has no /models; name a model directly, as in ${name}/model-name.`,
    { kind: 'not_found', provider: name, status: error.status },
  )
}

function isHeaders(headers: Record<string, string>): boolean {
  try {
    return Boolean(new Headers(headers))
  } catch {
    return false
  }
}
