// The configuration of the systems that came before this one runs as their guides give it: each file of `seeds/` is
// a block of one of them, word for word. Only the addresses are those of a server of the test.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import * as v from 'valibot'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createProviders, type CreateProvidersOptions } from '../../providers/create-providers.ts'
import { providersFromEnv } from '../../providers/openai-compatible/from-env.ts'
import { loadConfig } from '../../src/config/file/load.ts'
import { createModel } from '../../src/model/create-model.ts'
import { defineProvider } from '../../src/provider/define-provider.ts'
import { keysOf } from '../../src/provider/keys.ts'
import type { Providers } from '../../src/provider/providers.ts'
import { createProject } from '../support/project.ts'
import { loadText, problemOf } from './file/load-text.ts'
import { type VendorsServer, vendorsServer } from './vendors-server.ts'

const folder = join(import.meta.dirname, 'seeds')
const textOf = (name: string) => readFileSync(join(folder, name), 'utf8')
const envOf = (name: string) => parseEnv(textOf(name)) as Record<string, string>

function providersOf(options: CreateProvidersOptions): Providers {
  const providers = createProviders(options)
  onTestFinished(() => providers.teardownAll())
  return providers
}

async function ask(providers: Providers, spec: string): Promise<void> {
  await using handle = await providers.setup(spec)
  expect(await handle.model.generate('why?')).toMatchObject({ text: 'yes' })
}

/** The last request that a vendor got. */
function lastOf(server: VendorsServer, vendor: string) {
  const { headers, json } = server.asked(vendor).at(-1)!
  return { authorization: headers.authorization, ...json }
}

const user = { role: 'user', content: 'why?' }

describe('custom providers of the environment', () => {
  test.for([
    ['complete', { opencode: ['sk-your-opencode-key'], iflow: ['sk-iflow-key'] }],
    ['opencode', { opencode: ['sk-invented-key-for-examples'] }],
    ['iflow', { iflow: ['sk-invented-key-for-examples'] }],
    ['providers', { providera: ['sk-key-a'], providerb: ['sk-key-b'] }],
    ['keys', { opencode: ['sk-first-key', 'sk-second-key', 'sk-third-key'] }],
    ['production', { opencode: ['sk-your-opencode-key'], iflow: ['sk-your-iflow-key'] }],
    ['numbers', { provider1: ['sk-key-1'], provider2: ['sk-key-2'], myllm: ['sk-key-3'] }],
    ['together', {}],
    ['perplexity', {}],
    ['yourprovider', { yourprovider: ['your-api-key'] }],
    ['combined', { opencode: ['sk-key'] }],
    ['migration', {}],
  ] as const)('R-02: 003-%s.env defines them, with their keys', ([name, expected]) => {
    const env = envOf(`003-${name}.env`)
    const found = providersFromEnv(env).map((provider) => [
      provider.name,
      keysOf({ name: provider.name, env }).map((key) => key.reveal()),
    ])
    expect(Object.fromEntries(found)).toEqual(expected)
  })

  test('R-04: a name of the guide that is built in by now takes its key from there', async () => {
    for (const name of ['together', 'perplexity']) {
      const providers = providersOf({ env: envOf(`003-${name}.env`) })
      await using handle = await providers.setup(`${name}/some/model`)
      expect(handle.model.info.spec).toBe(`${name}/some/model`)
    }
  })

  test.for([
    ['complete', 'opencode/big-pickle', 'sk-your-opencode-key', 'big-pickle', 'high'],
    ['complete', 'iflow/GLM-4.6', 'sk-iflow-key', 'glm-4.6', 'high'],
    ['complete', 'iflow/DS-R1', 'sk-iflow-key', 'deepseek-r1', 'high'],
    ['opencode', 'opencode/big-pickle', 'sk-invented-key-for-examples', 'big-pickle', 'high'],
    ['providers', 'providera/gpt-4', 'sk-key-a', 'gpt-4', undefined],
    ['production', 'iflow/DS-R1', 'sk-your-iflow-key', 'deepseek-r1', 'high'],
    ['numbers', 'provider1/custom-model-name', 'sk-key-1', 'custom-model-name', undefined],
    ['yourprovider', 'yourprovider/model-name', 'your-api-key', 'model-name', undefined],
    ['combined', 'opencode/big-pickle', 'sk-key', 'big-pickle', undefined],
  ] as const)(
    'R-09, R-10: 003-%s.env: %s is asked with its key, its id and its options',
    async ([name, spec, key, id, effort]) => {
      const server = await vendorsServer()
      await ask(providersOf({ env: at(server, envOf(`003-${name}.env`)) }), spec)
      expect(lastOf(server, spec.split('/')[0]!)).toEqual({
        authorization: `Bearer ${key}`,
        model: id,
        messages: [user],
        ...(effort && { reasoning_effort: effort }),
      })
    },
  )

  test('R-10: an option that is none of a request’s common ones is sent too', async () => {
    const server = await vendorsServer()
    const providers = providersOf({ env: at(server, envOf('003-providers.env')) })
    await ask(providers, 'providerb/claude-3')
    expect(lastOf(server, 'providerb')).toMatchObject({
      model: 'claude-3-opus-20240229',
      temperature: 0.1,
    })
  })

  test('R-08: JSON of several lines wants quotes in a .env file, which its error says', async () => {
    const server = await vendorsServer()
    const text = textOf('003-iflow.env')
    const broken = providersOf({ env: at(server, envOf('003-iflow.env')) })
    await expect(broken.setup('iflow/K2')).rejects.toMatchObject({
      kind: 'config',
      message:
        'IFLOW_MODELS: the value is { alone: put JSON of several lines into single quotes in a .env file.',
    })
    const quoted = parseEnv(text.replace('={', "='{").replace(/\}\s*$/, "}'")) as Record<
      string,
      string
    >
    const providers = providersOf({ env: at(server, quoted) })
    for (const name of ['GLM-4.6', 'Qwen3-Coder-Plus', 'DS-R1', 'K2']) {
      await ask(providers, `iflow/${name}`)
    }
    expect(
      server.asked('iflow').map(({ json }) => [json['model'], json['reasoning_effort']]),
    ).toEqual([
      ['glm-4.6', 'high'],
      ['qwen3-coder-plus', undefined],
      ['deepseek-r1', 'high'],
      ['kimi-k2', undefined],
    ])
  })

  test('R-08: the form of a definition is understood, and one that is no JSON has a place', async () => {
    const server = await vendorsServer()
    const env = { LAB_API_BASE: 'x', LAB_MODELS: textOf('003-definitions.json') }
    await ask(providersOf({ env: at(server, env) }), 'lab/model_name')
    expect(lastOf(server, 'lab')).toMatchObject({
      model: 'api-model-id',
      reasoning_effort: 'high',
      temperature: 0.1,
      max_tokens: 4096,
    })
    const reference = textOf('003-options.txt')
    const wrong = providersOf({ env: at(server, { ...env, LAB_MODELS: reference }) })
    const place = reference.indexOf('0.0-2.0') + '0.0-'.length
    await expect(wrong.setup('lab/model_name')).rejects.toThrow(
      `LAB_MODELS: it is no JSON from character ${place} on.`,
    )
  })
})

describe('configuration files', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'))

  test.for(files.filter((name) => !name.startsWith('004')))(
    '%s is read without an error',
    (name) => {
      expect(loadConfig(join(folder, name), { env: {} }).warnings).toEqual([])
    },
  )

  test.for([
    ['structure', { 'provider/model-name': { api_parameter: 'value' } }],
    [
      'reasoning',
      {
        'opencode/big-pickle': { reasoning_effort: 'high' },
        'iflow/DS-R1': { reasoning_effort: 'high' },
        'gemini/gemini-2.5-pro': { reasoning_effort: 'high' },
      },
    ],
    ['migration', { 'opencode/big-pickle': { reasoning_effort: 'high' } }],
  ] as const)('R-44, R-46: 003-%s.yaml says what is sent besides', ([name, expected]) => {
    const { modelConfigs } = loadConfig(join(folder, `003-${name}.yaml`))
    const fields = Object.entries(modelConfigs).map(([spec, [said]]) => [spec, said!.fields])
    expect(Object.fromEntries(fields)).toEqual(expected)
  })

  test.for([
    ['concurrency', { default: 10, opencode: 2, iflow: 5, gemini: 20, openai: 5 }],
    ['limit', { opencode: 2 }],
    ['start-low', { yourcustomprovider: 2 }],
    ['complete', { default: 10, opencode: 2, iflow: 5, gemini: 20 }],
  ] as const)('R-48, R-49: 003-%s.yaml says how much at once', ([name, expected]) => {
    expect(loadConfig(join(folder, `003-${name}.yaml`)).concurrency).toEqual(expected)
  })

  test('R-42, R-43: 003-roles.yaml names judge and fixer', () => {
    expect(loadConfig(join(folder, '003-roles.yaml'))).toMatchObject({
      judge: 'opencode/big-pickle',
      fixer: 'iflow/DS-R1',
    })
  })

  test('R-52: environment, options of models and limits work together', async () => {
    const server = await vendorsServer()
    const said: string[] = []
    const providers = providersOf({
      env: at(server, envOf('003-combined.env')),
      config: await loadText(textOf('003-behaviour.yaml') + textOf('003-limit.yaml')),
      notice: (line) => void said.push(line),
    })
    await using handle = await providers.setup('opencode/big-pickle')
    await handle.model.batch(Array.from({ length: 8 }, () => 'why?'))
    expect(lastOf(server, 'opencode')).toEqual({
      authorization: 'Bearer sk-key',
      model: 'big-pickle',
      reasoning_effort: 'high',
      messages: [{ role: 'system', content: 'detailed thinking on' }, user],
    })
    expect(server.most('opencode')).toBe(2)
    expect(said).toContain('Using provider-specific concurrency: 2 for opencode')
  })

  test('R-44: 003-instruction.yaml tells its model how to think', async () => {
    const server = await vendorsServer()
    const env = at(server, { YOURCUSTOMPROVIDER_API_BASE: 'x' })
    const providers = providersOf({ env, config: join(folder, '003-instruction.yaml') })
    await ask(providers, 'yourcustomprovider/model')
    expect(lastOf(server, 'yourcustomprovider')).toMatchObject({
      messages: [{ role: 'system', content: 'Think step by step before answering.' }, user],
    })
  })
})

test('R-41, R-49, R-52: 003-complete.yaml with 003-production.env runs four models, a judge and their limits', async () => {
  const server = await vendorsServer()
  await using project = await createProject({
    'assay.config.yaml': textOf('003-complete.yaml'),
    '.env': textOf('003-production.env'),
    'a.eval.ts': `
      import { foreach } from 'vitest-assay'
      const rows = Array.from({ length: 24 }, (_, i) => ({ id: 'r' + i, question: 'why ' + i + '?' }))
      foreach(rows)('judged', async ({ question }, { model, judge }) => {
        const { text } = await model.generate(question)
        return (await judge.generate(text)).text === 'yes'
      })
    `,
  })
  const bases = at(server, {
    OPencode_API_BASE: '',
    IFLOW_API_BASE: '',
    GEMINI_API_BASE: '',
    ANTHROPIC_API_BASE: '',
  })
  const env = { ...bases, GEMINI_API_KEY: 'invented' }
  const { exitCode, output } = await project.vitest({ env })
  expect(exitCode, output).toBe(0)
  const vendors = ['opencode', 'iflow', 'gemini', 'anthropic']
  expect(vendors.map((vendor) => server.asked(vendor).length)).toEqual([24, 24, 24 + 4 * 24, 24])
  expect(server.most('opencode')).toBe(2)
  expect(server.most('iflow')).toBe(5)
  expect(server.most('gemini')).toBeLessThanOrEqual(20)
  expect(server.most('anthropic')).toBeLessThanOrEqual(10)
  for (const line of ['2 for opencode', '5 for iflow', '20 for google']) {
    expect(output).toContain(`Using provider-specific concurrency: ${line}`)
  }
  expect(lastOf(server, 'opencode')).toMatchObject({
    authorization: 'Bearer sk-your-opencode-key',
    model: 'big-pickle',
    reasoning_effort: 'high',
    messages: [{ role: 'system', content: 'detailed thinking on' }, { role: 'user' }],
  })
  expect(lastOf(server, 'iflow')).toMatchObject({ model: 'deepseek-r1', reasoning_effort: 'high' })
  expect(server.asked('anthropic').at(-1)).toMatchObject({
    headers: { 'x-api-key': 'sk-anthropic-key' },
    json: { model: 'claude-3-5-sonnet' },
  })
  const judged = server.asked('gemini').filter(({ text }) => text.includes('"temperature":0'))
  expect(judged).toHaveLength(4 * 24)
  expect(judged[0]!.url).toBe('/gemini/v1beta/models/gemini-2.5-pro:generateContent')
  const { evals } = await project.summary()
  expect(evals.map(({ model, outcomes }) => [model, outcomes.scored])).toEqual([
    ['opencode/big-pickle', 24],
    ['iflow/DS-R1', 24],
    ['gemini/gemini-2.5-pro', 24],
    ['anthropic/claude-3-5-sonnet', 24],
  ])
})

describe('001-models.yaml', () => {
  const answers = {
    '/api/version': { version: '0.13.0' },
    '/api/tags': { models: [{ name: 'llama2:7b' }] },
  }
  const keys = {
    OPENAI_API_KEY: 'sk-openai',
    ANTHROPIC_API_KEY: 'sk-anthropic',
    OPENAI_ORG_ID: 'org-1',
  }

  async function started(env: Readonly<Record<string, string>> = keys) {
    const server = await vendorsServer('yes', ({ url }) =>
      Object.hasOwn(answers, url) ? { body: answers[url as keyof typeof answers] } : undefined,
    )
    const bases = at(server, { OPENAI_API_BASE: '', ANTHROPIC_API_BASE: '' })
    const port = { ASSAY_OLLAMA_PORT: new URL(server.url('')).port } // in place of the usual one
    const config = join(folder, '001-models.yaml')
    return { server, providers: providersOf({ env: { ...bases, ...port, ...env }, config }) }
  }

  test('O-38: 001-models.yaml has a model of each of three providers, by its name', async () => {
    const { server, providers } = await started()
    await ask(providers, 'gpt-4')
    await ask(providers, 'claude-3-opus')
    await ask(providers, 'ollama/local-llama')
    expect(server.asked('openai')).toMatchObject([
      {
        headers: { authorization: 'Bearer sk-openai', 'openai-organization': 'org-1' },
        json: { model: 'gpt-4', messages: [user] },
      },
    ])
    expect(server.asked('anthropic')).toMatchObject([
      { headers: { 'x-api-key': 'sk-anthropic' }, json: { model: 'claude-3-opus' } },
    ])
    const chats = server.asked('api').filter(({ url }) => url === '/api/chat')
    expect(chats).toMatchObject([{ json: { model: 'llama2:7b', messages: [user] } }])
  })

  test('O-18: 001-models.yaml says what its models can, and what they cost', async () => {
    const { providers } = await started()
    await using handle = await providers.setup('gpt-4')
    expect(handle.model.info).toMatchObject({
      spec: 'openai/gpt-4',
      capabilities: { text: true, code: true, maxOutputTokens: 8192 },
    })
    const { prices, modelConfigs } = loadConfig(join(folder, '001-models.yaml'), { env: {} })
    expect(prices).toEqual({ 'openai/gpt-4': { input: 30, output: 30 } })
    expect(modelConfigs['openai/gpt-4']).toMatchObject([{ options: { limits: { rpm: 100 } } }])
  })

  test('O-39: a variable that is missing is an error of its own model', async () => {
    const { OPENAI_ORG_ID: _, ...rest } = keys
    const { server, providers } = await started(rest)
    await ask(providers, 'claude-3-opus')
    await expect(providers.setup('gpt-4')).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringMatching(
        /001-models\.yaml:7:21: the environment has no OPENAI_ORG_ID: set it, or give a default/,
      ) as string,
    })
    expect(server.asked('openai')).toEqual([])
  })
})

describe('004-response-model.yaml', () => {
  const block = textOf('004-response-model.yaml')
  const registration = 'models: [{ name: my-custom-model, provider: acme }]\n'

  /** The model class of the guide: a provider with an option of its own. */
  const acme = defineProvider({
    name: 'acme',
    options: v.strictObject({ apiKey: v.string(), customParam: v.string() }),
    setup: (name, { apiKey, customParam }) =>
      createModel({
        provider: 'acme',
        name,
        generate: async () => ({ text: `${apiKey} ${customParam}` }),
      }),
  })

  test('H-26: 004-response-model.yaml is the model that evals run on, where its name is one of the list', async () => {
    const config = await loadText(registration + block)
    expect(config.model).toBe('acme/my-custom-model')
    await using handle = await providersOf({ config, providers: [acme], env: {} }).setup(
      config.model!,
    )
    expect((await handle.model.generate('why?')).text).toBe('YOUR_KEY value')
  })

  test('H-26: the key of 004-response-model.yaml stands in the file, which is warned of', async () => {
    const { warnings } = await loadText(registration + block)
    expect(warnings).toEqual([expect.stringContaining(':5:5: a key stands in the file (***)')])
    expect(warnings.join('')).not.toContain('YOUR_KEY')
  })

  test('H-26: 004-response-model.yaml without that list is an error with its place', async () => {
    expect(await problemOf(block)).toMatch(
      /^assay\.config\.yaml:2:3: A model is named `provider\/model-name`.*got "my-custom-model"/,
    )
  })
})

/** The same variables, with each base URL below the server's, by the name of its provider. */
function at(server: VendorsServer, env: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(env).map(([name, value]) => {
    const provider = /^(.+)_API_BASE$/.exec(name)?.[1]?.toLowerCase()
    return [name, provider === undefined ? value : server.url(provider)]
  })
  return Object.fromEntries(entries) as Record<string, string>
}
