import * as v from 'valibot'
import { AssayError } from '../src/model/error.ts'
import { defineProvider } from '../src/provider/define-provider.ts'
import type { ProviderContext } from '../src/provider/definition.ts'
import type { ModelProvider } from '../src/provider/provider.ts'
import { createHttpClient } from './shared/http/client.ts'
import { embedBy } from './huggingface/embeddings.ts'
import { withPromptTokens } from './huggingface/prompt-tokens.ts'
import { errorKinds, textGenerationModel } from './huggingface/text-generation.ts'
import { baseURLFrom } from './shared/remote/base-url.ts'
import { parseModels } from './openai-compatible/lists.ts'
import { openaiCompatibleModel } from './openai-compatible/model.ts'
import { chatOptions, type ChatOptions } from './openai-compatible/options.ts'
import type { Client } from './shared/remote/client.ts'
import { connect } from './shared/remote/connect.ts'
import { hostOptions, type HostOptions } from './shared/remote/options.ts'
import type { Vendor } from './shared/remote/vendors.ts'

/** Options of a set-up. A setting that is not given is not sent: the server's own defaults hold. */
export interface HuggingFaceOptions extends ChatOptions, Omit<HostOptions, 'baseURL'> {
  /**
   * URL of an Inference Endpoint, or of a server with Text Generation Inference. The token of the environment goes
   * to endpoints of Hugging Face and of this machine; others get `apiKey`. @default Hugging Face's router
   */
  readonly endpoint?: string | undefined
  /** `text-generation` continues a text as it stands, which takes an endpoint. @default 'chat-completion' */
  readonly task?: 'chat-completion' | 'text-generation' | undefined
}

const { ca, insecureTls } = hostOptions
const options = v.strictObject({
  ...chatOptions,
  ca,
  insecureTls,
  endpoint: v.optional(v.pipe(v.string(), v.nonEmpty())),
  task: v.optional(v.picklist(['chat-completion', 'text-generation'])),
  device: v.optional(
    v.custom<undefined>(
      () => false,
      'no model runs in this process; give the `endpoint` of a server that has it, or take llama-cpp or vllm',
    ),
  ),
})

declare module 'vitest-assay' {
  interface ProviderOptions {
    huggingface: HuggingFaceOptions
  }
}

/** Models of the Hugging Face Hub: `huggingface/openai/gpt-oss-120b`. */
const provider: ModelProvider = defineProvider({
  name: 'huggingface',
  keyVariables: ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN'],
  options,
  optionAliases: { model_path: 'id', base_url: 'endpoint', endpoint_url: 'endpoint' },
  async setup(modelName, settings: HuggingFaceOptions, context) {
    const { id = modelName, endpoint, task } = settings
    const root = rootOf(settings, context)
    const price = await context.pricing(modelName, { id, baseURL: root })
    const model = { name: modelName, id, settings, price }
    if (task === 'text-generation') {
      requireEndpoint(endpoint)
      refuseChatOptions(settings)
      return textGenerationModel({ ...model, client: open(root, modelName, settings, context) })
    }
    const client = open(versioned(root), modelName, settings, context)
    if (endpoint !== undefined) return openaiCompatibleModel({ ...model, client })
    const embed = embedBy(open(root, modelName, settings, context), id)
    return openaiCompatibleModel({ ...model, client, embed })
  },
  async listModels(settings: HuggingFaceOptions, context) {
    const client = open(versioned(rootOf(settings, context)), '', settings, context)
    return parseModels(await client.get('/models'), client.server)
  },
})

export default provider

const vendor: Vendor = {
  name: 'huggingface',
  keyVariable: 'HF_TOKEN',
  domains: ['huggingface.co', 'huggingface.cloud'],
}

function open(
  baseURL: URL,
  model: string,
  settings: HuggingFaceOptions,
  context: ProviderContext,
): Client {
  const remote = {
    provider: 'huggingface',
    vendor,
    model,
    baseURL,
    settings,
    keyHeaders: ['authorization'],
    where: 'the option `endpoint`',
    errorKinds,
    ...(settings.task === 'text-generation' && { followUp: withPromptTokens }),
  }
  return createHttpClient(connect(remote, context))
}

/** What comes before the paths of all APIs, `/v1` among them, which users take for a part of it. */
function rootOf({ endpoint: given }: HuggingFaceOptions, { env }: ProviderContext): URL {
  const own = 'https://router.huggingface.co'
  const url = baseURLFrom(vendor, { given, option: 'endpoint', env, own })
  url.pathname = url.pathname.replace(/\/v1\/?$/, '')
  return url
}

/** The base URL of what speaks the protocol of OpenAI. */
function versioned(root: URL): URL {
  const url = new URL(root)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1`
  return url
}

function requireEndpoint(endpoint: string | undefined): void {
  if (endpoint !== undefined) return
  throw new AssayError(
    'huggingface: options: `task`: text-generation takes the `endpoint` of a server; the router has chat alone.',
    { kind: 'config', provider: 'huggingface' },
  )
}

function refuseChatOptions(settings: HuggingFaceOptions): void {
  const unused = OF_CHAT.find((name) => settings[name] !== undefined)
  if (!unused) return
  throw new AssayError(
    `huggingface: options: \`${unused}\`: the task text-generation has no such option; leave it out.`,
    { kind: 'config', provider: 'huggingface' },
  )
}

const OF_CHAT = ['reasoningEffort', 'maxTokensField', 'seedField', 'streamUsage'] as const
