import { describe, expect, test } from 'vitest'
import openrouter, { type OpenRouterOptions } from '../../providers/openrouter.ts'
import type { Tool } from '../../src/model/message.ts'
import completion from '../responses/openrouter/completion.json' with { type: 'json' }
import contentFilter from '../responses/openrouter/content-filter.json' with { type: 'json' }
import errorWithin200 from '../responses/openrouter/error-within-200.json' with { type: 'json' }
import errorWithinChoice from '../responses/openrouter/error-within-choice.json' with { type: 'json' }
import invalid from '../responses/openrouter/invalid.json' with { type: 'json' }
import models from '../responses/openrouter/models.json' with { type: 'json' }
import moderation from '../responses/openrouter/moderation.json' with { type: 'json' }
import noCredits from '../responses/openrouter/no-credits.json' with { type: 'json' }
import noUsage from '../responses/openrouter/no-usage.json' with { type: 'json' }
import ownKey from '../responses/openrouter/own-key.json' with { type: 'json' }
import rateLimit from '../responses/openrouter/rate-limit.json' with { type: 'json' }
import streamError from '../responses/openrouter/stream-error.json' with { type: 'json' }
import streamed from '../responses/openrouter/stream.json' with { type: 'json' }
import toolCalls from '../responses/openrouter/tool-calls.json' with { type: 'json' }
import unavailable from '../responses/openrouter/unavailable.json' with { type: 'json' }
import { failureOf as failed } from '../support/failure.ts'
import type { Handler } from '../support/http-server.ts'
import {
  answering,
  bound,
  readStream,
  sentTo,
  type ServedModel,
  serveModel,
  streaming,
} from '../support/served-model.ts'

const KEY = 'sk-or-v1-invented0123456789'
const usage = {
  inputTokens: 194,
  outputTokens: 22,
  cachedInputTokens: 128,
  cacheWriteTokens: 0,
  reasoningTokens: 8,
}
const weather: Tool = {
  name: 'get_weather',
  description: 'The weather of a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

/** A server in the place of OpenRouter's, and a free model of it. */
function start(handler: Handler, options: OpenRouterOptions = {}): Promise<ServedModel> {
  return serveModel(openrouter, {
    model: 'deepseek/deepseek-r1:free',
    handler,
    env: (url) => ({ OPENROUTER_API_BASE: `${url}/api/v1`, OPENROUTER_API_KEY: KEY }),
    options: () => options,
  })
}

const failureOf = (call: Promise<unknown>) => failed(call, KEY)

describe('generate', () => {
  test('H-14: sends the name of the model as it stands, and reads text, usage and cost', async () => {
    await using at = await start(answering(completion))
    const response = await at.model.generate('The capital of Austria?', { temperature: 0 })
    expect(sentTo(at.server, 'authorization', 'http-referer', 'x-title')).toMatchInlineSnapshot(`
      [
        {
          "authorization": "Bearer sk-or-v1-invented0123456789",
          "body": {
            "messages": [
              {
                "content": "The capital of Austria?",
                "role": "user",
              },
            ],
            "model": "deepseek/deepseek-r1:free",
            "temperature": 0,
          },
          "http-referer": undefined,
          "method": "POST",
          "url": "/api/v1/chat/completions",
          "x-title": undefined,
        },
      ]
    `)
    expect(response).toMatchObject({
      text: 'Vienna is the capital of Austria.',
      finishReason: 'stop',
      blocked: null,
      toolCalls: [],
      usage,
      costUsd: 0.000372,
      provider: 'openrouter',
      model: 'deepseek/deepseek-r1:free',
      servedBy: 'openai/gpt-4.1-2025-04-14',
    })
  })

  test('H-14: who served it and why it ended stay in `raw`, as they came', async () => {
    await using at = await start(answering(completion))
    const { raw } = await at.model.generate('Hi')
    expect(raw).toEqual(completion.body)
    expect(raw).toMatchObject({ provider: 'OpenAI', choices: [{ native_finish_reason: 'stop' }] })
  })

  test('H-14: the app is named in headers where it is given', async () => {
    const app = { referer: 'https://evals.example.org', title: 'Evals of Vienna' }
    await using at = await start(answering(completion), app)
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.headers).toMatchObject({
      'http-referer': 'https://evals.example.org',
      'x-title': 'Evals of Vienna',
      authorization: `Bearer ${KEY}`,
    })
  })

  test('H-14: and a name that no header takes is an error', async () => {
    const failure = await failureOf(start(answering(completion), { title: 'Größe' }))
    expect(failure).toMatchObject({
      kind: 'config',
      message:
        'openrouter: options: `title`: expected a text of ASCII characters, since it goes into a header',
    })
  })

  test('calls of tools come back', async () => {
    await using at = await start(answering(toolCalls))
    const response = await at.model.generate('The weather in Vienna?', { tools: [weather] })
    expect(response).toMatchObject({
      text: '',
      finishReason: 'tool_calls',
      toolCalls: [{ id: 'call_k3Vx', name: 'get_weather', arguments: '{"city":"Vienna"}' }],
    })
    expect(at.server.requests[0]!.json['tools']).toEqual([{ type: 'function', function: weather }])
  })
})

describe('the cost is', () => {
  const free = { ...completion.body, usage: { ...completion.body.usage, cost: 0 } }
  const unknown = {
    ...ownKey.body,
    usage: { ...ownKey.body.usage, cost_details: { upstream_inference_cost: null } },
  }
  test.for([
    ['what OpenRouter charges', completion.body, 0.000372],
    ['nothing for a free model', free, 0],
    ["OpenRouter's fee and the vendor's price with a key of one's own", ownKey.body, 19.95],
    ['unknown where the price for that key is', unknown, null],
    ['unknown without a usage', noUsage.body, null],
  ] as const)('%s', async ([, body, costUsd]) => {
    await using at = await start(answering({ body }))
    expect(await at.model.generate('Hi')).toMatchObject({ costUsd })
  })

  test('what OpenRouter charges, whatever a table of prices says', async () => {
    await using at = await serveModel(openrouter, {
      model: 'openai/gpt-4.1',
      handler: answering(completion),
      env: (url) => ({ OPENROUTER_API_BASE: url }),
      prices: { 'openrouter/*': { input: 1, output: 1 } },
    })
    expect(await at.model.generate('Hi')).toMatchObject({ costUsd: 0.000372 })
  })
})

describe('blocked is', () => {
  test.for([
    ['what the filter of the vendor ended', contentFilter, 'The first step', 'finish_reason'],
    ['a prompt that was flagged', moderation, '', 'error.code'],
  ] as const)('%s', async ([, reply, text, source]) => {
    await using at = await start(answering(reply))
    expect(await at.model.generate('Hi')).toMatchObject({
      text,
      finishReason: 'content_filter',
      blocked: { reason: expect.stringMatching(/./) as string, source },
    })
    expect(at.server.requests).toHaveLength(1)
  })
})

describe('stream', () => {
  test('comments are skipped, and the last chunk has usage and cost', async () => {
    const reply = streaming(...streamed.events)
    const body = `: OPENROUTER PROCESSING\n\n${String(reply.body)}`
    await using at = await start(answering({ ...reply, body }))
    const { texts, response } = await readStream(at.model, 'Hi')
    expect(texts).toEqual(['Grüß ', 'Gott 👋'])
    expect(response).toMatchObject({ text: 'Grüß Gott 👋', usage, costUsd: 0.000372 })
    expect(at.server.requests[0]!.json).toMatchInlineSnapshot(`
      {
        "messages": [
          {
            "content": "Hi",
            "role": "user",
          },
        ],
        "model": "deepseek/deepseek-r1:free",
        "stream": true,
        "stream_options": {
          "include_usage": true,
        },
      }
    `)
  })

  test('H-14: an error in the middle of it is an error', async () => {
    const events = [...streamed.events.slice(0, 2), streamError.event]
    await using at = await start(answering(streaming(...events)))
    const failure = await failureOf(readStream(at.model, 'Hi'))
    expect(failure).toMatchObject({ kind: 'server', status: 502, provider: 'openrouter' })
    expect(at.server.requests).toHaveLength(1)
  })
})

describe('with status 200', () => {
  test.for([
    ['an error', errorWithin200, 'rate_limit', 429, 'Rate limit exceeded'],
    ['an error within a choice', errorWithinChoice, 'server', 502, 'Provider disconnected'],
  ] as const)('H-14: %s is an error, and no text', async ([, reply, kind, status, said]) => {
    await using at = await start(answering(reply), { attempts: 1, deadline: 200 })
    const failure = await failureOf(at.model.generate('Hi'))
    expect(failure).toMatchObject({ kind, status, provider: 'openrouter' })
    expect(failure.message).toContain(said)
  })

  test('an error that passes is sent again', async () => {
    await using at = await start(answering({ ...unavailable, status: 200 }, completion))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: 'Vienna is the capital of Austria.',
      attempts: 2,
    })
  })
})

describe('an error is', () => {
  test.for([
    ['quota', noCredits],
    ['invalid_request', invalid],
    ['server', unavailable],
    ['parse', { body: { ...completion.body, choices: 'none' } }],
  ] as const)('of kind %s', async ([kind, reply]) => {
    await using at = await start(answering(reply), { attempts: 1 })
    expect(await failureOf(at.model.generate('Hi'))).toMatchObject({ kind, provider: 'openrouter' })
    expect(at.server.requests).toHaveLength(1)
  })

  test('a rate limit is waited for', async () => {
    const limited = { ...rateLimit, headers: { 'retry-after-ms': '1' } }
    await using at = await start(answering(limited, completion))
    expect(await at.model.generate('Hi')).toMatchObject({ attempts: 2 })
  })
})

test('models are listed, under the names that specs take', async () => {
  await using at = await start(answering(models))
  expect(await at.provider.listModels!()).toEqual([
    { id: 'openai/gpt-4.1' },
    { id: 'deepseek/deepseek-r1:free' },
  ])
  expect(at.server.requests).toMatchObject([{ method: 'GET', url: '/api/v1/models' }])
})

test('without a key there is an error that names the variable', async () => {
  const failure = await failureOf(bound(openrouter, { env: {} }).setup('openai/gpt-4.1'))
  expect(failure.message).toBe(
    'openrouter: there is no key: set OPENROUTER_API_KEY, or give `apiKeys`.',
  )
})
