import * as v from 'valibot'
import { createModel } from '../src/model/create-model.ts'
import type { Secret } from '../src/model/secret.ts'
import { defineProvider } from '../src/provider/define-provider.ts'
import type { ProviderContext } from '../src/provider/definition.ts'
import type { ModelProvider } from '../src/provider/provider.ts'
import { embed } from './google/embeddings.ts'
import { listModels } from './google/lists.ts'
import { type Sampling, toRequest } from './google/request.ts'
import { parseChunks, parseResponse } from './google/response.ts'
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
import { thinkingOf } from './google/thinking.ts'
import type { Vendor } from './shared/remote/vendors.ts'

/** Options of a set-up. A setting that is not given is not sent: the API's own defaults hold. */
export interface GoogleOptions extends RemoteOptions, HostOptions, Sampling {
  /** How much a model thinks, as in 'low' or 'high', where `thinking` does not say it in the API's words. */
  readonly reasoningEffort?: string | undefined
}

const options = v.strictObject({
  ...remoteOptions,
  ...hostOptions,
  seed: v.optional(v.pipe(v.number(), v.integer())),
  reasoningEffort: v.optional(v.pipe(v.string(), v.nonEmpty())),
  thinking: v.optional(
    v.looseObject({
      thinkingLevel: v.optional(v.string()),
      thinkingBudget: v.optional(v.pipe(v.number(), v.integer())),
      includeThoughts: v.optional(v.boolean()),
    }),
  ),
  safetySettings: v.optional(
    v.array(v.strictObject({ category: v.string(), threshold: v.string() })),
  ),
})

declare module 'vitest-assay' {
  interface ProviderOptions {
    google: GoogleOptions
  }
}

/** Google's models, over the Gemini API: `google/gemini-3.8-flash`. */
const provider: ModelProvider = defineProvider({
  name: 'google',
  aliases: ['gemini'],
  options,
  async setup(modelName, given: GoogleOptions, context) {
    const id = (given.id ?? modelName).replace(/^models\//, '')
    const settings = { ...given, thinking: given.thinking ?? thinkingOf(id, given.reasoningEffort) }
    const path = id.includes('/') ? id : `models/${id}`
    const url = (method: string) =>
      `/${path.split('/').map(encodeURIComponent).join('/')}:${method}`
    const client = open(modelName, settings, context)
    return createModel({
      provider: 'google',
      name: modelName,
      price: await context.pricing(modelName, { id, baseURL: baseURLOf(settings, context) }),
      async generate(messages, call) {
        const body = toRequest(messages, settings, call)
        const response = await client.post(url('generateContent'), body, { signal: call.signal })
        return { servedBy: id, ...parseResponse(response, client.server) }
      },
      async *stream(messages, call) {
        const body = toRequest(messages, settings, call)
        const method = url('streamGenerateContent?alt=sse')
        const chunks = client.stream(method, body, { signal: call.signal })
        return { servedBy: id, ...(yield* parseChunks(chunks, client.server)) }
      },
      embed: (texts, { signal } = {}) =>
        embed({ client, path, url: url('batchEmbedContents') }, texts, signal),
    })
  },
  async listModels(settings: GoogleOptions, context) {
    return listModels(open('', settings, context))
  },
})

export default provider

const vendor: Vendor = {
  name: 'google',
  aliases: ['gemini'],
  domains: ['googleapis.com'],
}

function open(model: string, settings: GoogleOptions, context: ProviderContext): Client {
  const remote = {
    provider: 'google',
    vendor,
    model,
    baseURL: baseURLOf(settings, context),
    settings,
    keyHeaders: ['x-goog-api-key', 'authorization'],
    authorize: (headers: Headers, key: Secret) => headers.set('x-goog-api-key', key.reveal()),
  }
  return createHttpClient(connect(remote, context))
}

/** What comes before `/models`: with the version of the API, which users may leave out or choose. */
function baseURLOf({ baseURL: given }: GoogleOptions, { env }: ProviderContext): URL {
  const url = baseURLFrom(vendor, { given, env, own: 'https://generativelanguage.googleapis.com' })
  if (!/\/v\d\w*$/.test(url.pathname)) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1beta`
  return url
}
