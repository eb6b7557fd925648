import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { openaiCompatible } from '../../providers/openai-compatible.ts'
import { presets, table } from '../../providers/presets.ts'
import { vendorOf, vendors } from '../../src/model/price/vendor.ts'
import type { ModelProvider } from '../../src/provider/provider.ts'
import { type ProviderReplies, testProvider } from '../../src/testing.ts'
import completion from '../responses/openai/completion.json' with { type: 'json' }
import { failureOf } from '../support/failure.ts'
import type { Handler } from '../support/http-server.ts'
import {
  answering,
  bound,
  notingSeam,
  readStream,
  type ServedModel,
  serveModel,
  streaming,
} from '../support/served-model.ts'
import { openaiReplies } from '../testing/contracts/openai.ts'

const KEY = 'invented-0123456789'

function presetOf(name: string): ModelProvider {
  return presets.find((one) => one.name === name)!
}

/** A server in the place of a vendor's, and a model of it. */
function start(name: string, handler: Handler, options: object = {}): Promise<ServedModel> {
  const prefix = name.toUpperCase()
  return serveModel(presetOf(name), {
    model: 'acme/small',
    handler,
    env: (url) => ({ [`${prefix}_API_BASE`]: `${url}/v1`, [`${prefix}_API_KEY`]: KEY }),
    options: () => options,
  })
}

describe.for(table)('$name', ({ name, aliases = [], baseURL, domains, keyVariables = [] }) => {
  const variable = `${name.toUpperCase()}_API_KEY`

  test('R-04: a key alone is enough, and goes to the address of its documentation', async () => {
    const { seam, asked } = notingSeam(() => completion.body)
    const provider = bound(presetOf(name), { env: { [variable]: KEY }, seam })
    await using handle = await provider.setup('acme/small')
    expect(await handle.model.generate('Hi')).toMatchObject({ provider: name, model: 'acme/small' })
    expect(asked).toEqual([`${baseURL}/chat/completions`])
    expect(domains.some((domain) => new URL(baseURL).hostname.endsWith(domain))).toBe(true)
  })

  test('R-04: its base URL can be moved to this machine', async () => {
    await using at = await start(name, answering(completion))
    await at.model.generate('Hi')
    expect(at.server.requests).toMatchObject([
      { url: '/v1/chat/completions', headers: { authorization: `Bearer ${KEY}` } },
    ])
  })

  test('its key is found under every name', async () => {
    const others = aliases.map((alias) => `${alias.toUpperCase()}_API_KEY`)
    for (const other of [...others, ...keyVariables]) {
      const provider = bound(presetOf(name), { env: { [other]: KEY } })
      await using handle = await provider.setup('acme/small')
      expect(handle.model.info.provider).toBe(name)
    }
    const failure = await failureOf(bound(presetOf(name), { env: {} }).setup('acme/small'))
    expect(failure.message).toBe(`${name}: there is no key: set ${variable}, or give \`apiKeys\`.`)
  })

  test('R-14: its price is looked up under its own name', () => {
    const known = vendors.find(({ names }) => names.includes(name))
    expect(vendorOf(name, baseURL)).toBe(known?.id)
  })
})

describe('mistral refuses what it does not know:', () => {
  test('a seed goes under its own name', async () => {
    await using at = await start('mistral', answering(completion), { seed: 7, maxTokens: 50 })
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.json).toEqual({
      model: 'acme/small',
      messages: [{ role: 'user', content: 'Hi' }],
      random_seed: 7,
      max_tokens: 50,
    })
  })

  test('a stream is not asked for its usage, which comes all the same', async () => {
    const choices = [{ index: 0, delta: { content: 'Hello' }, finish_reason: 'stop' }]
    const usage = { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 }
    await using at = await start('mistral', answering(streaming({ choices, usage })))
    const { response } = await readStream(at.model, 'Hi')
    expect(response.usage).toEqual({ inputTokens: 9, outputTokens: 1 })
    expect(at.server.requests[0]!.json).toEqual({
      model: 'acme/small',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
    })
  })
})

describe('deepinfra', () => {
  test.for([
    [0.0000268, 0.0000268],
    [undefined, null],
    ['free', null],
    [-1, null],
  ] as const)('says what a response cost: %j', async ([cost, costUsd]) => {
    const body = { ...completion.body, usage: { ...completion.body.usage, estimated_cost: cost } }
    await using at = await start('deepinfra', answering({ body }))
    expect(await at.model.generate('Hi')).toMatchObject({ costUsd })
  })
})

describe('an end of a choice is', () => {
  const ending = (reason: string) => ({
    body: { choices: [{ message: { content: 'Vienna is' }, finish_reason: reason }] },
  })

  test.for([
    ['deepseek', 'insufficient_system_resource'],
    ['zai', 'network_error'],
    ['mistral', 'error'],
  ] as const)("a failure of %s itself, and no text: '%s'", async ([name, reason]) => {
    await using at = await start(name, answering(ending(reason)))
    const failure = await failureOf(at.model.generate('Hi'), KEY)
    expect(failure).toMatchObject({ kind: 'server', message: `${name}: API error (${reason})` })
  })

  test("the filter of zai: 'sensitive'", async () => {
    await using at = await start('zai', answering(ending('sensitive')))
    expect(await at.model.generate('Hi')).toMatchObject({
      text: 'Vienna is',
      finishReason: 'content_filter',
      blocked: { source: 'finish_reason' },
    })
  })
})

test('no two providers of the table have a name in common', () => {
  const names = table.flatMap(({ name, aliases = [] }) => [name, ...aliases])
  expect(names).toEqual([...new Set(names)])
})

test('the table is that of the documentation', async () => {
  const page = await readFile('docs/models.md', 'utf8')
  const [, row] = /^\| (`cerebras`[^|]+) \|/m.exec(page)!
  expect(row!.split(', ')).toEqual(table.map(({ name }) => `\`${name}\``))
})

test('the differences of the table are there for any server', async () => {
  await using at = await serveModel(
    openaiCompatible({ name: 'acme', baseURL: ({ ACME_API_BASE: base }) => base! }),
    {
      model: 'small',
      handler: answering(completion),
      env: (url) => ({ ACME_API_BASE: url }),
      options: () => ({ seedField: 'random_seed', streamUsage: false }),
    },
  )
  await at.model.stream('Hi', { seed: 3 }).response
  expect(at.server.requests[0]!.json).toEqual({
    model: 'small',
    messages: [{ role: 'user', content: 'Hi' }],
    random_seed: 3,
    stream: true,
  })
})

/** A short stream: what is the same for all is looked at in contract.test.ts. */
const replies: ProviderReplies = {
  ...openaiReplies!,
  stream: {
    body: String(
      streaming(
        { choices: [{ delta: { content: 'Hello' } }] },
        { choices: [{ delta: {}, finish_reason: 'stop' }] },
      ).body,
    ),
    expect: { text: 'Hello', usage: null },
  },
}

/** All in CI. Elsewhere those that have more of their own than a name and an address, and one that has not. */
const contracted = process.env['CI']
  ? presets
  : presets.filter(({ name }) => ['deepinfra', 'groq', 'mistral'].includes(name))

// they wait for their servers most of the time
describe.concurrent('the contract of', () => {
  for (const preset of contracted) {
    const prefix = preset.name.toUpperCase()
    testProvider(preset, {
      model: 'small',
      env: (baseURL, key) => ({
        [`${prefix}_API_BASE`]: `${baseURL}/v1`,
        [`${prefix}_API_KEY`]: key,
      }),
      replies,
    })
  }
})
