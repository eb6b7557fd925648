import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createRegistry, type RegistryOptions } from '../../providers/create-registry.ts'
import { scripted } from '../../providers/scripted.ts'
import { loadConfig } from '../../src/config/file/load.ts'
import { createModel } from '../../src/model/create-model.ts'
import { defineProvider } from '../../src/provider/define-provider.ts'
import { createFolder, type Files } from '../plugin/folder.ts'
import { failureOf } from '../support/failure.ts'
import { type HttpServer, type RecordedRequest, type Reply, serve } from '../support/http-server.ts'
import { startProgram } from '../support/start-program.ts'

const config = (message: string | RegExp) =>
  expect.objectContaining({
    kind: 'config',
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  })

async function folderOf(files: Files): Promise<string> {
  const folder = await createFolder(files)
  onTestFinished(() => folder[Symbol.asyncDispose]())
  return folder.path
}

/** A response in OpenAI's format. */
const completion: Reply = {
  body: {
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 },
  },
}
const list: Reply = { body: { data: [{ id: 'm' }] } }
const isList = ({ url }: RecordedRequest) => url === '/v1/models'

/** The provider `lab`, whose server this is. */
function lab(server: HttpServer, options: RegistryOptions = {}): RegistryOptions {
  const env = { LAB_API_BASE: `${server.url}/v1` }
  return { env, requests: { default: { attempts: 1 } }, ...options }
}

describe('a module', () => {
  const handler = `
    export class MyCustomHandler {
      constructor(params) { this.params = params }
      async test_prompt(prompt) {
        return { success: true, response: this.params.model_name + ': ' + prompt, model: 'm', provider: 'p', version: '1' }
      }
    }
  `

  test('D-08: the registration of the original gives an entry, whose model answers', async () => {
    const baseDir = await folderOf({ 'examples/my_custom_handler.mjs': handler })
    await using registry = createRegistry({ baseDir, env: {} })
    const entry = registry.register('my-custom-model', {
      module: './examples/my_custom_handler.mjs',
      export: 'MyCustomHandler',
      params: {
        model_name: 'my-model-name',
        api_key: 'your-api-key',
        endpoint_url: 'https://your-api-endpoint.example',
      },
      provider: 'custom',
      version: '1.0',
    })
    expect(entry).toMatchObject({ name: 'my-custom-model', spec: 'custom/my-custom-model' })
    const response = await (await entry.model()).generate('Hi')
    expect(response).toMatchObject({ text: 'my-model-name: Hi', provider: 'custom' })
    expect((await registry.select()).name).toBe('my-custom-model')
  })

  test('D-26: after replace the next call has the new params', async () => {
    const baseDir = await folderOf({ 'my.mjs': handler })
    await using registry = createRegistry({ baseDir, env: {} })
    const registration = (model_name: string) => ({ module: './my.mjs', params: { model_name } })
    await registry.register('mine', registration('one')).model()
    await registry.replace('mine', registration('two'))
    const model = await registry.get('mine').model()
    expect((await model.generate('Hi')).text).toBe('two: Hi')
  })
})

describe('duplicates', () => {
  test('O-01, H-25: a name that is taken is an error with both places', async () => {
    await using registry = createRegistry({ env: {} })
    registry.register('openai/gpt-4') // the first
    const { message } = await failureOf(
      (async () => registry.register('openai/gpt-4'))(), // the second
    )
    const place = String.raw`(\S+create-registry\.test\.ts):(\d+):\d+`
    const whole = new RegExp(
      `^${place}: the model "openai/gpt-4" is registered already, at ${place}; replace\\(\\) it, or register it under another name\\.$`,
    )
    const [, file, second, , first] = whole.exec(message) ?? expect.fail(message)
    const lines = (await readFile(file!, 'utf8')).split('\n')
    expect([first, second].map((line) => lines[Number(line) - 1]!.split('// ')[1])).toEqual([
      'the first',
      'the second',
    ])
    expect(registry.list()).toHaveLength(1)
  })

  const text = 'models:\n  - openai/gpt-4\n  - { name: gpt-5, provider: openai }\n'

  test.for([
    ['openai/gpt-4', 2, 5],
    ['openai/gpt-5', 3, 5],
  ] as const)(
    'O-01, H-25: %s of a file and of register() is an error with both places, in either order',
    async ([spec, line, column]) => {
      const path = join(await folderOf({ 'models.yaml': text }), 'models.yaml')
      await using registry = createRegistry({ config: path, env: {} })
      expect(() => registry.register(spec)).toThrow(
        config(
          new RegExp(
            `^\\S+create-registry\\.test\\.ts:\\d+:\\d+: the model "${spec}" is registered already, at ${path}:${line}:${column};`,
          ),
        ),
      )
      await using other = createRegistry({ env: {} })
      other.register(spec)
      expect(() => other.fromConfig(path)).toThrow(
        config(
          new RegExp(
            `^${path}:${line}:${column}: the model "${spec}" is registered already, at \\S+create-registry\\.test\\.ts:\\d+:\\d+;`,
          ),
        ),
      )
    },
  )

  test('O-01: another name is another model', async () => {
    await using registry = createRegistry({ env: {} })
    registry.register('openai/gpt-4')
    registry.register('hot', { spec: 'openai/gpt-4', options: { temperature: 1 } })
    expect(registry.list().map(({ name }) => name)).toEqual(['openai/gpt-4', 'hot'])
  })
})

describe('a configuration file', () => {
  const files = {
    'a/models.yaml': 'models: [{ name: small, module: ./my.mjs, params: { says: a } }]',
    'a/my.mjs': 'export default ({ says }) => ({ generate: () => says })',
    'b/models.yaml': 'models: [{ name: large, module: ./my.mjs, params: { says: b } }]',
    'b/my.mjs': 'export default ({ says }) => ({ generate: () => says + says })',
  }
  const answers = async (registry: ReturnType<typeof createRegistry>) => {
    const all = registry.list().map(async ({ name, model }) => {
      return [name, (await (await model()).generate('Hi')).text]
    })
    return Object.fromEntries(await Promise.all(all)) as object
  }

  test('O-40: two files in two folders give different models', async () => {
    const baseDir = await folderOf(files)
    await using one = createRegistry({ baseDir, env: {}, config: 'a/models.yaml' })
    await using two = createRegistry({ baseDir, env: {} })
    two.fromConfig('b/models.yaml')
    expect(await answers(one)).toEqual({ small: 'a' })
    expect(await answers(two)).toEqual({ large: 'bb' })
  })

  test('O-40: one registry has the models of both, and loadConfig reads the same', async () => {
    const baseDir = await folderOf(files)
    await using registry = createRegistry({ baseDir, env: {} })
    registry.fromConfig(loadConfig(join(baseDir, 'a/models.yaml'), { env: {} }))
    const [entry] = registry.fromConfig(join(baseDir, 'b/models.yaml'))
    expect(entry).toMatchObject({ name: 'large', spec: 'custom/large' })
    expect(await answers(registry)).toEqual({ small: 'a', large: 'bb' })
  })

  test('O-40: a file that is not there gives no registry', async () => {
    const baseDir = await folderOf(files)
    const registry = createRegistry({ baseDir, env: {} })
    onTestFinished(() => registry.teardownAll())
    const missing = config(/^The configuration file .*c\/models\.yaml cannot be read: /)
    expect(() => registry.fromConfig('c/models.yaml')).toThrow(missing)
    expect(() => createRegistry({ baseDir, env: {}, config: 'c/models.yaml' })).toThrow(missing)
  })

  test('O-40: that of the guide, with its names, specs and places', async () => {
    const path = 'test/config/seeds/001-models.yaml'
    await using registry = createRegistry({ config: path, env: {} })
    expect(registry.list().map(({ name, spec, origin }) => [name, spec, origin])).toEqual([
      ['gpt-4', 'openai/gpt-4', `${path}:3:5`],
      ['claude-3-opus', 'anthropic/claude-3-opus', `${path}:16:5`],
      ['local-llama', 'ollama/local-llama', `${path}:25:5`],
    ])
    expect(registry.get('openai/gpt-4').name).toBe('gpt-4')
  })

  test('it holds for what is registered beside it too', async () => {
    await using server = await serve(() => completion)
    const baseDir = await folderOf({
      'models.yaml': 'model_configs: { lab/m: { system_instruction: Be short. } }\nmodels: [lab/m]',
    })
    await using registry = createRegistry(lab(server, { baseDir, config: 'models.yaml' }))
    registry.register('mine', { spec: 'lab/m' })
    await (await registry.get('mine').model()).generate('Hi')
    expect(server.requests[0]!.json['messages']).toMatchObject([
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: 'Hi' },
    ])
  })
})

describe('health', () => {
  test('O-29, O-30: real calls tell how a model is', async () => {
    const broken: Reply = { status: 500, body: { error: { message: 'overloaded' } } }
    const replies = [completion, broken, broken, broken, completion, completion]
    await using server = await serve(() => replies.shift())
    await using registry = createRegistry(lab(server, { now: () => 1000 }))
    const told: string[] = []
    registry.on('healthChange', ({ from, status }) => told.push(`${from} → ${status.state}`))
    registry.register('lab/m')
    expect(registry.health('m')).toEqual({
      state: 'unknown',
      isHealthy: true,
      isDegraded: false,
      issues: [],
      lastCheckAt: null,
      consecutiveFailures: 0,
      consecutiveSuccesses: 0,
      successRate: null,
    })
    const model = await registry.get('m').model()
    await model.generate('Hi')
    expect(registry.health('m')).toMatchObject({ state: 'healthy', lastCheckAt: 1000 })
    for (let failed = 0; failed < 3; failed++) await failureOf(model.generate('Hi'))
    expect(registry.health('m')).toMatchObject({
      state: 'unhealthy',
      isHealthy: false,
      issues: [expect.stringMatching(/^3 .*500/)],
      lastCheckAt: 1000,
      consecutiveFailures: 3,
    })
    await expect(registry.select()).rejects.toThrow(/lab\/m: unhealthy/)
    await model.generate('Hi')
    expect(registry.health('m')).toMatchObject({ state: 'recovering', isHealthy: false })
    await model.generate('Hi')
    expect(registry.health('m')).toMatchObject({ state: 'healthy', issues: [] })
    expect(told).toEqual([
      'unknown → healthy',
      'healthy → unhealthy',
      'unhealthy → recovering',
      'recovering → healthy',
    ])
    expect(server.requests.some(isList)).toBe(false)
  })

  test('O-30: probes ask for the list, and never for a completion', async () => {
    await using server = await serve((request) => (isList(request) ? list : completion))
    await using registry = createRegistry(lab(server, { health: { intervalMs: 1 } }))
    await registry.register('lab/m').model()
    await vi.waitFor(() => expect(registry.health('m').consecutiveSuccesses).toBeGreaterThan(2))
    expect(registry.health('m').state).toBe('healthy')
    expect(server.requests.every(isList)).toBe(true)
    expect(registry.metrics('m').calls).toBe(0)
    await registry.unregister('m')
  })

  test('O-30: a probe that hangs keeps no selection waiting', async () => {
    await using server = await serve((request) => (isList(request) ? undefined : completion))
    await using registry = createRegistry(
      lab(server, { health: { intervalMs: 1, timeoutMs: 1_000_000 } }),
    )
    await registry.register('lab/m').model()
    await vi.waitFor(() => expect(server.requests).toHaveLength(1))
    let isAnswered = false
    void server.requests[0]!.closed.then(() => (isAnswered = true))
    const { model, report } = await registry.select()
    expect((await model.generate('Hi')).text).toBe('Yes.')
    expect(report(1)).toBe(true)
    expect(isAnswered).toBe(false)
    await registry.unregister('m')
    await server.requests[0]!.closed // and it ends with its model
  })

  test.for([
    ['teardownAll', 'await registry.teardownAll()'],
    ['nothing', ''],
  ])('O-30: a script with probes ends by itself after %s', async ([, ending]) => {
    await using server = await serve((request) => (isList(request) ? list : completion))
    const source = (path: string) => pathToFileURL(path).href
    const script = `
      import { createRegistry } from '${source('providers/create-registry.ts')}'
      const registry = createRegistry({ health: { intervalMs: 20 } })
      const entry = registry.register('lab/m')
      const { text } = await (await entry.model()).generate('Hi')
      while (entry.health.consecutiveSuccesses < 3) await new Promise((done) => setTimeout(done, 5))
      console.log(text, entry.origin, entry.health.state)
      ${ending}
    `
    const file = join(await folderOf({ 'script.mjs': script }), 'script.mjs')
    await using program = startProgram(process.execPath, [file], {
      LAB_API_BASE: `${server.url}/v1`,
    })
    expect(await program.exited, program.output()).toMatchObject({ code: 0 })
    expect(program.output()).toContain(`Yes. ${file}:4:30 healthy`)
    expect(server.requests.filter((request) => !isList(request))).toHaveLength(1)
  })
})

describe('metrics', () => {
  test('nothing before the first call, and then what it came to, also after the end', async () => {
    await using server = await serve(() => completion)
    const registry = createRegistry(lab(server))
    registry.register('lab/m')
    const nothing = { latencyMs: null, tokensPerSecond: null, costUsd: null, outputTokens: null }
    expect(registry.metrics('m')).toMatchObject({ calls: 0, ...nothing })
    const model = await registry.get('m').model()
    expect(registry.metrics('m')).toMatchObject({ calls: 0, ...nothing })
    await model.generate('Hi')
    const one = { calls: 1, succeeded: 1, inputTokens: 5, outputTokens: 2 }
    expect(registry.metrics('m')).toMatchObject(one)
    expect(registry.metrics('m').latencyMs!.p50).toBeGreaterThan(0)
    await registry.teardownAll()
    expect(registry.get('m').metrics).toMatchObject(one)
  })
})

describe('the end', () => {
  const failing = defineProvider({
    name: 'acme',
    setup: (name) =>
      createModel({ provider: 'acme', name, generate: async () => ({ text: name }) }),
    teardown({ info }) {
      if (info.name !== 'fine') throw new Error(`${info.name} is stuck`)
    },
  })

  test('all models are torn down, and each failure is named once', async () => {
    const registry = createRegistry({ providers: [failing], env: {} })
    for (const name of ['one', 'fine', 'two']) await registry.register(`acme/${name}`).model()
    const error = await registry.teardownAll().then(
      () => expect.fail('nothing failed'),
      (thrown: unknown) => thrown as AggregateError,
    )
    const messages = ['one', 'two'].map(
      (name) => `Failed to tear down 'acme/${name}': ${name} is stuck`,
    )
    expect(error).toBeInstanceOf(AggregateError)
    expect(error.message).toBe(messages.join('\n'))
    expect(error.errors.map(({ message }: Error) => message)).toEqual(messages)
    await registry.teardownAll()
  })

  test('teardownAll twice is once, and what is asked for later is an error', async () => {
    await using server = await serve(() => completion)
    const registry = createRegistry(lab(server))
    const entry = registry.register('lab/m')
    const model = await entry.model()
    await Promise.all([registry.teardownAll(), registry.teardownAll()])
    await registry.teardownAll()
    expect(await failureOf(entry.model())).toMatchObject({ kind: 'setup' })
    expect(await failureOf(registry.select())).toMatchObject({ kind: 'setup' })
    await failureOf(model.generate('Hi'))
    expect(server.requests).toEqual([])
  })

  test('leaving the scope of a registry is its end', async () => {
    const gone: string[] = []
    const provider = defineProvider({
      name: 'acme',
      setup: (name) =>
        createModel({ provider: 'acme', name, generate: async () => ({ text: name }) }),
      teardown: ({ info }) => void gone.push(info.name),
    })
    {
      await using registry = createRegistry({ providers: [provider], env: {} })
      await registry.register('acme/m').model()
      registry.register('acme/never')
    }
    expect(gone).toEqual(['m'])
  })
})

describe('options', () => {
  test.for<readonly [object, string]>([
    [{ strategi: 'ucb' }, 'there is no option `strategi` (did you mean `strategy`?).'],
    [{ provider: [] }, 'there is no option `provider` (did you mean `providers`?).'],
    [{ maxServer: 1 }, 'there is no option `maxServer` (did you mean `maxServers`?).'],
    [{ basedir: '.' }, 'there is no option `basedir` (did you mean `baseDir`?).'],
    [{ limit: {} }, 'there is no option `limit` (did you mean `limits`?).'],
    [{ maxServers: 1.5 }, '`maxServers`: expected '],
    [{ providers: 'acme' }, '`providers`: expected a list of providers.'],
    [{ strategy: 'best' }, '`strategy`: expected one of ucb, cheapest, fastest'],
    [{ strategy: { name: 'ucb', minTrails: 1 } }, 'there is no option `strategy.minTrails`'],
    [{ statistics: {} }, '`statistics`: expected what createStatistics() makes.'],
    [{ reward: 1 }, '`reward`: expected a function.'],
    [{ now: 1 }, '`now`: expected a function.'],
    [{ health: { failureThreshold: 0 } }, '`health.failureThreshold`: expected at least 1, got 0.'],
    [{ health: { intervalMs: 'x' } }, '`health.intervalMs`: expected number, got "x".'],
    [
      { health: { probe: () => true } },
      '`health`: `probe` is asked every `intervalMs`; set that too.',
    ],
  ])('%o is one clear error, at once', async ([options, problem]) => {
    const { kind, message } = await failureOf((async () => createRegistry(options))())
    expect(kind).toBe('config')
    expect(message.slice(0, 'createRegistry(): '.length + problem.length)).toBe(
      `createRegistry(): ${problem}`,
    )
  })

  test('keys of nobody are an error at once', () => {
    expect(() => createRegistry({ keys: { gemni: ['sk-invented'] }, env: {} })).toThrow(
      config(/`keys`: there is no provider `gemni`; did you mean `gemini`\?$/),
    )
  })

  test('a strategy of the user chooses', async () => {
    await using registry = createRegistry({
      env: {},
      strategy: { name: 'last', choose: (all) => all.at(-1)! },
    })
    registry.register(scripted(['1'], 'one'))
    registry.register(scripted(['2'], 'two'))
    expect((await registry.select()).spec).toBe('scripted/two')
    expect((await registry.selection()).info.spec).toBe('registry/last')
  })
})
