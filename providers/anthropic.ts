import * as v from 'valibot'
import { createModel } from '../src/model/create-model.ts'
import type { Secret } from '../src/model/secret.ts'
import { defineProvider } from '../src/provider/define-provider.ts'
import type { ProviderContext } from '../src/provider/definition.ts'
import type { ModelProvider } from '../src/provider/provider.ts'
import { createClient } from './anthropic/client.ts'
import { parseEvents } from './anthropic/events.ts'
import { parseMessage } from './anthropic/message.ts'
import { listModels } from './anthropic/models.ts'
import { headersOf, type Sampling, toRequest } from './anthropic/request.ts'
import { baseURLFrom } from './shared/remote/base-url.ts'
import { connect } from './shared/remote/connect.ts'
import {
  hostOptions,
  type HostOptions,
  remoteOptions,
  type RemoteOptions,
} from './shared/remote/options.ts'
import type { Vendor } from './shared/remote/vendors.ts'
import type { Client } from './shared/remote/client.ts'

/** Options of a set-up. `maxTokens`, which the API wants, is 4096 where nothing else is given. */
export interface AnthropicOptions extends RemoteOptions, HostOptions, Sampling {}

const options = v.strictObject({
  ...remoteOptions,
  ...hostOptions,
  thinking: v.optional(v.looseObject({ type: v.string() })),
  effort: v.optional(v.pipe(v.string(), v.nonEmpty())),
})

declare module 'vitest-assay' {
  interface ProviderOptions {
    anthropic: AnthropicOptions
  }
}

/** Anthropic's models: `anthropic/claude-sonnet-5-5`. */
const provider: ModelProvider = defineProvider({
  name: 'anthropic',
  peer: '@anthropic-ai/sdk',
  options,
  optionAliases: { reasoning_effort: 'effort' },
  async setup(modelName, settings: AnthropicOptions, context) {
    const { id = modelName } = settings
    const client = await open(modelName, settings, context)
    return createModel({
      provider: 'anthropic',
      name: modelName,
      price: await context.pricing(modelName, { id, baseURL: baseURLOf(settings, context) }),
      async generate(messages, call) {
        const body = toRequest(id, messages, settings, call)
        const { signal } = call
        const message = await client.post(METHOD, body, { signal, headers: headersOf(body) })
        return { servedBy: id, ...parseMessage(message, client.server) }
      },
      async *stream(messages, call) {
        const body = { ...toRequest(id, messages, settings, call), stream: true }
        const { signal } = call
        const events = client.stream(METHOD, body, { signal, headers: headersOf(body) })
        return { servedBy: id, ...(yield* parseEvents(events, client.server)) }
      },
    })
  },
  async listModels(settings: AnthropicOptions, context) {
    return listModels(await open('', settings, context))
  },
})

export default provider

const METHOD = '/v1/messages'

const vendor: Vendor = {
  name: 'anthropic',
  domains: ['anthropic.com'],
}

function open(
  model: string,
  settings: AnthropicOptions,
  context: ProviderContext,
): Promise<Client> {
  const remote = {
    provider: 'anthropic',
    vendor,
    model,
    baseURL: baseURLOf(settings, context),
    settings,
    keyHeaders: ['x-api-key', 'authorization'],
    authorize: (headers: Headers, key: Secret) => headers.set('x-api-key', key.reveal()),
  }
  return createClient(connect(remote, context))
}

/** What comes before `/v1/messages`; other tools want the `/v1` in their base URLs. */
function baseURLOf({ baseURL: given }: AnthropicOptions, { env }: ProviderContext): URL {
  const url = baseURLFrom(vendor, { given, env, own: 'https://api.anthropic.com' })
  url.pathname = url.pathname.replace(/\/v1\/?$/, '')
  return url
}
