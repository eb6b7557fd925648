/**
 * The guide "Custom Models" of the registry that this package takes the place of, section by section, in our words.
 * All servers are on this machine; what the guide writes in Python stands above each part.
 */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  AssayError,
  cheapest,
  createModel,
  createProviders,
  createRegistry,
  defineProvider,
  fastest,
  fromModel,
  loadConfig,
  type Registry,
  ucb,
} from '../../src/index.ts'
import { createFakeVllm } from '../support/fake-vllm.ts'
import { type HttpServer, serve } from '../support/http-server.ts'
import { skipRedis, startRedis } from '../support/redis-server.ts'

/** The API of the guide's own model: `POST /generate`, `GET /ping`. */
let api: HttpServer
let openai: HttpServer
let anthropic: HttpServer
let ollama: HttpServer
let hub: HttpServer
let folder: string

/** Where the vendors are, on this machine. */
let env: Record<string, string>

const completion = (model: string, content: string) => ({
  body: {
    model,
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  },
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guide-'))
  api = await serve((request) => {
    if (request.url === '/ping') return { body: { ok: true } }
    const text = `You said: ${String(request.json['prompt'])}`
    return { body: { text, token_count: 7, cost: 0.001 } }
  })
  openai = await serve(({ json }) => completion(String(json['model']), 'An answer of OpenAI.'))
  hub = await serve(({ json }) => completion(String(json['model']), 'An answer of the Hub.'))
  anthropic = await serve(({ json }) => ({
    body: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: json['model'],
      content: [{ type: 'text', text: 'An answer of Anthropic.' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 10, output_tokens: 5 },
    },
  }))
  ollama = await serve(({ url, method }) => {
    if (url === '/api/tags')
      return { body: { models: [{ name: 'llama2:7b', model: 'llama2:7b' }] } }
    if (method === 'GET') return { body: { version: '0.20.0' } }
    const message = { role: 'assistant', content: 'An answer of Ollama.' }
    const counts = { prompt_eval_count: 10, eval_count: 5 }
    return { body: { model: 'llama2:7b', message, done: true, done_reason: 'stop', ...counts } }
  })
  env = {
    OPENAI_API_KEY: 'key-for-openai',
    OPENAI_ORG_ID: 'org-1',
    ANTHROPIC_API_KEY: 'key-for-anthropic',
    ASSAY_OPENAI_BASE_URL: `${openai.url}/v1`,
    ASSAY_ANTHROPIC_BASE_URL: anthropic.url,
  }
})

afterAll(async () => {
  for (const server of [api, openai, hub, anthropic, ollama]) await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** `class CustomModel(Model)`, as users of the guide have written it. */
class CustomModel {
  readonly name: string
  readonly provider = 'custom'
  cleanups = 0
  #client: string | undefined
  readonly #endpoint: string

  constructor({ name = 'custom-gpt', endpoint = '' } = {}) {
    this.name = name
    this.#endpoint = endpoint
  }

  async initialize(): Promise<void> {
    await Promise.resolve()
    this.#client = this.#endpoint
  }

  async generate_response(prompt: string, parameters: object = {}): Promise<string> {
    const answer = await fetch(`${this.#client}/generate`, {
      method: 'POST',
      body: JSON.stringify({ prompt, ...parameters }),
    })
    return ((await answer.json()) as { readonly text: string }).text
  }

  async *stream_response(prompt: string): AsyncGenerator<string> {
    yield* (await this.generate_response(prompt)).split(/(?<= )/)
  }

  async health_check(): Promise<boolean> {
    return (await fetch(`${this.#client}/ping`)).ok
  }

  async cleanup(): Promise<void> {
    await Promise.resolve()
    this.cleanups++
  }
}

/** The same as a provider of this package: what `update_metrics` counts there is counted here by itself. */
const acme = defineProvider({
  name: 'acme',
  setup: (name, _options, { request, env: { ACME_URL: url = '' } }) =>
    createModel({
      provider: 'acme',
      name,
      async generate(messages) {
        const { content: prompt } = messages.at(-1)!
        const answer = await request(`${url}/generate`, {
          method: 'POST',
          body: JSON.stringify({ prompt }),
        })
        const {
          text,
          token_count: outputTokens,
          cost: costUsd,
        } = (await answer.json()) as {
          readonly text: string
          readonly token_count: number
          readonly cost: number
        }
        return { text, usage: { inputTokens: 1, outputTokens }, costUsd }
      },
      async health() {
        await request(`${url}/ping`)
      },
    }),
})

describe('Model Registry Architecture', () => {
  test('O-37: a model is registered, and selected by what is required', async () => {
    await using registry = createRegistry()
    const capabilities = { text: true, code: true, maxOutputTokens: 4096 }
    registry.register('custom-gpt', {
      provider: 'scripted',
      options: { script: () => 'Hello' },
      capabilities,
    })
    const best = await registry.select({
      capabilities: ['text'],
      maxCostUsd: 0.01,
      minTokensPerSecond: 100,
      allowUnknown: true,
    })
    expect(best.name).toBe('custom-gpt')
    await expect(registry.select({ maxOutputTokens: 8192 })).rejects.toThrow(
      'No model can be selected: custom-gpt: maxOutputTokens: 4096 < 8192.',
    )
  })
})

describe('Creating Custom Model Integrations', () => {
  test('a class of the guide is a model: it answers, streams, tells its health and is cleaned up', async () => {
    const own = new CustomModel({ endpoint: api.url })
    await using registry = createRegistry()
    registry.register(fromModel(own))
    const model = await registry.get('custom-gpt').model()
    expect((await model.generate('Hi')).text).toBe('You said: Hi')
    const texts: string[] = []
    for await (const { text } of model.stream('Hi')) texts.push(text)
    expect(texts).toEqual(['You ', 'said: ', 'Hi'])
    expect(await model.health()).toMatchObject({ healthy: true })
    await registry.unregister('custom-gpt')
    expect(own.cleanups).toBe(1)
  })

  test('a provider of this package has its tokens, costs and times counted', async () => {
    await using registry = createRegistry({ providers: [acme], env: { ACME_URL: api.url } })
    registry.register('acme/custom-gpt')
    expect(registry.metrics('custom-gpt')).toMatchObject({
      calls: 0,
      outputTokens: null,
      costUsd: null,
      latencyMs: null,
    })
    const { model } = await registry.select()
    await model.generate('Hi')
    expect(registry.metrics('custom-gpt')).toMatchObject({
      calls: 1,
      outputTokens: 7,
      costUsd: 0.001,
      latencyMs: { n: 1 },
    })
  })
})

describe('Built-in Model Integrations', () => {
  test('OpenAI, Anthropic, Hugging Face and Ollama side by side', async () => {
    await using registry = createRegistry({ env })
    const { hostname: host, port } = new URL(ollama.url)
    registry.register('openai/gpt-4')
    registry.register('anthropic/claude-3-opus')
    registry.register('microsoft/DialoGPT-medium', {
      provider: 'huggingface',
      options: { endpoint: `${hub.url}/v1`, apiKey: 'key-for-the-hub' },
    })
    registry.register('llama2', {
      spec: 'ollama/llama2:7b',
      options: { host: `http://${host}:${port}` },
    })
    const answers: string[] = []
    for (const { name } of registry.list()) {
      const model = await registry.get(name).model()
      answers.push((await model.generate('Who are you?')).text)
    }
    expect(answers).toEqual([
      'An answer of OpenAI.',
      'An answer of Anthropic.',
      'An answer of the Hub.',
      'An answer of Ollama.',
    ])
    expect(openai.requests.at(-1)!.headers['openai-organization']).toBe('org-1')
  })
})

describe('Model Capabilities and Constraints', () => {
  test('what a configuration file says of a model holds for it', async () => {
    const path = join(folder, 'constraints.yaml')
    await writeFile(
      path,
      `models:
  - name: gpt-4
    provider: openai
    capabilities:
      text_generation: true
      code_generation: true
      function_calling: true
      vision: false
      max_tokens: 4096
      supports_streaming: true
      input_cost_per_token: 0.00001
      output_cost_per_token: 0.00003
    constraints:
      max_requests_per_minute: 100
      max_concurrent_requests: 10
      required_memory_gb: 2.0
      required_gpu_memory_gb: 4.0
`,
    )
    expect(loadConfig(path)).toMatchObject({
      modelConfigs: { 'openai/gpt-4': [{ options: { limits: { rpm: 100, concurrency: 10 } } }] },
      prices: { 'openai/gpt-4': { input: 10, output: 30 } },
    })
    await using registry = createRegistry({ config: path, env })
    expect((await registry.select({ capabilities: ['tools', 'streaming'] })).name).toBe('gpt-4')
    await expect(registry.select({ capabilities: ['vision'] })).rejects.toThrow('no vision')
    const cost = { inputTokens: 100, outputTokens: 100 } // 0.004 US dollars
    expect((await registry.select({ maxCostUsd: 0.004, ...cost })).name).toBe('gpt-4')
    await expect(registry.select({ maxCostUsd: 0.003, ...cost })).rejects.toThrow('0.004 > 0.003')
  })
})

describe('Model Selection Strategies', () => {
  const speeds: Readonly<Record<string, number>> = { dear: 500, slow: 4000 }
  /** A vendor with two models, which differ in price and speed. */
  const vendor = defineProvider({
    name: 'vendor',
    setup: async (name, _options, { pricing }) =>
      createModel({
        provider: 'vendor',
        name,
        price: await pricing(name),
        generate: async () => ({
          text: 'Hello',
          usage: { inputTokens: 10, outputTokens: 100 },
          latencyMs: speeds[name]!,
        }),
      }),
  })

  function two(options: Parameters<typeof createRegistry>[0]): Registry {
    const registry = createRegistry({
      ...options,
      providers: [vendor],
      prices: {
        'vendor/dear': { input: 10, output: 1000 },
        'vendor/slow': { input: 1, output: 2 },
      },
    })
    registry.register('vendor/dear')
    registry.register('vendor/slow')
    return registry
  }

  test('Upper Confidence Bound', async () => {
    await using registry = two({ strategy: ucb({ explorationFactor: 2, minTrials: 5 }) })
    for (let pulls = 0; pulls < 100; pulls++) {
      const { name, report } = await registry.select()
      report(name === 'vendor/dear' ? 1 : 0)
    }
    const { 'vendor/dear': dear, 'vendor/slow': slow } = registry.statistics.summary()
    expect(dear).toMatchObject({ mean: 1, pending: 0 })
    expect(dear!.completed).toBeGreaterThan(70)
    expect(slow!.completed).toBe(100 - dear!.completed)
  })

  test('Cost-Based Selection', async () => {
    await using registry = two({
      strategy: cheapest({ maxCostPerRequest: 0.1, preferLocal: true }),
    })
    const { name } = await registry.select({ inputTokens: 1000, outputTokens: 1000 })
    expect(name).toBe('vendor/slow') // a request to the other costs a dollar
  })

  test('Performance-Based Selection', async () => {
    await using registry = two({
      strategy: fastest({ minTokensPerSecond: 50, maxResponseTime: 5000, preferStreaming: true }),
    })
    for (let calls = 0; calls < 3; calls++) {
      const { model, report } = await registry.select()
      await model.generate('Hi')
      report(1)
    }
    // both were tried once, at 200 and at 25 tokens a second
    expect(registry.statistics.summary()).toMatchObject({
      'vendor/dear': { completed: 2 },
      'vendor/slow': { completed: 1 },
    })
  })
})

describe('Model Health Monitoring', () => {
  test('failures in a row make a model unhealthy, and say why', async () => {
    await using registry = createRegistry({
      env: { ...env, ASSAY_OPENAI_BASE_URL: `${api.url}/v1` },
      health: { intervalMs: 300_000, failureThreshold: 3, recoveryThreshold: 2 },
    })
    let isDown = true
    registry.register('gpt-4', {
      provider: 'scripted',
      options: {
        script() {
          if (isDown) throw new AssayError('The server is down.', { kind: 'server' })
          return 'Hello'
        },
      },
    })
    const changes: string[] = []
    registry.on('healthChange', ({ from, status }) => changes.push(`${from} → ${status.state}`))
    const model = await registry.get('gpt-4').model()
    for (let calls = 0; calls < 3; calls++) await model.generate('Hi').catch(() => {})
    const { isHealthy, issues } = registry.health('gpt-4')
    expect({ isHealthy, issues }).toEqual({
      isHealthy: false,
      issues: ['3 failures in a row: The server is down.'],
    })
    isDown = false
    for (let calls = 0; calls < 2; calls++) await model.generate('Hi')
    expect(registry.health('gpt-4')).toMatchObject({ isHealthy: true, issues: [] })
    expect(changes).toEqual([
      'unknown → unhealthy',
      'unhealthy → recovering',
      'recovering → healthy',
    ])
  })
})

describe('Model Caching and Optimization', () => {
  test.skipIf(skipRedis)('the same request is answered from Redis', async () => {
    await using redis = await startRedis()
    await using registry = createRegistry({
      env,
      cache: { store: 'redis', url: redis.url, ttl: '1h', maxEntries: 10_000 },
    })
    registry.register('openai/gpt-4')
    const model = await registry.get('gpt-4').model()
    const before = openai.requests.length
    const [first, second] = [
      await model.generate('What is AI?'),
      await model.generate('What is AI?'),
    ]
    expect([first.cached, second.cached, second.costUsd]).toEqual([false, true, 0])
    expect(second.text).toBe(first.text)
    expect(openai.requests.length - before).toBe(1)
  })

  test("quantization is the server's, which is started with it", async () => {
    const { bin } = await createFakeVllm(join(folder, 'bin'))
    const command = join(folder, 'vllm-that-notes')
    await writeFile(
      command,
      `#!/bin/sh\necho "$@" > '${join(folder, 'arguments')}'\nexec '${bin}' "$@"\n`,
    )
    await chmod(command, 0o755)
    await using registry = createRegistry({ baseDir: folder, env: { ...process.env, ...env } })
    registry.register('llama2-7b-quantized', {
      spec: 'vllm/meta-llama/Llama-2-7b-hf',
      options: { command, quantization: 'int8' },
    })
    const model = await registry.get('llama2-7b-quantized').model()
    expect((await model.generate('Hi')).costUsd).toBe(0)
    expect(await readFile(join(folder, 'arguments'), 'utf8')).toContain('--quantization int8')
  })
})

describe('Testing Custom Models', () => {
  test('O-37: register, select, generate, health, cleanup', async () => {
    const own = new CustomModel({ name: 'test-model', endpoint: api.url })
    await using registry = createRegistry()
    registry.register(fromModel(own))
    const selected = await registry.select({ capabilities: ['text'] })
    expect(selected.spec).toBe('custom/test-model')
    const response = await selected.model.generate('Hello, world!')
    expect(response.text.length).toBeGreaterThan(0)
    selected.report(1)
    expect((await selected.model.health()).healthy).toBe(true)
    await registry.teardownAll()
    expect(own.cleanups).toBe(1)
  })
})

describe('Model Configuration Management', () => {
  test('the registry takes the models of a file', async () => {
    const text = await readFile(new URL('../config/seeds/001-models.yaml', import.meta.url), 'utf8')
    const path = join(folder, 'models.yaml')
    await writeFile(path, text.replace('11434', new URL(ollama.url).port))
    await using registry = createRegistry({ env })
    registry.fromConfig(loadConfig(path, { env }))
    expect(registry.list().map(({ name, spec }) => [name, spec])).toEqual([
      ['gpt-4', 'openai/gpt-4'],
      ['claude-3-opus', 'anthropic/claude-3-opus'],
      ['local-llama', 'ollama/local-llama'],
    ])
    const { name, model } = await registry.select({
      capabilities: ['code'],
      maxOutputTokens: 100_000,
    })
    expect(name).toBe('claude-3-opus')
    expect((await model.generate('Hi')).text).toBe('An answer of Anthropic.')
    const local = await registry.get('local-llama').model()
    expect((await local.generate('Hi')).text).toBe('An answer of Ollama.')
  })
})

describe('Example: Complete Custom Model Implementation', () => {
  test('from the registration to the clean-up, without a registry too', async () => {
    const providers = createProviders({ providers: [acme], env: { ACME_URL: api.url } })
    const handle = await providers.setup('acme/my-custom-model')
    const response = await handle.model.generate('Explain quantum computing')
    expect(response).toMatchObject({
      text: 'You said: Explain quantum computing',
      model: 'my-custom-model',
      provider: 'acme',
    })
    await handle.teardown()
    expect(() => handle.model).toThrow("The model 'acme/my-custom-model' was torn down")
    await providers.teardownAll()
  })
})
