import { describe, expect, onTestFinished, test } from 'vitest'
import { createProviders } from '../../providers/create-providers.ts'
import huggingface, { type HuggingFaceOptions } from '../../providers/huggingface.ts'
import type { Tool } from '../../src/model/message.ts'
import chatStreamed from '../responses/huggingface/chat-stream.json' with { type: 'json' }
import chatTools from '../responses/huggingface/chat-tools.json' with { type: 'json' }
import chat from '../responses/huggingface/chat.json' with { type: 'json' }
import embeddings from '../responses/huggingface/embeddings.json' with { type: 'json' }
import ownEmbeddings from '../responses/huggingface/endpoint-embeddings.json' with { type: 'json' }
import failedGeneration from '../responses/huggingface/failed.json' with { type: 'json' }
import cut from '../responses/huggingface/generation-cut.json' with { type: 'json' }
import structured from '../responses/huggingface/generation-json.json' with { type: 'json' }
import noDetails from '../responses/huggingface/generation-no-details.json' with { type: 'json' }
import streamed from '../responses/huggingface/generation-stream.json' with { type: 'json' }
import generation from '../responses/huggingface/generation.json' with { type: 'json' }
import incomplete from '../responses/huggingface/incomplete.json' with { type: 'json' }
import invalid from '../responses/huggingface/invalid.json' with { type: 'json' }
import models from '../responses/huggingface/models.json' with { type: 'json' }
import noCredits from '../responses/huggingface/no-credits.json' with { type: 'json' }
import overloaded from '../responses/huggingface/overloaded.json' with { type: 'json' }
import { failureOf as failed } from '../support/failure.ts'
import { type Handler, serve } from '../support/http-server.ts'
import {
  answering,
  bound,
  notingSeam,
  readStream,
  sentTo,
  type ServedModel,
  serveModel,
  streaming,
} from '../support/served-model.ts'

const KEY = 'hf_invented0123456789'
const weather: Tool = {
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

const failureOf = (call: Promise<unknown>) => failed(call, KEY)

describe('by the router', () => {
  /** A server in the place of the router, and a model of it. */
  function start(handler: Handler, options: HuggingFaceOptions = {}): Promise<ServedModel> {
    return serveModel(huggingface, {
      model: 'openai/gpt-oss-120b:fastest',
      handler,
      env: (url) => ({ HUGGINGFACE_API_BASE: `${url}/v1`, HF_TOKEN: KEY }),
      options: () => options,
    })
  }

  test('O-16: a chat goes out, with the token as a bearer, and text and usage come back', async () => {
    await using at = await start(answering(chat), { maxTokens: 100 })
    const response = await at.model.generate([
      { role: 'system', content: 'One sentence.' },
      { role: 'user', content: 'The capital of Austria?' },
    ])
    expect(sentTo(at.server, 'authorization')).toMatchInlineSnapshot(`
      [
        {
          "authorization": "Bearer hf_invented0123456789",
          "body": {
            "max_tokens": 100,
            "messages": [
              {
                "content": "One sentence.",
                "role": "system",
              },
              {
                "content": "The capital of Austria?",
                "role": "user",
              },
            ],
            "model": "openai/gpt-oss-120b:fastest",
          },
          "method": "POST",
          "url": "/v1/chat/completions",
        },
      ]
    `)
    expect(response).toMatchObject({
      text: 'Vienna is the capital of Austria.',
      finishReason: 'stop',
      blocked: null,
      usage: { inputTokens: 72, outputTokens: 41 },
      costUsd: null,
      provider: 'huggingface',
      model: 'openai/gpt-oss-120b:fastest',
      servedBy: 'openai/gpt-oss-120b',
    })
  })

  test('a stream comes piece by piece', async () => {
    await using at = await start(answering(streaming(...chatStreamed.events)))
    const { texts, response } = await readStream(at.model, 'Hi')
    expect(texts).toEqual(['Grüß ', 'Gott 👋'])
    expect(response).toMatchObject({ usage: { inputTokens: 72, outputTokens: 41 } })
  })

  test('calls of tools come back', async () => {
    await using at = await start(answering(chatTools))
    expect(await at.model.generate('Hi', { tools: [weather] })).toMatchObject({
      finishReason: 'tool_calls',
      toolCalls: [{ id: 'call_k3Vx', name: 'get_weather', arguments: '{"city":"Vienna"}' }],
    })
  })

  test('embeddings come from the feature extraction of its own servers', async () => {
    await using at = await start(answering(embeddings), { id: 'thenlper/gte-large' })
    expect(await at.model.embed!(['a', 'b'])).toEqual([
      [0.0123, -0.0456, 0.0789],
      [-0.0321, 0.0654, 0.0987],
    ])
    expect(sentTo(at.server, 'authorization')).toMatchInlineSnapshot(`
      [
        {
          "authorization": "Bearer hf_invented0123456789",
          "body": {
            "inputs": [
              "a",
              "b",
            ],
          },
          "method": "POST",
          "url": "/hf-inference/models/thenlper/gte-large/pipeline/feature-extraction",
        },
      ]
    `)
    expect(await at.model.embed!([])).toEqual([])
    expect(at.server.requests).toHaveLength(1)
  })

  test.for([
    [['a'], embeddings, 'got 2 embeddings for 1 texts'],
    [['a', 'b'], { body: [0.1, 0.2] }, 'the response is no list of embeddings'],
  ] as const)(
    'other vectors than one for each text are an error: %j',
    async ([texts, reply, said]) => {
      await using at = await start(answering(reply))
      const failure = await failureOf(at.model.embed!(texts))
      expect(failure).toMatchObject({ kind: 'parse', provider: 'huggingface' })
      expect(failure.message).toContain(said)
    },
  )

  test('models are listed', async () => {
    await using at = await start(answering(models))
    expect(await at.provider.listModels!()).toEqual([
      { id: 'openai/gpt-oss-120b', ownedBy: 'openai' },
      { id: 'google/gemma-3-27b-it', ownedBy: 'google' },
    ])
    expect(at.server.requests).toMatchObject([{ method: 'GET', url: '/v1/models' }])
  })

  test('an account without credits is an error of kind `quota`, and no text', async () => {
    await using at = await start(answering(noCredits))
    const failure = await failureOf(at.model.generate('Hi'))
    expect(failure).toMatchObject({ kind: 'quota', status: 402 })
    expect(failure.message).toContain('monthly included credits')
  })

  test('is asked at the address of its documentation', async () => {
    const bodyOf = (url: string) => (url.includes('chat') ? chat.body : embeddings.body)
    const { seam, asked } = notingSeam(bodyOf)
    const provider = bound(huggingface, { env: { HF_TOKEN: KEY }, seam })
    await using handle = await provider.setup('acme/small')
    await handle.model.generate('Hi')
    await handle.model.embed!(['a', 'b'])
    expect(asked).toEqual([
      'https://router.huggingface.co/v1/chat/completions',
      'https://router.huggingface.co/hf-inference/models/acme/small/pipeline/feature-extraction',
    ])
  })

  test('a text cannot be continued', async () => {
    const failure = await failureOf(start(answering(chat), { task: 'text-generation' }))
    expect(failure).toMatchObject({
      kind: 'config',
      message:
        'huggingface: options: `task`: text-generation takes the `endpoint` of a server; the router has chat alone.',
    })
  })
})

describe('the token', () => {
  test.for([
    [{ HF_TOKEN: KEY }],
    [{ HUGGING_FACE_HUB_TOKEN: KEY }],
    [{ HUGGINGFACE_API_KEY: KEY, HF_TOKEN: 'hf_other0123456789' }],
  ] as const)('is found in %j', async ([variables]) => {
    await using at = await serveModel(huggingface, {
      model: 'acme/small',
      handler: answering(chat),
      env: (url) => ({ HUGGINGFACE_BASE_URL: url, ...variables }),
    })
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.headers.authorization).toBe(`Bearer ${KEY}`)
  })

  test('is asked for where there is none', async () => {
    const failure = await failureOf(bound(huggingface, { env: {} }).setup('acme/small'))
    expect(failure).toMatchObject({
      kind: 'config',
      message: 'huggingface: there is no key: set HF_TOKEN, or give `apiKeys`.',
    })
  })

  test("X-19: does not go to another's endpoint", async () => {
    const endpoint = 'https://tgi.acme.test:8080'
    const provider = bound(huggingface, { env: { HF_TOKEN: KEY } })
    const failure = await failureOf(provider.setup('acme/small', { endpoint }))
    expect(failure).toMatchObject({
      kind: 'config',
      message:
        'huggingface: the option `endpoint` would send its key to tgi.acme.test, which is neither of ' +
        'huggingface.co or huggingface.cloud nor local; give the key of that server as `apiKey`.',
    })
    for (const apiKeys of [['own'], []]) {
      await using handle = await provider.setup('acme/small', { endpoint, apiKeys })
      expect(handle.model.info.name).toBe('acme/small')
    }
  })

  test('goes to an Inference Endpoint', async () => {
    const endpoint = 'https://x1.us-east-1.aws.endpoints.huggingface.cloud'
    const provider = bound(huggingface, { env: { HF_TOKEN: KEY } })
    await using handle = await provider.setup('acme/small', { endpoint })
    expect(handle.model.info.name).toBe('acme/small')
  })
})

describe('by an endpoint', () => {
  test.for(['', '/', '/v1', '/v1/'])(
    'O-16: the chat is below its URL, with or without the version: %j',
    async (path) => {
      await using at = await serveModel(huggingface, {
        model: 'acme/small',
        handler: answering(chat),
        options: (url) => ({ endpoint: `${url}/tgi${path}` }),
      })
      expect(await at.model.generate('Hi')).toMatchObject({
        text: 'Vienna is the capital of Austria.',
      })
      expect(at.server.requests).toMatchObject([{ url: '/tgi/v1/chat/completions' }])
      expect(at.server.requests[0]!.headers).not.toHaveProperty('authorization')
    },
  )

  test('embeddings tell their usage', async () => {
    await using at = await serveModel(huggingface, {
      model: 'BAAI/bge-base-en-v1.5',
      handler: answering(ownEmbeddings),
      options: (endpoint) => ({ endpoint }),
    })
    expect(await at.model.embed!(['a'])).toEqual([[0.0123, -0.0456]])
    expect(sentTo(at.server)).toEqual([
      {
        method: 'POST',
        url: '/v1/embeddings',
        body: { model: 'BAAI/bge-base-en-v1.5', input: ['a'] },
      },
    ])
    expect(at.model.metrics).toMatchObject({ inputTokens: 4 })
  })

  test.for([
    ['http://127.0.0.1:9/v1/chat/completions', 'the base URL ends before /chat/completions'],
    ['127.0.0.1:9', 'expected an http(s) URL'],
  ] as const)('a wrong URL is an error: %s', async ([endpoint, said]) => {
    const failure = await failureOf(bound(huggingface, { env: {} }).setup('small', { endpoint }))
    expect(failure).toMatchObject({ kind: 'config' })
    expect(failure.message).toContain(`huggingface: \`endpoint\`: ${said}`)
  })
})

describe('by Text Generation Inference itself', () => {
  /** A server with Text Generation Inference, and the model of it. */
  function start(handler: Handler, options: HuggingFaceOptions = {}): Promise<ServedModel> {
    return serveModel(huggingface, {
      model: 'acme/small',
      handler,
      options: (endpoint) => ({ endpoint, task: 'text-generation', ...options }),
    })
  }

  test('O-16: a text is continued, and why it ended and its tokens come back', async () => {
    await using at = await start(answering(generation), { apiKey: KEY })
    const response = await at.model.generate('The capital of Austria is')
    expect(sentTo(at.server, 'authorization')).toMatchInlineSnapshot(`
      [
        {
          "authorization": "Bearer hf_invented0123456789",
          "body": {
            "inputs": "The capital of Austria is",
            "parameters": {
              "details": true,
            },
          },
          "method": "POST",
          "url": "/generate",
        },
      ]
    `)
    expect(response).toMatchObject({
      text: ' Vienna, which is on the Danube.',
      finishReason: 'stop',
      blocked: null,
      usage: { inputTokens: 14, outputTokens: 9 },
      costUsd: null,
      servedBy: 'acme/small',
      raw: { ...generation.body, details: { ...generation.body.details, input_length: 14 } },
    })
  })

  test('a response of the cache keeps its tokens', async () => {
    await using server = await serve(answering(generation))
    const providers = createProviders({ env: {}, cache: { mode: 'write', store: 'memory' } })
    onTestFinished(() => providers.teardownAll())
    const options = { endpoint: server.url, task: 'text-generation' } as const
    await using handle = await providers.setup('huggingface/acme/small', options)
    const usage = { inputTokens: 14, outputTokens: 9 }
    expect(await handle.model.generate('Hi')).toMatchObject({ usage, cached: false })
    expect(await handle.model.generate('Hi')).toMatchObject({ usage, cached: true })
    expect(server.requests).toHaveLength(1)
  })

  test('settings go under its names, beside those of `body`', async () => {
    await using at = await start(answering(generation), {
      temperature: 1,
      seed: 7,
      body: { parameters: { top_k: 5, temperature: 2, details: false } },
    })
    const call = { temperature: 0.5, topP: 0.9, maxTokens: 20, stop: ['\n'] }
    await at.model.generate('Hi', call)
    expect(at.server.requests[0]!.json).toEqual({
      inputs: 'Hi',
      parameters: {
        temperature: 0.5,
        top_p: 0.9,
        top_k: 5,
        max_new_tokens: 20,
        stop: ['\n'],
        seed: 7,
        details: true,
      },
    })
  })

  test('a temperature of 0, which it refuses, is that nothing is drawn', async () => {
    await using at = await start(answering(generation))
    await at.model.generate('Hi', { temperature: 0 })
    expect(at.server.requests[0]!.json['parameters']).toEqual({ do_sample: false, details: true })
  })

  const schema = { type: 'object', properties: { capital: { type: 'string' } } }
  test.for([
    [{ schema }, schema],
    [true, { type: 'object' }],
  ] as const)('JSON is asked for by a grammar: %j', async ([json, value]) => {
    await using at = await start(answering(structured))
    const { text, finishReason } = await at.model.generate('Austria, as JSON.', { json })
    expect([JSON.parse(text), finishReason]).toEqual([{ capital: 'Vienna' }, 'stop'])
    const parameters = { grammar: { type: 'json', value }, details: true }
    expect(at.server.requests[0]!.json['parameters']).toEqual(parameters)
  })

  test('a text that was cut says so', async () => {
    await using at = await start(answering(cut))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: ' Vienna, which',
      finishReason: 'length',
      usage: { inputTokens: 14, outputTokens: 4 },
    })
  })

  test('without details nothing is known of its end and its tokens', async () => {
    await using at = await start(answering(noDetails))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: ' Vienna',
      finishReason: 'unknown',
      usage: null,
    })
  })

  test('a stream is the texts of its tokens but for the special ones', async () => {
    const events = streamed.events.map((event) => `data:${JSON.stringify(event)}\n\n`)
    const headers = { 'content-type': 'text/event-stream' }
    await using at = await start(answering({ headers, body: events.join('') }))
    const { texts, response } = await readStream(at.model, 'Grüß Gott')
    expect(texts).toEqual(['Grüß ', 'Gott', ' 👋'])
    expect(response).toMatchObject({
      text: 'Grüß Gott 👋',
      finishReason: 'stop',
      usage: { inputTokens: 14, outputTokens: 4 },
      raw: streamed.events,
    })
    expect(sentTo(at.server)).toMatchInlineSnapshot(`
      [
        {
          "body": {
            "inputs": "Grüß Gott",
            "parameters": {
              "details": true,
            },
          },
          "method": "POST",
          "url": "/generate_stream",
        },
      ]
    `)
  })

  test('a server that answers whole to the request of a stream gives one chunk', async () => {
    await using at = await start(answering(generation))
    const { texts, response } = await readStream(at.model, 'The capital of Austria is')
    expect(texts).toEqual([' Vienna, which is on the Danube.'])
    expect(response).toMatchObject({
      text: ' Vienna, which is on the Danube.',
      finishReason: 'stop',
      usage: { inputTokens: 14, outputTokens: 9 },
    })
    expect(at.server.requests).toMatchObject([{ url: '/generate_stream' }])
  })

  test('what is neither a token nor a whole is an error, also in a stream', async () => {
    await using at = await start(answering(streaming({ text: 'Vienna' })))
    expect(await failureOf(readStream(at.model, 'Hi'))).toMatchObject({ kind: 'parse' })
  })

  test.for([
    ['reasoningEffort', 'low'],
    ['maxTokensField', 'max_tokens'],
    ['seedField', 'seed'],
    ['streamUsage', true],
  ] as const)('an option of a chat is refused: %s', async ([name, value]) => {
    const failure = await failureOf(start(answering(generation), { [name]: value }))
    expect(failure).toMatchObject({
      kind: 'config',
      message: `huggingface: options: \`${name}\`: the task text-generation has no such option; leave it out.`,
    })
  })

  test('a stream without an end is an error', async () => {
    await using at = await start(answering(streaming(...streamed.events.slice(0, 2))))
    expect(await failureOf(readStream(at.model, 'Hi'))).toMatchObject({ kind: 'network' })
  })

  test.for([
    ['rate_limit', { ...overloaded, headers: { 'retry-after': '60' } }],
    ['server', failedGeneration],
    ['server', incomplete],
    ['invalid_request', invalid],
    ['invalid_request', { body: { error: 'No template.', error_type: 'template_error' } }],
    ['server', { body: failedGeneration.body }],
    ['parse', { body: { text: 'Vienna' } }],
  ] as const)('an error is of kind %s', async ([kind, reply]) => {
    await using at = await start(answering(reply), { attempts: 1, deadline: 1000 })
    expect(await failureOf(at.model.generate('Hi'))).toMatchObject({ kind })
    expect(at.server.requests).toHaveLength(1)
  })

  test('an error that comes as the first event of a stream is one all the same', async () => {
    const first = streaming(overloaded.body)
    const body = String(first.body).replace('data: [DONE]\n\n', '')
    await using at = await start(answering({ ...first, body }, streaming(...streamed.events)))
    expect((await readStream(at.model, 'Hi')).response).toMatchObject({ attempts: 2 })
  })

  test.for([
    [
      [
        { role: 'system', content: 'One sentence.' },
        { role: 'user', content: 'Hi' },
      ],
      {},
      'got a conversation',
    ],
    [
      [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
      ],
      {},
      'got a conversation',
    ],
    [
      [{ role: 'user', content: 'Hi', images: [{ url: 'https://a.test/b.png' }] }],
      {},
      'take no images',
    ],
    [[{ role: 'user', content: 'Hi' }], { tools: [weather] }, 'take no tools'],
  ] as const)(
    'what is no single text is an error, and is not sent: %j',
    async ([input, call, said]) => {
      await using at = await start(answering(generation))
      const failure = await failureOf(at.model.generate(input, call))
      expect(failure).toMatchObject({ kind: 'invalid_request', provider: 'huggingface' })
      expect(failure.message).toContain(said)
      expect(at.server.requests).toEqual([])
    },
  )
})

describe('what the originals gave:', () => {
  test.for([['cuda'], ['cpu']] as const)(
    'O-16: `device` is refused with the way to go: %s',
    async ([device]) => {
      const failure = await failureOf(bound(huggingface, { env: {} }).setup('a/b', { device }))
      expect(failure).toMatchObject({
        kind: 'config',
        message:
          'huggingface: options: `device`: no model runs in this process; give the `endpoint` of a server that has it, or take llama-cpp or vllm',
      })
    },
  )

  test('O-16: `model_path` of a configuration is the `id`', async () => {
    await using server = await serve(answering(chat))
    const options = { model_path: 'openai/gpt-oss-120b', base_url: server.url }
    const file = { source: 'a file', models: { 'huggingface/mine': [{ options }] } }
    const provider = bound(huggingface, { env: {}, models: { file } })
    await using handle = await provider.setup('mine')
    expect(await handle.model.generate('Hi')).toMatchObject({ model: 'mine' })
    expect(server.requests[0]!.json['model']).toBe('openai/gpt-oss-120b')
  })
})
