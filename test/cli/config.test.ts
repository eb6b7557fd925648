import { describe, expect, onTestFinished, test } from 'vitest'
import { createFolder, type Files } from '../plugin/folder.ts'
import { createProject } from '../support/project.ts'
import { type HttpServer, serve } from '../support/http-server.ts'
import { type AssayResult, runAssay } from './run-assay.ts'

interface Entry {
  readonly value: unknown
  readonly source: string
}

/** What `assay config --json` prints. */
interface Explained {
  readonly config: string | null
  readonly settings: Readonly<Record<string, Entry>>
  readonly model?: {
    readonly spec: string
    readonly provider: string
    readonly options: Readonly<Record<string, Entry>>
  }
}

type Env = Readonly<Record<string, string>>

async function assayIn(files: Files, words: string, env: Env = {}): Promise<AssayResult> {
  const folder = await createFolder(files)
  onTestFinished(() => folder[Symbol.asyncDispose]())
  return runAssay(['config', ...words.split(' ').filter(Boolean)], { cwd: folder.path, env })
}

async function explained(files: Files, words: string, env?: Env): Promise<Explained> {
  const { exitCode, stdout, stderr } = await assayIn(files, `${words} --json`, env)
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return JSON.parse(stdout) as Explained
}

async function serverThatIsNotAsked(): Promise<HttpServer> {
  const server = await serve(() => ({ status: 500 }))
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]()
    expect(server.requests).toEqual([])
  })
  return server
}

/** The three ways of the guide for custom providers at once: the environment, model configs, concurrency. */
const combined = {
  '.env': [
    'OPencode_API_KEY=sk-first-key',
    'OPencode_API_KEY_2=sk-second-key',
    'OPencode_API_BASE=https://opencode.ai/zen/v1',
    'OPencode_MODELS={"big-pickle": {"id": "pickle-1", "options": {"reasoning_effort": "low", "temperature": 0.1, "max_tokens": 4096}}}',
  ].join('\n'),
  'assay.config.yaml': `# config.yaml
max_concurrent: 10

provider_concurrency:
  opencode: 2      # Conservative for custom provider
  iflow: 5         # Moderate for iFlow
  gemini: 20       # Aggressive for Gemini

models:
  - "opencode/big-pickle"      # Uses 2 concurrent requests

judge_model: "gemini/gemini-2.5-pro"

model_configs:
  "opencode/big-pickle":
    system_instruction: "detailed thinking on"
    options:
      reasoning_effort: "high"
      frequency_penalty: 0.5
`,
}
const switches = { ASSAY_OPENCODE_TOP_P: '0.9', ASSAY_TRIALS: '3' }

describe('the golden files', () => {
  test('R-52: assay config --explain opencode/big-pickle --json says each value with its source, and no key', async () => {
    const words = '--explain opencode/big-pickle --json'
    const { exitCode, stdout, stderr } = await assayIn(combined, words, switches)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    await expect(stdout).toMatchFileSnapshot('golden/big-pickle.json')
    expect(stdout).not.toMatch(/sk-(?:first|second)-key/)
    const { settings, model } = JSON.parse(stdout) as Explained
    const entries = [...Object.values(settings), ...Object.values(model!.options)]
    expect(entries.length).toBeGreaterThan(15)
    for (const entry of entries) {
      expect(Object.keys(entry)).toEqual(['value', 'source'])
      expect(entry.source).not.toBe('')
    }
  })

  test('R-52: for people it is a table, with the sources where --explain asks for them', async () => {
    const whole = await assayIn(combined, 'opencode/big-pickle --explain', switches)
    await expect(whole.stdout).toMatchFileSnapshot('golden/big-pickle.txt')
    const short = await assayIn(combined, 'opencode/big-pickle', switches)
    expect(short.stdout).toContain('reasoningEffort         high')
    expect(short.stdout).not.toContain('assay.config.yaml:18')
    expect(whole.stdout + short.stdout).not.toMatch(/sk-(?:first|second)-key/)
  })
})

test('R-20: what the environment makes of a provider is shown, its keys masked, and nothing is asked of it', async () => {
  const server = await serverThatIsNotAsked()
  const env = {
    YOURPROVIDER_API_KEY: 'sk-your-key',
    YOURPROVIDER_API_BASE: `${server.url}/api/v1`,
    YOURPROVIDER_MODELS: '{"your-model": {"id": "api-model-id", "options": {"temperature": 0.1}}}',
  }
  const { model } = await explained({}, 'yourprovider/your-model --explain', env)
  expect(model).toEqual({
    spec: 'yourprovider/your-model',
    provider: 'yourprovider',
    options: {
      baseURL: { value: `${server.url}/api/v1`, source: 'YOURPROVIDER_API_BASE' },
      apiKeys: { value: ['***'], source: 'YOURPROVIDER_API_KEY' },
      id: { value: 'api-model-id', source: 'YOURPROVIDER_MODELS' },
      temperature: { value: 0.1, source: 'YOURPROVIDER_MODELS' },
    },
  })
})

test('R-20: who asks for another gets the names of all that there are', async () => {
  const env = { YOURPROVIDER_API_BASE: 'https://your-provider.test/v1' }
  const { exitCode, stdout, stderr } = await assayIn({}, 'yourprovder/your-model', env)
  expect(stderr).toMatch(
    /^error: There is no provider `yourprovder`\. Providers: anthropic, .*, yandexgpt, yourprovider, zai\. Did you mean `yourprovider`\? /,
  )
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
})

test('R-21: several custom providers are checked without a request: found, each with its server, its key and its names', async () => {
  const server = await serverThatIsNotAsked()
  const names = ['customprovider', 'provider1', 'provider2', 'myllm']
  const variables = names.map((name) => name.toUpperCase())
  const env = Object.fromEntries(
    variables.flatMap((name, index) => [
      [`${name}_API_KEY`, `sk-key-${index}`],
      [`${name}_API_BASE`, `${server.url}/${index}/v1`],
    ]),
  )
  const models = await Promise.all(
    names.map(async (name) => (await explained({}, `${name}/vendor/custom-model`, env)).model),
  )
  expect(models).toEqual(
    names.map((name, index) => ({
      spec: `${name}/vendor/custom-model`,
      provider: name,
      options: {
        baseURL: { value: `${server.url}/${index}/v1`, source: `${variables[index]}_API_BASE` },
        apiKeys: { value: ['***'], source: `${variables[index]}_API_KEY` },
      },
    })),
  )
})

describe('what is told of a model', () => {
  const from =
    'https://gateway.test/key-0123456789abcdef/v1?code=0123456789abcdef&lang=en&key=short'
  const shown = 'https://gateway.test/***/v1?code=***&lang=en&key=***'

  test('a base URL is shown without what may be a key in it, from an option as from a variable', async () => {
    const files = {
      'assay.config.yaml': `
        models:
          - { name: small, provider: acme, config: { base_url: '${from}' }, options: { customer: 0123456789abcdef, kind: long } }
      `,
    }
    const env = { ACME_API_BASE: from, OTHER_API_BASE: from }
    const { stdout, stderr } = await assayIn(files, 'small --json', env)
    expect(stderr).toMatch(/^assay\.config\.yaml:3:54: a key stands in the file \(\*\*\*\)/)
    const { options } = (JSON.parse(stdout) as Explained).model!
    expect(options).toEqual({
      baseURL: { value: shown, source: 'assay.config.yaml:3:54' },
      'body.customer': { value: '***', source: 'assay.config.yaml:3:165' },
      'body.kind': { value: 'long', source: 'assay.config.yaml:3:193' },
    })
    const other = (await explained({}, 'other/small', env)).model!
    expect(other.options).toEqual({ baseURL: { value: shown, source: 'OTHER_API_BASE' } })
  })

  test('a vendor’s own variable for its server is named, and its other names lead to it', async () => {
    const env = { GOOGLE_BASE_URL: 'http://127.0.0.1:9/v1', GEMINI_API_KEY: 'AIza-invented' }
    const { spec, options } = (await explained({}, 'gemini/gemini-2.5-pro', env)).model!
    expect({ spec, options }).toEqual({
      spec: 'google/gemini-2.5-pro',
      options: {
        baseURL: { value: 'http://127.0.0.1:9/v1', source: 'GOOGLE_BASE_URL' },
        apiKeys: { value: ['***'], source: 'GEMINI_API_KEY' },
      },
    })
  })

  test('an option takes the place of the variables for keys', async () => {
    const files = {
      'assay.config.yaml': `models: [{ name: small, provider: openai, config: { api_key: '\${MINE}' } }]`,
    }
    const env = { OPENAI_API_KEY: 'sk-of-the-environment', MINE: 'sk-of-the-file' }
    const { options } = (await explained(files, 'openai/small', env)).model!
    expect(options).toEqual({ apiKey: { value: '***', source: 'assay.config.yaml:1:53' } })
  })

  test('one of another package is loaded', async () => {
    const found = `
      import { createModel, defineProvider } from 'vitest-assay'
      export default defineProvider({
        name: 'lab',
        options: { '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value }) } },
        setup: (name) => createModel({ provider: 'lab', name, generate: async () => ({ text: '' }) }),
      })
    `
    await using project = await createProject({
      'package.json': '{ "type": "module", "devDependencies": { "lab": "1.0.0" } }',
      'node_modules/lab/package.json':
        '{ "name": "lab", "type": "module", "assay": { "providers": { "lab": "./provider.mjs" } } }',
      'node_modules/lab/provider.mjs': found,
    })
    const env = { ASSAY_LAB_COLOR: 'red', LAB_API_KEY: 'invented' }
    const { stdout, stderr } = await runAssay(['config', 'lab/m', '--json'], {
      cwd: project.folder,
      env,
    })
    expect(stderr).toBe('')
    expect((JSON.parse(stdout) as Explained).model).toEqual({
      spec: 'lab/m',
      provider: 'lab',
      options: {
        apiKeys: { value: ['***'], source: 'LAB_API_KEY' },
        color: { value: 'red', source: 'ASSAY_LAB_COLOR' },
      },
    })
  })
})

describe('what is told of a run', () => {
  test('without anything there are the defaults', async () => {
    const { config, settings, model } = await explained({}, '')
    expect({ config, model }).toEqual({ config: null, model: undefined })
    expect(settings['requests.default.attempts']).toEqual({ value: 4, source: 'default' })
    expect(new Set(Object.values(settings).map(({ source }) => source))).toEqual(
      new Set(['default']),
    )
    const { stdout } = await assayIn({}, '')
    expect(stdout).toMatch(/^No assay\.config\.yaml here\.\n/)
  })

  test('a password in the settings is not shown', async () => {
    const text =
      'cache: { store: redis, url: "rediss://user:passw0rd@host.test:1/0" }\nkey_strategy: sticky\n'
    const { stdout, stderr } = await assayIn({ 'assay.config.yaml': text }, '--explain --json')
    expect(stdout + stderr).not.toContain('passw0rd')
    expect((JSON.parse(stdout) as Explained).settings).toMatchObject({
      'cache.url': { value: 'rediss://***@host.test:1/0', source: 'assay.config.yaml:1:24' },
      keyStrategy: { value: 'sticky' },
    })
  })

  test('the file goes before the plugin, entry by entry, and switches before both', async () => {
    const project = await createProject({
      'vitest.config.ts': `
        import { defineConfig } from 'vitest/config'
        import { evals } from 'vitest-assay/config'
        export default defineConfig({
          plugins: [evals({ judge: 'openai/a', fixer: 'openai/b', concurrency: { groq: 3, mistral: 4 }, rowTimeout: 5 })],
        })
      `,
      'assay.config.yaml': 'judge_model: openai/c\nprovider_concurrency:\n  groq: 7\n',
      '.env': 'ASSAY_FIXER_MODEL=openai/d\nASSAY_JUDGE_MODEL=openai/e\n',
    })
    onTestFinished(() => project[Symbol.asyncDispose]())
    const { stdout } = await runAssay(['config', '--json'], {
      cwd: project.folder,
      env: { ASSAY_JUDGE_MODEL: 'openai/f' },
    })
    const { settings } = JSON.parse(stdout) as Explained
    expect(settings).toMatchObject({
      judge: { value: 'openai/f', source: 'ASSAY_JUDGE_MODEL' },
      fixer: { value: 'openai/d', source: 'ASSAY_FIXER_MODEL (.env)' },
      'concurrency.groq': { value: 7, source: 'assay.config.yaml:3:3' },
      'concurrency.mistral': { value: 4, source: 'evals() in vitest.config.ts' },
      rowTimeout: { value: 5, source: 'evals() in vitest.config.ts' },
      maxErrorRate: { value: 0, source: 'default' },
    })
  })

  test('--config names another file, and warnings are on stderr', async () => {
    const files = {
      'assay.config.yaml': 'max_concurrent: 1',
      'other.json':
        '{ "max_concurrent": 2, "model_configs": { "openai/m": { "options": { "api_key": "sk-0123456789abcdef" } } } }',
    }
    const { exitCode, stdout, stderr } = await assayIn(files, '--json --config other.json')
    expect(exitCode).toBe(0)
    const { config, settings } = JSON.parse(stdout) as Explained
    expect(config).toBe('other.json')
    expect(settings['concurrency.default']).toEqual({ value: 2, source: 'other.json:1:3' })
    expect(stderr).toMatch(/^other\.json:1:\d+: a key stands in the file \(\*\*\*\); [^\n]+\n$/)
  })
})

test.for<[string, Files, RegExp]>([
  [
    'gpt-4',
    {},
    /A model is named `provider\/model-name`; got "gpt-4"; did you mean "openai\/gpt-4"\?/,
  ],
  [
    '',
    { 'assay.config.yaml': 'max_concurent: 3' },
    /^error: assay\.config\.yaml:1:1: .*did you mean `max_concurrent`\?/,
  ],
  ['--config missing.yaml', {}, /The configuration file \S*missing\.yaml cannot be read/],
  [
    'acme/m',
    { '.env': 'ACME_API_BASE=http://127.0.0.1\nASSAY_ACME_TEMPRATURE=1' },
    /ASSAY_ACME_TEMPRATURE: .* did you mean ASSAY_ACME_TEMPERATURE\?/,
  ],
  ['a/b c/d', {}, /too many arguments/],
  [
    '',
    { 'vitest.config.ts': 'throw new Error("no luck")' },
    /^error: vitest\.config\.ts cannot be loaded: no luck/,
  ],
])(
  'assay config %s with %j is wrong use: one sentence on stderr, and exit code 2',
  async ([words, files, said]) => {
    const { exitCode, stdout, stderr } = await assayIn(files, words)
    expect(stderr).toMatch(said)
    expect(stderr).not.toMatch(/^ +at /m)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  },
)
