import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { createProject, type Project } from '../../support/project.ts'
import { sharedRun } from '../../support/shared-run.ts'
import { startVendorsServer, type VendorsServer, vendorsServer } from '../vendors-server.ts'
import { problemOf } from './load-text.ts'

const KEY = 'sk-acme-0123456789'

async function projectOf(files: Readonly<Record<string, string>>): Promise<Project> {
  const project = await createProject(files)
  onTestFinished(() => project[Symbol.asyncDispose]())
  return project
}

function envOf(server: VendorsServer, more: Readonly<Record<string, string>> = {}) {
  return { ACME_API_BASE: `${server.url('acme')}/v1`, ACME_API_KEY: KEY, ...more }
}

const asks = `
  import { foreach } from 'vitest-assay'
  foreach(['why?'])('asks', async (question, { model }) => (await model.generate(question)).text === 'yes')
`

const judges = `
  import { foreach } from 'vitest-assay'
  const rows = Array.from({ length: 8 }, (_, i) => ({ id: 'r' + i, question: 'why ' + i + '?' }))
  foreach(rows)('judged', async ({ question }, { model, judge }) => {
    const { text } = await model.generate(question)
    return (await judge.generate(text)).text === 'yes'
  })
`

describe('a file in the root', () => {
  describe('with models, roles and instructions', () => {
    let server: VendorsServer & AsyncDisposable
    const run = sharedRun(
      {
        'assay.config.yaml': `
models: [acme/small, acme/large]
judge_model: acme/judge
model_configs:
  acme/small: { system_instruction: Think., options: { top_k: 4 } }
  acme/judge: { system_instruction: Be strict. }
  acme/before: { system_instruction: set }
  acme/after: { system_instruction: set, system_position: append }
`,
        'judged.eval.ts': judges.replace('length: 8', 'length: 1'),
        'instructed.eval.ts': `
          import { foreach } from 'vitest-assay'
          foreach(['why?'], { models: ['acme/before', 'acme/after'] })('instructed', async (content, { model }) => {
            await model.generate(content)
            await model.generate([{ role: 'system', content: 'own' }, { role: 'user', content }])
            return true
          })
        `,
      },
      async () => {
        server = await startVendorsServer()
        return { env: envOf(server) }
      },
    )
    afterAll(() => server[Symbol.asyncDispose]())

    const asked = (...models: string[]) =>
      server.requests.map(({ json }) => json).filter(({ model }) => models.includes(String(model)))

    test('R-41, R-42, R-45: a file in the root says what evals run on and who judges, each with its instruction', async () => {
      expect(run.exitCode, run.output).toBe(0)
      expect(asked('small', 'judge').slice(0, 2)).toEqual([
        {
          model: 'small',
          top_k: 4,
          messages: [
            { role: 'system', content: 'Think.' },
            { role: 'user', content: 'why 0?' },
          ],
        },
        {
          model: 'judge',
          temperature: 0,
          messages: [
            { role: 'system', content: 'Be strict.' },
            { role: 'user', content: 'yes' },
          ],
        },
      ])
      const [row] = await run.rows('judged [acme/small]')
      expect(row!.calls.map(({ role, model }) => [role, model])).toEqual([
        ['model', 'acme/small'],
        ['judge', 'acme/judge'],
      ])
    })

    test('R-41: evals that name no model run on each of the list', async () => {
      expect(run.exitCode, run.output).toBe(0)
      expect(asked('small', 'large').map(({ model }) => model)).toEqual(['small', 'large'])
      const { evals } = await run.summary()
      const judged = evals.filter(({ name }) => name === 'judged')
      expect(judged.map(({ model }) => model)).toEqual(['acme/small', 'acme/large'])
    })

    test('R-44: an instruction stands before or after the system message of an eval', () => {
      const systems = (model: string) =>
        asked(model).map(({ messages }) => (messages as { role: string; content: string }[])[0])
      expect(systems('before')).toEqual([
        { role: 'system', content: 'set' },
        { role: 'system', content: 'set\n\nown' },
      ])
      expect(systems('after')).toEqual([
        { role: 'system', content: 'set' },
        { role: 'system', content: 'own\n\nset' },
      ])
    })
  })

  test('R-47: a file where all is a comment does no harm', async () => {
    const server = await vendorsServer()
    const sections = [
      'models',
      'judge_model',
      'fixer_model',
      'model_configs',
      'provider_concurrency',
    ]
    const project = await projectOf({
      'assay.config.yaml': sections.map((name) => `${name}:\n#  acme/small\n`).join(''),
      'a.eval.ts': asks,
    })
    const { exitCode, output } = await project.vitest({
      args: ['--project', 'evals', '--', '--model', 'acme/small'],
      env: envOf(server),
    })
    expect(exitCode, output).toBe(0)
    expect(server.requests).toHaveLength(1)
  })

  test('O-40: two files are two configurations', async () => {
    const server = await vendorsServer()
    const project = await projectOf({
      'a/models.yaml': 'models: [acme/a]\n',
      'b/models.yaml': 'models: [acme/b]\n',
      'a.eval.ts': asks,
    })
    for (const ASSAY_CONFIG of ['a/models.yaml', 'b/models.yaml']) {
      const { exitCode, output } = await project.vitest({ env: envOf(server, { ASSAY_CONFIG }) })
      expect(exitCode, output).toBe(0)
    }
    expect(server.requests.map(({ json }) => json['model'])).toEqual(['a', 'b'])
  })
})

test('R-49: a provider’s limit holds for its models, its judge, all keys, files and workers', async () => {
  const server = await vendorsServer()
  const project = await projectOf({
    'vitest.config.ts': `
      import { defineConfig } from 'vitest/config'
      import { evals } from 'vitest-assay/config'
      export default defineConfig({ plugins: [evals({ test: { maxWorkers: 2 } })] })
    `,
    'assay.config.yaml': `
models: [acme/small, acme/large]
judge_model: acme/judge
max_concurrent: 10
provider_concurrency: { acme: 2 }
`,
    'a.eval.ts': judges,
    'b.eval.ts': judges,
  })
  const env = envOf(server, { ACME_API_KEY_1: 'sk-second-0123', ACME_API_KEY_2: 'sk-third-0123' })
  const { exitCode, output } = await project.vitest({ env })
  expect(exitCode, output).toBe(0)
  expect(server.requests).toHaveLength(2 * 2 * 8 * 2)
  expect(new Set(server.requests.map(({ headers }) => headers.authorization)).size).toBe(3)
  expect(server.most('acme')).toBe(2)
  expect(output.match(/Using provider-specific concurrency: 2 for acme/g)).toHaveLength(1)
})

describe('.env', () => {
  test('H-20: .env is read, and goes over nothing that the environment has', async () => {
    const server = await vendorsServer()
    const project = await projectOf({
      '.env': `ACME_API_BASE=${server.url('acme')}/v1\nACME_API_KEY=sk-of-the-file\nASSAY_MODEL=acme/of-file\n`,
      'a.eval.ts': asks,
    })
    const { exitCode, output } = await project.vitest({ env: { ACME_API_KEY: KEY } })
    expect(exitCode, output).toBe(0)
    expect(server.requests).toMatchObject([
      { headers: { authorization: `Bearer ${KEY}` }, json: { model: 'of-file' } },
    ])
  })
})

describe('what is wrong with the file', () => {
  test.for([
    [
      'O-38',
      'models:\n  - name: small\n    provider: acme\n    capabilites: { vision: true }\n',
      'assay.config.yaml:4:5: there is no `capabilites` (did you mean `capabilities`?).',
    ],
    [
      'R-50',
      'models: [gpt-4]\n',
      'assay.config.yaml:1:10: A model is named `provider/model-name`; got "gpt-4"; did you mean "openai/gpt-4"?',
    ],
    [
      'H-26',
      'models: [{ name: gpt-4.1, provider: acme }]\nresponse_model: gpt41\n',
      'assay.config.yaml:2:1: A model is named `provider/model-name`; got "gpt41"; did you mean "gpt-4.1"?',
    ],
  ] as const)('%s: ends the run before its first request: %j', async ([, text, problem]) => {
    const server = await vendorsServer()
    const project = await projectOf({ 'assay.config.yaml': text, 'a.eval.ts': asks })
    const { exitCode, output } = await project.vitest({ env: envOf(server) })
    expect(exitCode).toBe(1)
    expect(output).toContain(problem)
    expect(server.requests).toEqual([])
    expect(await project.runs()).toEqual([])
  })

  test.for([
    [
      'O-38',
      'models: [acme/small]\njudge_modl: acme/judge\n',
      'assay.config.yaml:2:1: there is no `judge_modl` (did you mean `judge_model`?).',
    ],
    ['O-38', 'models:\n  - acme/small\n - x\n', 'assay.config.yaml:3:1: '],
    [
      'R-51',
      'models: [acme/small]\nmax_concurrent: 0\n',
      'assay.config.yaml:2:1: `max_concurrent`: expected at least 1, got 0.',
    ],
    [
      'O-39',
      'models: [acme/small]\njudge_model: ${NOT_SET}\n',
      'assay.config.yaml:2:14: the environment has no NOT_SET: set it, or give a default, ${NOT_SET:-…}.',
    ],
  ] as const)('%s: is an error where the file is read: %j', async ([, text, problem]) => {
    expect(await problemOf(text)).toContain(problem)
  })
})

describe('a variable that is not set', () => {
  test('O-39: a variable that is not set does no harm where its model is not asked', async () => {
    const server = await vendorsServer()
    const project = await projectOf({
      'assay.config.yaml': `
models:
  - { name: small, provider: acme, config: { api_key: "\${SMALL_KEY}" } }
  - { name: large, provider: acme, config: { api_key: "\${LARGE_KEY}" } }
`,
      'a.eval.ts': asks,
    })
    const { exitCode, output } = await project.vitest({
      args: ['--project', 'evals', '--', '--model', 'acme/small'],
      env: envOf(server, { SMALL_KEY: 'of: #small, ${X}' }),
    })
    expect(exitCode, output).toBe(0)
    expect(server.requests[0]!.headers.authorization).toBe('Bearer of: #small, ${X}')
  })
})

describe('what is wrong with a model of the file', () => {
  let server: VendorsServer & AsyncDisposable
  const run = sharedRun(
    {
      'assay.config.yaml': `
models:
  - { name: large, provider: acme, config: { api_key: "\${LARGE_KEY}" } }
  - name: small
    provider: acme
    config:
      temperatur: 1
  - acme/tiny
model_configs:
  acme/tiny:
    options:
      messages: []
`,
      'a.eval.ts': asks,
    },
    async () => {
      server = await startVendorsServer()
      return { env: envOf(server) }
    },
  )
  afterAll(() => server[Symbol.asyncDispose]())

  test.for([
    [
      'O-39: a variable that is not set is an error before any request of its model',
      'acme/large',
      'assay.config.yaml:3:55: the environment has no LARGE_KEY: set it, or give a default, ${LARGE_KEY:-…}.',
    ],
    [
      'O-38: an option that the provider does not have is an error at its place in the file',
      'acme/small',
      'assay.config.yaml:7:7: acme: options: there is no option `temperatur` (did you mean `temperature`?)',
    ],
    [
      'R-46: a field that each request says by itself is an error at its place in the file',
      'acme/tiny',
      'assay.config.yaml:12:7: `messages` cannot be set here',
    ],
  ] as const)('%s', async ([, model, problem]) => {
    expect(run.exitCode).toBe(1)
    expect((await run.evalOf(`asks [${model}]`)).failure).toContain(problem)
    expect(server.requests).toEqual([])
  })
})

test('E-17, R-52: a request says what the strongest of all places does', async () => {
  const server = await vendorsServer()
  const project = await projectOf({
    'vitest.config.ts': `
      import { defineConfig } from 'vitest/config'
      import { evals } from 'vitest-assay/config'
      const options = { a: 1, b: 1, c: 1, temperature: 0.1, top_p: 0.1, max_tokens: 1, seed: 1 }
      export default defineConfig({ plugins: [evals({ modelConfigs: { 'acme/Small': { options } } })] })
    `,
    'assay.config.yaml': `
models: [acme/Small]
model_configs: { acme/Small: { options: { c: 3, top_p: 0.3, max_tokens: 3, seed: 3, stop: null } } }
provider_concurrency: { acme: 2 }
`,
    'a.eval.ts': `
      import { foreach } from 'vitest-assay'
      const models = [{ spec: 'acme/Small', options: { seed: 5 } }]
      foreach(['why?'], { models })('asks', async (question, { model }) => {
        await model.generate(question)
        await model.generate(question, { seed: 6, maxTokens: 6 })
        return true
      })
    `,
  })
  const ACME_MODELS =
    '{"Small": {"id": "small-2026", "options": {"b": 2, "c": 2, "temperature": 0.2, "top_p": 0.2, "stop": ["2"]}}}'
  const env = envOf(server, { ACME_MODELS, ASSAY_ACME_MAX_TOKENS: '4', ASSAY_ACME_SEED: '4' })
  const { exitCode, output } = await project.vitest({ env })
  expect(exitCode, output).toBe(0)
  const said = {
    model: 'small-2026',
    messages: [{ role: 'user', content: 'why?' }],
    ...{ a: 1, b: 2, c: 3, temperature: 0.2, top_p: 0.3, max_tokens: 4, seed: 5 },
  }
  expect(server.requests.map(({ json }) => json)).toEqual([
    said,
    { ...said, max_tokens: 6, seed: 6 },
  ])
  expect((await project.rows())[0]!.calls[0]).toMatchObject({ model: 'acme/Small' })
  expect(output).toContain('Using provider-specific concurrency: 2 for acme')
})

test('X-14, H-26: a key of the file or of its variables is in no file of the run and no line', async () => {
  const secrets = ['sk-literal-0123456789', 'sk-variable-0123456789', 'plain-secret-0123456789']
  const server = await vendorsServer('yes', ({ json, headers }) =>
    json['model'] === 'small'
      ? { status: 400, body: { error: { message: JSON.stringify({ json, headers }) } } }
      : undefined,
  )
  const project = await projectOf({
    'assay.config.yaml': `
models:
  - { name: small, provider: acme, config: { api_key: ${secrets[0]} } }
  - name: large
    provider: acme
    config: { api_key: "\${LARGE_KEY}", headers: { x-own: "\${PLAIN}" } }
`,
    'a.eval.ts': asks,
  })
  const env = envOf(server, { LARGE_KEY: secrets[1]!, PLAIN: secrets[2]! })
  const { output } = await project.vitest({ env })
  expect(server.requests.map(({ headers }) => String(headers.authorization)).toSorted()).toEqual([
    `Bearer ${secrets[0]}`,
    `Bearer ${secrets[1]}`,
  ])
  expect(output).toContain(
    'assay.config.yaml:3:46: a key stands in the file (***); keep it in the environment, and write ${ITS_NAME} here.',
  )
  const files = await textsOf(join(project.folder, '.assay'))
  expect(files.length).toBeGreaterThan(2)
  for (const text of [output, ...files]) {
    for (const secret of secrets) expect(text).not.toContain(secret)
  }
})

async function textsOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'utf8')))
}
