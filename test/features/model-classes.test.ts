import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createProviders } from '../../providers/create-providers.ts'
import type { Message } from '../../src/model/message.ts'
import type { ModelInput } from '../../src/model/model.ts'
import type { ModelResponse } from '../../src/model/response.ts'
import type { ProviderContract } from '../../src/testing.ts'
import { createFolder } from '../plugin/folder.ts'
import { failureOf } from '../support/failure.ts'
import { tinyModel } from '../support/llama-server.ts'
import { type HttpServer, type Reply, serve } from '../support/http-server.ts'
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

/** Answers of a model that is set up by a configuration file, with the names that the guide has for its options. */
async function ask(
  { spec, config }: Pick<ModelClass, 'spec' | 'config'>,
  url: string,
  input: ModelInput,
): Promise<ModelResponse> {
  const [provider = '', ...name] = spec.split('/')
  const models = [{ name: name.join('/'), provider, config: config(url) }]
  await using folder = await createFolder({ 'assay.config.json': { models } })
  await copyFile(tinyModel, join(folder.path, 'model.gguf'))
  const providers = createProviders({ config: 'assay.config.json', baseDir: folder.path, env: {} })
  try {
    const { model } = await providers.setup(spec)
    return await model.generate(input)
  } finally {
    await providers.teardownAll()
  }
}

/** Its server, which gives the answer of its contract. */
function serverOf({ server: { replies, other } }: ModelClass): Promise<HttpServer> {
  return serve((request) => (other?.(request) ?? replies!.answer) as Reply)
}

test('H-01: each model class of the guide has a provider, which answers over its own wire format', async () => {
  const answers: Record<string, unknown> = {}
  const expected: Record<string, unknown> = {}
  for (const one of classes) {
    await using server = await serverOf(one)
    answers[one.name] = (await ask(one, server.url, 'What is the capital of Austria?')).text
    expected[one.name] = 'Vienna is the capital of Austria.'
  }
  answers['LlamaCppModel'] = (await ask(llamaCpp, '', '47 + 38?')).text // in this process
  expect(answers).toEqual({ ...expected, LlamaCppModel: '85' })
})

test('H-08: a response is the same object from each, with what only its provider says in `raw`', async () => {
  for (const one of classes) {
    await using server = await serverOf(one)
    const { raw, ...response } = await ask(one, server.url, 'What is the capital of Austria?')
    const { finishReason, usage, servedBy } = one.server.replies!.answer.expect
    expect(response, one.name).toEqual({
      text: 'Vienna is the capital of Austria.',
      finishReason,
      blocked: null,
      toolCalls: [],
      usage,
      model: one.spec.slice(one.spec.indexOf('/') + 1),
      provider: nameOf(one.spec),
      servedBy,
      cached: false,
      attempts: 1,
      costUsd: response.costUsd,
      latencyMs: expect.any(Number),
      firstTokenMs: null,
      waitedMs: expect.any(Number),
    })
    expect(raw, one.name).toBeTypeOf('object')
  }
})

describe('a conversation', () => {
  const conversation: readonly Message[] = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Hello!' },
    { role: 'user', content: 'Bye' },
  ]
  const asGiven = { messages: conversation }
  const sent: Readonly<Record<string, object>> = {
    OpenAIModel: asGiven,
    GigaChatModel: asGiven,
    YandexGPTModel: { messages: conversation.map(({ role, content: text }) => ({ role, text })) },
    GeminiNativeModel: {
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [
        { role: 'user', parts: [{ text: 'Hi' }] },
        { role: 'model', parts: [{ text: 'Hello!' }] },
        { role: 'user', parts: [{ text: 'Bye' }] },
      ],
    },
    OpenRouterModel: asGiven,
    SberCloudModel: asGiven,
    CloudRuModel: asGiven,
    OllamaModel: asGiven,
    VLLMModel: asGiven,
  }

  test('H-07: goes to each with its roles, and a text as a message of the user', async () => {
    for (const one of classes.filter(({ name }) => name !== 'RestModel')) {
      await using server = await serverOf(one)
      await ask(one, server.url, conversation)
      await ask(one, server.url, 'Hi')
      await ask(one, server.url, [{ role: 'user', content: 'Hi' }])
      const asked = server.requests.filter(({ text }) => text.includes('Hi'))
      expect(asked[0]!.json, one.name).toMatchObject(sent[one.name]!)
      expect(asked[1]!.json, one.name).toEqual(asked[2]!.json)
    }
  })

  test('H-07: with a role that there is not is an error of each, and is not sent', async () => {
    const other = [{ role: 'oracle', content: 'Hi' }] as unknown as readonly Message[]
    for (const one of classes) {
      await using server = await serverOf(one)
      const { kind, message } = await failureOf(ask(one, server.url, other))
      expect({ kind, message }).toEqual({
        kind: 'invalid_request',
        message: `${nameOf(one.spec)}: the conversation holds a message of the role 'oracle'; there are system, user, assistant and tool.`,
      })
      expect(server.requests.filter(({ text }) => text.includes('Hi'))).toEqual([])
    }
  })
})

/** Some have several names. */
function nameOf(spec: string): string {
  const [name = ''] = spec.split('/')
  return { yandex: 'yandexgpt', gemini: 'google', sbercloud: 'cloudru' }[name] ?? name
}
