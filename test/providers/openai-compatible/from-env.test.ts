import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { providersFromEnv } from '../../../providers/openai-compatible/from-env.ts'
import { builtIn } from '../../../providers/built-in.ts'
import { createDesk } from '../../../src/broker/desk.ts'
import { AssayError } from '../../../src/model/error.ts'
import type { ProviderSurroundings } from '../../../src/provider/definition.ts'
import { bindProviders, type Providers } from '../../../src/provider/providers.ts'
import { createSeam } from '../../../src/request/seam.ts'
import { type HttpServer, serve } from '../../support/http-server.ts'

type Env = Readonly<Record<string, string | undefined>>

function registryOf(env: Env, surroundings: Partial<ProviderSurroundings> = {}): Providers {
  return bindProviders({ providers: builtIn, fromEnv: providersFromEnv, env, ...surroundings })
}

function namesOf(env: Env): string[] {
  return providersFromEnv(env).map(({ name }) => name)
}

function answering(): Promise<HttpServer> {
  const choices = [{ message: { content: 'Hello' }, finish_reason: 'stop' }]
  return serve(() => ({ body: { choices } }))
}

async function problemOf(env: Env, spec: string): Promise<string> {
  const error: unknown = await registryOf(env)
    .setup(spec)
    .then(
      () => expect.fail('the set-up did not fail'),
      (reason: unknown) => reason,
    )
  expect(AssayError.is(error) && error.kind).toBe('config')
  return (error as AssayError).message
}

test('R-01: a base URL and a key make a provider', async () => {
  await using server = await answering()
  await using handle = await registryOf({
    ACME_API_BASE: `${server.url}/v1`,
    ACME_API_KEY: 'invented',
  }).setup('acme/vendor/small:1')
  expect(await handle.model.generate('Hi')).toMatchObject({
    text: 'Hello',
    provider: 'acme',
    model: 'vendor/small:1',
    costUsd: null,
  })
  expect(server.requests).toMatchObject([
    {
      url: '/v1/chat/completions',
      headers: { authorization: 'Bearer invented' },
      json: { model: 'vendor/small:1' },
    },
  ])
})

test('R-02: names are lower-cased, and their variables found however they are spelled', async () => {
  await using server = await answering()
  const env = {
    OPencode_API_KEY: 'sk-your-opencode-key',
    OPencode_API_BASE: server.url,
    IFLOW_API_KEY: 'sk-iflow-key',
    IFLOW_API_BASE: 'https://apis.iflow.cn/v1',
    MY_own_server_API_BASE: 'http://127.0.0.1:9/v1',
  }
  expect(namesOf(env)).toEqual(['opencode', 'iflow', 'my_own_server'])
  await using handle = await registryOf(env).setup('opencode/big-pickle')
  await handle.model.generate('Hi')
  expect(server.requests[0]!.headers.authorization).toBe('Bearer sk-your-opencode-key')
})

test('R-02: two spellings with one value are one variable', async () => {
  await using server = await answering()
  const env = { Acme_API_BASE: server.url, ACME_API_BASE: `${server.url} `, acme_API_KEY: 'one' }
  expect(namesOf(env)).toEqual(['acme'])
  await using handle = await registryOf(env).setup('acme/small')
  await handle.model.generate('Hi')
  expect(server.requests[0]!.headers.authorization).toBe('Bearer one')
})

test.for([
  [
    { Acme_API_BASE: 'http://127.0.0.1:9/v1', ACME_API_BASE: 'http://127.0.0.1:8/v1' },
    'Acme_API_BASE and ACME_API_BASE are one variable with two values; remove one of them.',
  ],
  [
    { ACME_API_BASE: 'http://127.0.0.1:9', ACME_API_KEY_1: 'one', acme_API_KEY_1: 'two' },
    'ACME_API_KEY_1 and acme_API_KEY_1 are one variable with two values; remove one of them.',
  ],
] as const)(
  'R-02: two spellings with different values are an error at set-up: %j',
  async ([env, message]) => {
    expect(namesOf(env)).toEqual(['acme'])
    expect(await problemOf(env, 'acme/small')).toBe(message)
  },
)

test('R-03: only what ends in _API_BASE, with a name before it and a value, makes a provider', () => {
  const base = 'http://127.0.0.1:9/v1'
  expect(
    namesOf({
      FOO_API_BASE_URL: base,
      BAR_api_base: base,
      BAZ_API_BASES: base,
      _API_BASE: base,
      EMPTY_API_BASE: '',
      BLANK_API_BASE: ' ',
      UNSET_API_BASE: undefined,
      API_BASE: base,
      RIGHT_API_BASE: base,
    }),
  ).toEqual(['right'])
})

test.for([
  ['invented-secret', 'expected an http(s) URL, as in http://127.0.0.1:8080/v1.'],
  ['ftp://invented-secret/v1', 'expected an http(s) URL, as in http://127.0.0.1:8080/v1.'],
  [
    'https://invented-secret/v1/chat/completions',
    'the base URL ends before /chat/completions; leave that part out.',
  ],
  [
    'https://invented-secret:word@acme.test/v1',
    'a URL cannot carry a password; give a key or a header.',
  ],
] as const)(
  'R-03: a wrong base URL is an error that names the variable alone: %s',
  async ([value, problem]) => {
    expect(await problemOf({ Acme_API_BASE: value }, 'acme/small')).toBe(
      `Acme_API_BASE: ${problem}`,
    )
  },
)

test('R-03: what is wrong with one provider does not touch another', async () => {
  await using server = await answering()
  const registry = registryOf({ BROKEN_API_BASE: 'nonsense', ACME_API_BASE: server.url })
  await using handle = await registry.setup('acme/small')
  expect(await handle.model.generate('Hi')).toMatchObject({ text: 'Hello' })
  await expect(registry.setup('broken/small')).rejects.toThrow('BROKEN_API_BASE')
  await expect(registry.get('broken').listModels!()).rejects.toThrow('BROKEN_API_BASE')
  expect(server.requests).toHaveLength(1)
})

test('R-03a: a base URL alone is enough, and no key is sent', async () => {
  await using server = await answering()
  const env = { LOCAL_API_BASE: server.url, OPENAI_API_KEY: 'invented', LOCAL_API_KEY: ' ' }
  await using handle = await registryOf(env).setup('local/small')
  expect(await handle.model.generate('Hi')).toMatchObject({ text: 'Hello' })
  expect(server.requests[0]!.headers).not.toHaveProperty('authorization')
})

test.for([
  ['MISTRAL', 'https://gateway.test/v1', 'gateway.test', 'mistral.ai'],
  ['Groq', 'https://api.groq.com.gateway.test/v1', 'api.groq.com.gateway.test', 'groq.com'],
  ['NVIDIA', 'https://notnvidia.com/v1', 'notnvidia.com', 'nvidia.com'],
  ['COHERE', 'http://192.168.0.1:8080/v1', '192.168.0.1', 'cohere.com or cohere.ai'],
  ['Google', 'https://gateway.test/v1beta', 'gateway.test', 'googleapis.com'],
  ['OPENROUTER', 'https://gateway.test/v1', 'gateway.test', 'openrouter.ai'],
  ['CHUTES', 'https://gateway.test/v1', 'gateway.test', 'chutes.ai'],
  ['OpenAI', 'https://gateway.test/v1', 'gateway.test', 'openai.com'],
  ['ANTHROPIC', 'https://gateway.test', 'gateway.test', 'anthropic.com'],
] as const)(
  "R-04, X-19: the key of a vendor does not go to another's host: %s_API_BASE=%s",
  async ([name, base, host, domains]) => {
    const vendor = name.toLowerCase()
    const env = { [`${name}_API_BASE`]: base, [`${name}_API_KEY`]: 'invented' }
    expect(await problemOf(env, `${vendor}/small`)).toBe(
      `${name}_API_BASE would send the key of ${vendor} to ${host}, which is neither of ${domains} nor ` +
        `local. Give that server a name of its own, as in MY_${name.toUpperCase()}_API_BASE.`,
    )
  },
)

test('R-04, X-19: an alias of a vendor is the vendor', async () => {
  const env = { GEMINI_API_BASE: 'https://gateway.test', GEMINI_API_KEY: 'invented' }
  expect(namesOf(env)).toEqual([])
  expect(await problemOf(env, 'gemini/small')).toContain(
    'GEMINI_API_BASE would send the key of google to gateway.test',
  )
})

test('R-04: the base URL of a vendor goes to its provider, which is no custom one', async () => {
  await using server = await answering()
  const env = { Groq_API_BASE: `${server.url}/v1`, GROQ_API_KEY: 'invented' }
  expect(namesOf(env)).toEqual([])
  await using handle = await registryOf(env).setup('groq/small')
  expect(await handle.model.generate('Hi')).toMatchObject({ text: 'Hello', provider: 'groq' })
  expect(server.requests).toMatchObject([
    { url: '/v1/chat/completions', headers: { authorization: 'Bearer invented' } },
  ])
})

test('R-04: a server of a name of its own gets a key of its own', async () => {
  await using server = await answering()
  const env = { MY_GROQ_API_BASE: server.url, MY_GROQ_API_KEY: 'own', GROQ_API_KEY: 'invented' }
  await using handle = await registryOf(env).setup('my_groq/small')
  await handle.model.generate('Hi')
  expect(server.requests[0]!.headers.authorization).toBe('Bearer own')
})

test.for([
  'https://api.mistral.ai/v1',
  'https://eu.api.mistral.ai/v1',
  'http://localhost:8080/v1',
  'http://127.1.2.3:8080/v1',
  'http://[::1]:8080/v1',
])('R-04: the key of a vendor goes to its own host and to this machine: %s', async (base) => {
  const registry = registryOf({ MISTRAL_API_BASE: base, MISTRAL_API_KEY: 'invented' })
  await using handle = await registry.setup('mistral/small')
  expect(handle.model.info.spec).toBe('mistral/small')
})

test('R-04: a variable moves no key that stands elsewhere', async () => {
  const models = {
    file: {
      source: 'assay.config.yaml',
      models: { 'groq/llama': [{ options: { apiKey: 'gsk-invented' } }] },
    },
  }
  const env = { ASSAY_GROQ_BASE_URL: 'https://gateway.test/v1' }
  await expect(registryOf(env, { models }).setup('groq/llama')).rejects.toMatchObject({
    kind: 'config',
    message: expect.stringContaining('would send its key to gateway.test') as string,
  })
  const beside = { ...env, ASSAY_GROQ_API_KEY: 'gateway-key' }
  await using handle = await registryOf(beside).setup('groq/llama')
  expect(handle.model.info.spec).toBe('groq/llama')
})

test('R-04: a vendor gets its key over https alone', async () => {
  const env = { GROQ_API_BASE: 'http://api.groq.com/openai/v1', GROQ_API_KEY: 'gsk-invented' }
  const message = await problemOf(env, 'groq/llama')
  expect(message).toBe(
    'groq: GROQ_API_BASE would send its key over the network as it is; write https://api.groq.com.',
  )
})

test('R-03a: a vendor without a key is an error, where its own server is asked', async () => {
  const env = { MISTRAL_API_BASE: 'https://api.mistral.ai/v1' }
  expect(await problemOf(env, 'mistral/small')).toBe(
    'mistral: there is no key: set MISTRAL_API_KEY, or give `apiKeys`.',
  )
})

test('R-04: a built-in provider reads its own variables', () => {
  const base = 'http://127.0.0.1:9/v1'
  expect(namesOf({ OPENAI_API_BASE: base, Anthropic_API_BASE: base, ACME_API_BASE: base })).toEqual(
    ['acme'],
  )
})

test('R-05: keys are taken in the order of their numbers, the one without a number first', async () => {
  await using server = await serve(() => ({ status: 401, body: { error: 'No.' } }))
  const env = {
    ACME_API_BASE: server.url,
    ACME_API_KEY_10: 'ten',
    ACME_API_KEY_2: ' two ',
    ACME_API_KEY_1: 'one',
    ACME_API_KEY: 'unsuffixed',
    ACME_API_KEY_3: '',
    ACME_API_KEY_4: 'two',
    ACME_API_KEY_PATH: 'no key',
    ACME_API_KEY_OLD: 'no key',
  }
  const seam = createSeam({ desk: createDesk({ random: () => 0 }), random: () => 0 })
  await using handle = await registryOf(env, { seam }).setup('acme/small')
  await expect(handle.model.generate('Hi')).rejects.toThrow('API error (401)')
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer unsuffixed',
    'Bearer one',
    'Bearer two',
    'Bearer ten',
  ])
})

test('R-05: a key that is given twice is warned of once', async () => {
  const warnings: string[] = []
  const note = ({ message }: Error) => void warnings.push(message)
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  const registry = registryOf({
    TWICE_API_BASE: 'http://127.0.0.1:9/v1',
    TWICE_API_KEY: 'invented',
    TWICE_API_KEY_7: 'invented',
  })
  for (const model of ['small', 'large']) {
    const handle = await registry.setup(`twice/${model}`)
    await handle.teardown()
  }
  await new Promise((resolve) => setImmediate(resolve)) // warnings come in the next tick
  expect(warnings).toEqual(['twice: TWICE_API_KEY_7 holds the same key as TWICE_API_KEY.'])
})

test('R-05: NAME_API_KEY_FILE names the file that holds the key', async () => {
  await using server = await answering()
  const folder = await mkdtemp(join(tmpdir(), 'assay-key-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'key'), 'of the file\n')
  const env = { ACME_API_BASE: server.url, ACME_API_KEY_FILE: join(folder, 'key') }
  await using handle = await registryOf(env).setup('acme/small')
  await handle.model.generate('Hi')
  expect(server.requests[0]!.headers.authorization).toBe('Bearer of the file')
})

test('R-05: a file with a key that is not there is an error at set-up', async () => {
  const env = { ACME_API_BASE: 'http://127.0.0.1:9/v1', Acme_API_KEY_FILE: '/no/such/key' }
  expect(await problemOf(env, 'acme/small')).toContain(
    'Acme_API_KEY_FILE: the file with the key cannot be read: ENOENT',
  )
})

test('R-06: digits before _API_ belong to the name, digits behind _API_KEY_ count the keys', async () => {
  await using one = await answering()
  await using two = await answering()
  const registry = registryOf({
    ACME1_API_BASE: one.url,
    ACME1_API_KEY: 'of acme1',
    ACME_API_BASE: two.url,
    ACME_API_KEY_1: 'of acme',
  })
  expect(registry.names.filter((name) => name.startsWith('acme'))).toEqual(['acme1', 'acme'])
  for (const spec of ['acme1/small', 'acme/small']) {
    await using handle = await registry.setup(spec)
    await handle.model.generate('Hi')
  }
  expect(one.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer of acme1'])
  expect(two.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer of acme'])
})

test('R-07: keys without a base URL make no provider, whatever their names hold', () => {
  const base = 'http://127.0.0.1:9/v1'
  expect(
    namesOf({
      SENTRY_API_KEY: 'invented',
      MY_API_KEY_STORE_API_KEY: 'invented',
      MY_API_KEY_STORE_API_BASE: base,
    }),
  ).toEqual(['my_api_key_store'])
})

test('R-13: a model is used without asking for the list of models', async () => {
  await using server = await serve(({ url }) =>
    url.endsWith('/models')
      ? { status: 404 }
      : { body: { choices: [{ message: { content: 'Hello' } }] } },
  )
  await using handle = await registryOf({ ACME_API_BASE: server.url }).setup('acme/anything')
  expect(await handle.model.generate('Hi')).toMatchObject({ text: 'Hello' })
  expect(server.requests.map(({ url }) => url)).toEqual(['/chat/completions'])
})

test.for(['gpt-4o', 'my-gpt-4o-clone', 'openai/gpt-4o', 'claude-sonnet-4-5'])(
  'R-14: what a model of a custom provider costs is unknown, whatever its name says: %s',
  async (name) => {
    const choices = [{ message: { content: 'Hello' }, finish_reason: 'stop' }]
    const usage = {
      prompt_tokens: 1_000_000,
      completion_tokens: 1_000_000,
      total_tokens: 2_000_000,
    }
    await using server = await serve(() => ({ body: { choices, usage } }))
    const env = { ACME_API_BASE: server.url }
    await using handle = await registryOf(env).setup(`acme/${name}`)
    expect(await handle.model.generate('Hi')).toMatchObject({ costUsd: null })

    const prices = { [`acme/${name}`]: { input: 2, output: 3 } }
    await using own = await registryOf(env, { prices }).setup(`acme/${name}`)
    expect(await own.model.generate('Hi')).toMatchObject({ costUsd: 5 })
  },
)

test('R-15: a custom provider keeps its name, in responses and in errors', async () => {
  const choices = [{ message: { content: 'Hello' }, finish_reason: 'stop' }]
  const replies = [{ body: { choices, model: 'gpt-5' } }, { status: 400, body: { error: 'No.' } }]
  await using server = await serve(() => replies.shift())
  const env = { OPencode_API_BASE: server.url, OPENCODE_API_KEY: 'invented' }
  await using handle = await registryOf(env).setup('opencode/big-pickle')
  expect(handle.model.info).toMatchObject({ provider: 'opencode', spec: 'opencode/big-pickle' })
  expect(await handle.model.generate('Hi')).toMatchObject({
    provider: 'opencode',
    model: 'big-pickle',
    servedBy: 'gpt-5',
  })
  await expect(handle.model.generate('Hi')).rejects.toMatchObject({
    provider: 'opencode',
    message: 'opencode: API error (400): No.',
  })
})

test('the environment is only read', () => {
  const env = Object.freeze({
    ACME_API_BASE: ' http://127.0.0.1:9/v1 ',
    ACME_API_KEY: ' invented ',
  })
  expect(namesOf(env)).toEqual(['acme'])
  expect(JSON.stringify(providersFromEnv(env))).not.toContain('invented')
})
