import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { findProvider } from '@pydantic/genai-prices'
import * as v from 'valibot'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { loadPrices, priceOf, type PriceTable, priceTable } from '../../src/model/price.ts'
import { vendors } from '../../src/model/price/vendor.ts'
import { validate } from '../../src/model/standard-schema.ts'
import golden from '../data/prices.json' with { type: 'json' }

const at = Date.parse('2026-06-01T12:00:00Z')
const million = { inputTokens: 1_000_000, outputTokens: 1_000_000 }

test('the published prices are asked for after they are loaded', async () => {
  vi.resetModules() // other tests may have loaded them
  const unloaded = await import('../../src/model/price.ts')
  expect(() => unloaded.priceOf({ provider: 'openai', model: 'gpt-5' })).toThrow(
    'The published prices are not loaded.',
  )
})

describe('O-43: a usage costs', () => {
  beforeAll(loadPrices)

  test.for(golden)('$usd USD: $model on $at: $usage', (row) => {
    const { provider, model, usage, usd, parts } = row
    const sum = parts.reduce((dollars, [tokens, price]) => dollars + tokens! * price!, 0) / 1e6
    expect(Math.abs(sum - usd)).toBeLessThan(1e-12)
    const cost = priceOf({ provider, model })(usage, Date.parse(row.at))
    expect(cost).not.toBeNull()
    expect(Math.abs(cost! - usd)).toBeLessThan(1e-12)
  })

  test('by the price of the day, without a time', () => {
    expect(priceOf({ provider: 'openai', model: 'gpt-4o' })(million)).toBe(12.5)
  })

  test.for([
    ['openai', 'https://openrouter.ai/api/v1', 'amazon/nova-lite-v1', 0.3],
    ['acme', 'https://api.openai.com/v1', 'gpt-4o', 12.5],
    ['acme', 'https://API.OpenAI.com:443/v1/', 'gpt-4o', 12.5],
    ['acme', 'https://acme.openai.azure.com/openai/v1', 'gpt-4o', 12.5],
    ['google', 'https://generativelanguage.googleapis.com/v1beta/openai', 'gemini-2.5-flash', 2.8],
  ] as const)('what the server takes: %s at %s, %s', ([provider, baseURL, model, usd]) => {
    expect(priceOf({ provider, baseURL, model })(million, at)).toBeCloseTo(usd, 12)
  })

  test('what the server takes for the model as it names it', () => {
    const named = { provider: 'azure', model: 'ours', id: 'gpt-4o' }
    expect(priceOf(named)(million, at)).toBe(12.5)
    expect(priceOf({ ...named, own: { 'azure/ours': { input: 1, output: 1 } } })(million)).toBe(2)
    expect(priceOf({ ...named, own: { 'azure/gpt-4o': { input: 1, output: 1 } } })(million)).toBe(
      12.5,
    )
  })
})

describe('O-43: an unknown price is null:', () => {
  beforeAll(loadPrices)

  test.for([
    ['a provider without published prices', 'ollama', undefined, 'gpt-4o'],
    ['a provider that is only called similarly', 'my-openai', undefined, 'gpt-4o'],
    ['a model in this process', 'llama-cpp', undefined, 'models/gemini-2.5-flash'],
    ['a model that is not there', 'openai', undefined, 'gpt-99'],
    ['a loopback server', 'acme', 'http://127.0.0.1:8080/v1', 'gpt-4o'],
    ['a known name on loopback', 'openai', 'http://localhost:4000/v1', 'gpt-4o'],
    ['a proxy', 'openai', 'https://llm.example.com/v1', 'gpt-4o'],
    ['a host that only begins alike', 'acme', 'https://api.openai.com.example.com/v1', 'gpt-4o'],
    ['a host that only ends alike', 'acme', 'https://evilopenai.azure.com/v1', 'gpt-4o'],
    ['a host in the path', 'acme', 'http://127.0.0.1/api.openai.com', 'gpt-4o'],
    ['a host in the user name', 'acme', 'https://api.openai.com@example.com/v1', 'gpt-4o'],
    ['no URL', 'openai', 'api.openai.com', 'gpt-4o'],
    ['a smaller model with the name of a larger one', 'google', undefined, 'gemini-1.5-flash-8b'],
    ['a later model with the name of an earlier one', 'anthropic', undefined, 'claude-sonnet-5-7'],
    ['a variant', 'google', undefined, 'gemini-3.6-flash-lite'],
    ['a fee for requests that vary', 'perplexity', undefined, 'sonar'],
    ['searches that are not counted', 'perplexity', undefined, 'sonar-deep-research'],
    ['images that are not counted', 'google', undefined, 'gemini-2.5-flash-image'],
    ['speech that is not counted', 'openai', undefined, 'gpt-audio'],
    ['audio by the hour', 'groq', undefined, 'whisper-large-v3'],
    ['no price of the response', 'azure', undefined, 'davinci-002'],
    ['no prices at all', 'cerebras', undefined, 'qwen-3-coder-480b'],
  ] as const)('%s', ([, provider, baseURL, model]) => {
    expect(priceOf({ provider, model, ...(baseURL && { baseURL }) })(million, at)).toBeNull()
  })

  test('reasoning that has a price of its own and is not counted', () => {
    const model = 'perplexity/sonar-deep-research'
    expect(priceOf({ provider: 'openrouter', model })(million, at)).toBeNull()
  })

  const own: PriceTable = { 'acme/*': { input: 1, output: 1 } }
  test.for([
    null,
    { inputTokens: Number.NaN, outputTokens: 1 },
    { inputTokens: -1, outputTokens: 1 },
    { inputTokens: 1, outputTokens: Number.POSITIVE_INFINITY },
    { inputTokens: 10, outputTokens: 1, cachedInputTokens: 11 },
    { inputTokens: 10, outputTokens: 1, cachedInputTokens: 6, cacheWriteTokens: 5 },
    { inputTokens: 10, outputTokens: 1, reasoningTokens: 2 },
  ] as const)('the usage %j', (usage) => {
    expect(priceOf({ provider: 'openai', model: 'gpt-5' })(usage, at)).toBeNull()
    expect(priceOf({ provider: 'acme', model: 'one', own })(usage, at)).toBeNull()
  })
})

describe('O-43: your own prices', () => {
  const own: PriceTable = {
    'openai/gpt-4o': { input: 2, output: 4 },
    'acme/*': { input: 10, output: 20, cachedInput: 1, cacheWrite: 12, perRequest: 0.005 },
    'acme/free': { input: 0, output: 0 },
    'acme/meta/llama': { input: 1, output: 1 },
  }
  const usage = {
    inputTokens: 1000,
    outputTokens: 100,
    cachedInputTokens: 600,
    cacheWriteTokens: 300,
    reasoningTokens: 50,
  }

  test.for([
    ['openai', 'gpt-4o', 0.0024],
    ['acme', 'any', 0.0122], // 100 × 10 + 600 × 1 + 300 × 12 + 100 × 20, and the request
    ['acme', 'free', 0],
    ['acme', 'meta/llama', 0.0011],
  ] as const)('go first: %s/%s costs %s USD', ([provider, model, usd]) => {
    expect(priceOf({ provider, model, own })(usage)).toBeCloseTo(usd, 12)
  })

  test('hold wherever the server is', () => {
    const baseURL = 'http://127.0.0.1:8080/v1'
    const cost = priceOf({ provider: 'openai', model: 'gpt-4o', own, baseURL })
    expect(cost({ inputTokens: 1_000_000, outputTokens: 0 })).toBe(2)
  })

  test('leave the published ones to the others', async () => {
    await loadPrices()
    expect(priceOf({ provider: 'openai', model: 'gpt-5', own })(million, at)).toBe(11.25)
  })

  test('are valid', () => {
    expect(v.parse(priceTable, own)).toEqual(own)
  })

  test.for([
    [{ openai: { input: 1, output: 1 } }, 'prices: `openai`: expected `provider/model-name`, or'],
    [{ 'openai/gpt-*': { input: 1, output: 1 } }, 'prices: `openai/gpt-*`: expected `provider/'],
    [
      { 'openai/gpt-5': { input: '1', output: -2 } },
      'prices: `openai/gpt-5.input`: expected US dollars, as a number; ' +
        '`openai/gpt-5.output`: expected US dollars, 0 or more',
    ],
    [{ 'a/b': { input: Number.NaN, output: 1 } }, 'prices: `a/b.input`: expected US dollars'],
    [{ 'a/b': { input: 1, output: 1, cachedinput: 1 } }, 'prices: `a/b.cachedinput`: '],
    [{ 'a/b': { input: 1 } }, 'prices: `a/b.output`: '],
    [7, 'prices: '],
  ])('that are wrong are an error: %j', async ([table, message]) => {
    const checked = validate(priceTable, table, { where: 'prices', kind: 'config' })
    await expect(checked).rejects.toThrow(message)
  })
})

describe('the price data', () => {
  test.for(vendors.flatMap(({ id, names, hosts }) => names.map((name) => ({ id, name, hosts }))))(
    'knows $id, its name $name and its hosts',
    ({ id, hosts }) => {
      expect(findProvider({ providerId: id })?.id).toBe(id)
      for (const host of hosts) {
        const providerApiUrl = `https://${host.replace('*', 'acme')}`
        expect(findProvider({ providerApiUrl })?.id).toBe(id)
      }
    },
  )

  test('is on disk: nothing in the package reaches for the network', async () => {
    const path = fileURLToPath(import.meta.resolve('@pydantic/genai-prices'))
    expect(await readFile(path, 'utf8')).not.toMatch(
      /\bfetch\(|XMLHttpRequest|node:|setInterval|import\(|require\(/,
    )
  })
})
