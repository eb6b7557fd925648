import { describe, expect, onTestFinished, test } from 'vitest'
import { createProviders } from '../../providers/create-providers.ts'
import { runAssay } from '../cli/run-assay.ts'
import { createFolder } from '../plugin/folder.ts'
import completion from '../responses/openai/completion.json' with { type: 'json' }
import wrongKey from '../responses/openai/wrong-key.json' with { type: 'json' }
import { failureOf } from '../support/failure.ts'
import { type Handler, type HttpServer, serve } from '../support/http-server.ts'

type Env = Readonly<Record<string, string>>

const KEY = 'sk-acme-0123456789'
const answer = { body: completion.body }

async function started(handler: Handler): Promise<HttpServer> {
  const server = await serve(handler)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

/** Providers of an environment, which send a request once. */
function providersOf(env: Env) {
  const providers = createProviders({ env, requests: { default: { attempts: 1 } } })
  onTestFinished(() => providers.teardownAll())
  return providers
}

function acmeAt(baseURL: string, more: Env = {}) {
  return providersOf({ ACME_API_BASE: baseURL, ACME_API_KEY: KEY, ...more })
}

async function saidOf(call: Promise<unknown>): Promise<string> {
  return (await failureOf(call, KEY)).message
}

async function assayConfig(spec: string, env: Env, files = {}) {
  await using folder = await createFolder(files)
  const result = await runAssay(['config', spec, '--json'], { cwd: folder.path, env })
  return {
    ...result,
    options: result.stdout.startsWith('{') ? optionsIn(result.stdout) : undefined,
  }
}

function optionsIn(json: string): object {
  const { model } = JSON.parse(json) as { model: { options: Record<string, { value: unknown }> } }
  const entries = Object.entries(model.options).map(([name, { value }]) => [name, value])
  return Object.fromEntries(entries) as object
}

async function closedPort(): Promise<string> {
  const server = await serve(() => {})
  await server[Symbol.asyncDispose]()
  return server.url
}

test('D-24: one that is not running, a wrong path, a wrong key and a missing model are told apart, each in a sentence', async () => {
  const server = await started(({ url, headers, json }) => {
    if (!url.startsWith('/v1/')) return { status: 404, body: '<title>404 Not Found</title>' }
    if (headers.authorization !== `Bearer ${KEY}`) return { status: 401, body: wrongKey.body }
    if (json['model'] === 'small') return answer
    const message = `The model '${String(json['model'])}' does not exist`
    return { status: 404, body: { error: { message, code: 'model_not_found' } } }
  })
  const ask = async (baseURL: string, key = KEY, model = 'small') => {
    const providers = providersOf({ ACME_API_BASE: baseURL, ACME_API_KEY: key })
    const handle = await providers.setup(`acme/${model}`)
    return handle.model.generate('Hi')
  }
  const failure = async (...given: Parameters<typeof ask>) => {
    const { kind, message } = await failureOf(ask(...given), KEY, 'sk-wrong-0123456789')
    return { kind, message }
  }
  const closed = await closedPort()
  expect({
    fine: (await ask(`${server.url}/v1`)).text,
    notRunning: await failure(`${closed}/v1`),
    wrongPath: await failure(`${server.url}/api`),
    wrongKey: await failure(`${server.url}/v1`, 'sk-wrong-0123456789'),
    missingModel: await failure(`${server.url}/v1`, KEY, 'smal'),
  }).toEqual({
    fine: 'Vienna is the capital of Austria.',
    notRunning: {
      kind: 'network',
      message: `acme: the connection to ${new URL(closed).host} failed (ECONNREFUSED).`,
    },
    wrongPath: { kind: 'not_found', message: 'acme: API error (404): 404 Not Found' },
    wrongKey: {
      kind: 'auth',
      message: 'acme: API error (401): Incorrect API key provided: KEY.',
    },
    missingModel: {
      kind: 'not_found',
      message: "acme: API error (404): The model 'smal' does not exist",
    },
  })
})

describe('a provider that is not detected', () => {
  test('R-22: its variable must end in _API_BASE', async () => {
    const env = { ACME_API_KEY: KEY, ACME_API_BASE_URL: 'http://127.0.0.1:9/v1' }
    const said =
      /There is no provider `acme`\. .* An OpenAI-compatible server becomes one through ACME_API_BASE\./
    expect(await saidOf(providersOf(env).setup('acme/small'))).toMatch(said)
    const { exitCode, stderr } = await assayConfig('acme/small', env)
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringMatching(said) as string,
    })
  })

  test('R-22: the name of a built-in provider is for its own server', async () => {
    const env = { GROQ_API_KEY: KEY, GROQ_API_BASE: 'https://gateway.test/v1' }
    expect(await saidOf(providersOf(env).setup('groq/small'))).toBe(
      'GROQ_API_BASE would send the key of groq to gateway.test, which is neither of groq.com nor ' +
        'local. Give that server a name of its own, as in MY_GROQ_API_BASE.',
    )
    const own = { MY_GROQ_API_KEY: KEY, MY_GROQ_API_BASE: 'https://gateway.test/v1' }
    expect((await assayConfig('my_groq/small', own)).options).toEqual({
      baseURL: 'https://gateway.test/v1',
      apiKeys: ['***'],
    })
  })

  test('R-22: variables of a .env file need no loading', async () => {
    const files = { '.env': `ACME_API_KEY=${KEY}\nACME_API_BASE=http://127.0.0.1:9/v1\n` }
    const { exitCode, options } = await assayConfig('acme/small', {}, files)
    expect({ exitCode, options }).toEqual({
      exitCode: 0,
      options: { baseURL: 'http://127.0.0.1:9/v1', apiKeys: ['***'] },
    })
  })
})

test('R-22: the cost of a custom provider is unknown and no error, its usage is there', async () => {
  const server = await started(() => answer)
  const { model } = await acmeAt(`${server.url}/v1`).setup('acme/gpt-4')
  const { costUsd, usage } = await model.generate('Hi')
  expect(costUsd).toBeNull()
  expect(usage).toMatchObject({ inputTokens: 1843, outputTokens: 331 })
})

describe('options of a model that are not applied', () => {
  const base = { ACME_API_BASE: 'http://127.0.0.1:9/v1' }

  test.for([
    [
      '{"small": {"id": "s1", "options": {"temperature": 0.1}}',
      'it is no JSON from character 56 on.',
    ],
    [
      '{"small": {"id": "s1", "temperature": 0.1}}',
      'small: expected `id` and `options`, got `temperature`.',
    ],
    ['{', 'the value is { alone: put JSON of several lines into single quotes in a .env file.'],
  ] as const)(
    'R-22: ACME_MODELS=%s says what is wrong, and assay config exits with 2',
    async ([value, said]) => {
      const { exitCode, stderr } = await assayConfig('acme/small', { ...base, ACME_MODELS: value })
      expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: `error: ACME_MODELS: ${said}\n` })
    },
  )

  test('R-22: it is seen whether the name of a model is that of a definition', async () => {
    const env = { ...base, ACME_MODELS: '{"small": {"id": "s1", "options": {"temperature": 0.1}}}' }
    expect((await assayConfig('acme/small', env)).options).toMatchObject({
      id: 's1',
      temperature: 0.1,
    })
    expect((await assayConfig('acme/Small', env)).options).toEqual({ baseURL: base.ACME_API_BASE })
  })

  test('R-22: what is applied reaches the server', async () => {
    const server = await started(() => answer)
    const { model } = await acmeAt(`${server.url}/v1`, {
      ACME_MODELS:
        '{"small": {"id": "s1", "options": {"temperature": 0.1, "presence_penalty": 2}}}',
    }).setup('acme/small')
    await model.generate('Hi')
    expect(server.requests[0]!.json).toMatchObject({
      model: 's1',
      temperature: 0.1,
      presence_penalty: 2,
    })
  })
})

test('R-22: a server that speaks another format is an error, not an answer', async () => {
  const server = await started(() => ({ body: { output: [{ text: 'Hello' }] } }))
  const { model } = await acmeAt(`${server.url}/v1`).setup('acme/small')
  const { kind, message } = await failureOf(model.generate('Hi'), KEY)
  expect({ kind, message }).toEqual({
    kind: 'parse',
    message: 'acme: the response is no chat completion: `choices` holds no message.',
  })
})

describe('a server without a list of models', () => {
  const withoutList: Handler = ({ method }) =>
    method === 'GET' ? { status: 404, body: 'no' } : answer

  test('R-22: listing them is an error that says what to do', async () => {
    const server = await started(withoutList)
    const provider = acmeAt(`${server.url}/v1`).get('acme')
    expect(await saidOf(provider.listModels!())).toBe(
      'acme: the server has no /models; name a model directly, as in acme/model-name.',
    )
  })

  test('R-22: those that are defined are there all the same, and any can be named directly', async () => {
    const server = await started(withoutList)
    const providers = acmeAt(`${server.url}/v1`, { ACME_MODELS: '{"small": {"id": "s1"}}' })
    expect(await providers.get('acme').listModels!()).toEqual([{ id: 's1', name: 'small' }])
    const { model } = await providers.setup('acme/vendor/other')
    expect((await model.generate('Hi')).text).toBe('Vienna is the capital of Austria.')
  })
})

test('R-11: two nested models whose names end alike have options of their own', async () => {
  const server = await started(() => answer)
  const providers = acmeAt(`${server.url}/v1`, {
    ACME_MODELS: JSON.stringify({
      'deepseek-ai/deepseek-v3.1': { id: 'first', options: { temperature: 0.1 } },
      'mirror/deepseek-v3.1': { options: { temperature: 0.9 } },
    }),
  })
  for (const name of ['deepseek-ai/deepseek-v3.1', 'mirror/deepseek-v3.1', 'deepseek-v3.1']) {
    const { model } = await providers.setup(`acme/${name}`)
    expect((await model.generate('Hi')).model).toBe(name)
  }
  expect(server.requests.map(({ json }) => [json['model'], json['temperature']])).toEqual([
    ['first', 0.1],
    ['mirror/deepseek-v3.1', 0.9],
    ['deepseek-v3.1', undefined],
  ])
})
