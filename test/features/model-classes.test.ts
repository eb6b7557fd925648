import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createProviders } from '../../providers/create-providers.ts'
import type { ModelResponse } from '../../src/model/response.ts'
import type { ProviderContract } from '../../src/testing.ts'
import { createFolder } from '../plugin/folder.ts'
import { tinyModel } from '../support/llama-server.ts'
import { type Reply, serve } from '../support/http-server.ts'
import { gigachatContract } from '../testing/contracts/gigachat.ts'
import { googleReplies } from '../testing/contracts/google.ts'
import { ollamaContract } from '../testing/contracts/ollama.ts'
import { openaiReplies } from '../testing/contracts/openai.ts'
import { openrouterReplies } from '../testing/contracts/openrouter.ts'
import { restContract } from '../testing/contracts/rest.ts'
import { yandexgptReplies } from '../testing/contracts/yandexgpt.ts'

interface ModelClass {
  /** As the guide calls it. */
  readonly name: string
  readonly spec: string
  /** What the guide gives to its constructor, for a server at `url`. */
  readonly config: (url: string) => object
  readonly server: Pick<ProviderContract, 'replies' | 'other'>
}

const key = 'invented-0123456789'

const classes: readonly ModelClass[] = [
  {
    name: 'OpenAIModel',
    spec: 'openai/gpt-4.1',
    config: (url) => ({ base_url: `${url}/v1`, api_key: key, temperature: 0.7, max_tokens: 1000 }),
    server: { replies: openaiReplies },
  },
  {
    name: 'GigaChatModel',
    spec: 'gigachat/gigachat',
    config: (url) => ({
      base_url: `${url}/api/v1`,
      auth_url: `${url}/api/v2/oauth`,
      credentials: key,
    }),
    server: gigachatContract,
  },
  {
    name: 'YandexGPTModel',
    spec: 'yandex/yandexgpt-lite',
    config: (url) => ({ base_url: url, folder_id: 'b1gexample', api_key: key }),
    server: { replies: yandexgptReplies },
  },
  {
    name: 'GeminiNativeModel',
    spec: 'gemini/gemini-2.5-flash-preview-04-17',
    config: (url) => ({ base_url: url, api_key: key }),
    server: { replies: googleReplies },
  },
  {
    name: 'OpenRouterModel',
    spec: 'openrouter/openai/gpt-4.1',
    config: (url) => ({ base_url: `${url}/api/v1`, api_key: key }),
    server: { replies: openrouterReplies },
  },
  {
    name: 'SberCloudModel',
    spec: 'sbercloud/openai/gpt-oss-120b',
    config: (url) => ({ base_url: `${url}/v1`, api_key: key }),
    server: { replies: openaiReplies },
  },
  {
    name: 'CloudRuModel',
    spec: 'cloudru/openai/gpt-oss-120b',
    config: (url) => ({ base_url: `${url}/v1`, api_key: key }),
    server: { replies: openaiReplies },
  },
  {
    name: 'OllamaModel',
    spec: 'ollama/qwen3:4b',
    config: (url) => ({ base_url: url }),
    server: ollamaContract,
  },
  {
    name: 'VLLMModel',
    spec: 'vllm/gpt-5-mini',
    config: (url) => ({ attach: `${url}/v1` }),
    server: {
      replies: openaiReplies,
      other: ({ method, url }) =>
        method === 'GET'
          ? { body: url === '/v1/models' ? { data: [{ id: 'gpt-5-mini' }] } : {} }
          : undefined,
    },
  },
  {
    name: 'RestModel',
    spec: 'rest/gemini-5-flash',
    config: (url) => (restContract.options as (url: string) => object)(url),
    server: restContract,
  },
]

const llamaCpp = {
  spec: 'llama-cpp/model',
  config: () => ({ model_path: './model.gguf', n_ctx: 8192, n_gpu_layers: -1, max_tokens: 8 }),
}

/** Sets the model up by a configuration file, with the names that the guide has for its options. */
async function ask(
  { spec, config }: Pick<ModelClass, 'spec' | 'config'>,
  url: string,
  prompt: string,
): Promise<Partial<ModelResponse>> {
  const [provider = '', ...name] = spec.split('/')
  const models = [{ name: name.join('/'), provider, config: config(url) }]
  await using folder = await createFolder({ 'assay.config.json': { models } })
  await copyFile(tinyModel, join(folder.path, 'model.gguf'))
  const providers = createProviders({ config: 'assay.config.json', baseDir: folder.path, env: {} })
  const { model } = await providers.setup(spec)
  const { text, finishReason, usage } = await model.generate(prompt)
  await providers.teardownAll()
  return { text, finishReason, usage }
}

test('H-01: each model class of the guide has a provider, which answers over its own wire format', async () => {
  const answers: Record<string, unknown> = {}
  const expected: Record<string, unknown> = {}
  for (const { name, server: of, ...rest } of classes) {
    const { answer } = of.replies!
    await using server = await serve((request) => (of.other?.(request) ?? answer) as Reply)
    answers[name] = await ask(rest, server.url, 'What is the capital of Austria?')
    const { text, finishReason, usage } = answer.expect
    expected[name] = { text, finishReason, usage }
  }
  answers['LlamaCppModel'] = await ask(llamaCpp, '', '47 + 38?') // in this process
  expected['LlamaCppModel'] = { text: '85', finishReason: 'stop', usage: expect.any(Object) }
  expect(answers).toEqual(expected)
})
