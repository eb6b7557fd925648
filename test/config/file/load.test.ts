import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../../src/config/file/load.ts'
import { temporaryFolder } from '../../server/temporary-folder.ts'
import { loadText, problemOf } from './load-text.ts'

const empty = { modelConfigs: {}, names: {}, places: {}, warnings: [] }

describe('loadConfig', () => {
  test('O-40: loadConfig reads the file that it is told', async () => {
    const folder = await temporaryFolder()
    for (const name of ['one', 'two']) {
      await mkdir(join(folder, name))
      await writeFile(join(folder, name, 'models.yaml'), `models: [acme/${name}]\n`)
    }
    const [one, two] = ['one', 'two'].map((name) => loadConfig(join(folder, name, 'models.yaml')))
    expect([one!.models, two!.models]).toEqual([['acme/one'], ['acme/two']])
    expect(one!.path).toBe(join(folder, 'one/models.yaml'))
  })

  test('O-40: a file that is not there is an error', () => {
    expect(() => loadConfig('nowhere/models.yaml')).toThrow(
      expect.objectContaining({
        kind: 'config',
        message: expect.stringMatching(
          /^The configuration file nowhere\/models\.yaml cannot be read: ENOENT: /,
        ) as string,
      }),
    )
  })

  test('O-40: JSON says the same as YAML, in the names of either', async () => {
    const content = { judgeModel: 'a/b', max_concurrent: 3, modelConfigs: {} }
    const config = await loadText(JSON.stringify(content), {}, 'assay.config.json')
    expect(config).toMatchObject({ judge: 'a/b', concurrency: { default: 3 } })
  })
})

describe('empty sections', () => {
  test.for(['', '# nothing is said\n', '{}'])('R-47: a file may say nothing: %j', async (text) => {
    expect(await loadText(text)).toEqual({ ...empty, path: expect.any(String) as string })
  })

  test('R-47: each section may be empty, as in a template where all is a comment', async () => {
    const sections = [
      ...['models', 'response_model', 'judge_model', 'fixer_model', 'model_configs'],
      ...['max_concurrent', 'provider_concurrency', 'providers', 'limits', 'requests', 'cache'],
      ...['prices', 'budget', 'key_strategy', 'row_timeout', 'max_error_rate', 'max_servers'],
    ]
    const text = sections.map((name) => `${name}:\n  # "a/b": 1\n`).join('')
    expect(await loadText(text)).toEqual({ ...empty, path: expect.any(String) as string })
  })

  test('R-47: so may what is inside of them', async () => {
    const config = await loadText(`
models:
  - name: small
    provider: acme
    config:
    capabilities:
    constraints:
model_configs:
  "acme/large":
  "acme/small":
    system_instruction:
    options:
provider_concurrency:
  acme:
`)
    expect(config).toMatchObject({ models: ['acme/small'], names: { small: 'acme/small' } })
    expect(config.concurrency).toBeUndefined()
  })

  test('R-10: an option of a model may be null, which takes it away', async () => {
    const { modelConfigs } = await loadText(
      'model_configs: { a/b: { options: { temperature: null, extra: { x: null } } } }',
    )
    expect(modelConfigs['a/b']).toMatchObject([
      { fields: { temperature: null, extra: { x: null } } },
    ])
  })
})

describe('what is wrong is said with file, line and column', () => {
  test.for([
    [
      'models:\n  - name: gpt-4\n    provider: openai\n    capabilites:\n      vision: true\n',
      '4:5: there is no `capabilites` (did you mean `capabilities`?).',
    ],
    [
      'models:\n  - a/b\njudge_modl: a/b\n',
      '3:1: there is no `judge_modl` (did you mean `judge_model`?).',
    ],
    ['limits:\n  openai: { rmp: 5 }\n', '2:13: there is no `rmp` (did you mean `rpm`?).'],
    [
      'model_configs:\n  a/b:\n    prompt: x\n',
      '3:5: there is no `prompt` (there are options, system_position, system_instruction).',
    ],
    ['judge_model: a/b\njudgeModel: a/c\n', '1:1: `judge_model` stands there twice.'],
    ['- a/b\n', '1:1: expected names and what they stand for, got a list.'],
    ['model_configs: [a/b]\n', '1:1: expected names and what they stand for, got a list.'],
    ['hello\n', '1:1: expected an object, got "hello".'],
    ['models: a/b\n', '1:1: `models`: expected a list of models.'],
    ['models:\n  - 7\n', '2:5: `models.0`: expected string or object, got 7.'],
    ['models:\n  - provider: openai\n', '2:5: `models.0.name`: it is missing.'],
    [
      'models:\n  - name: x\n    provider: openai\n    capabilities: { vision: maybe }\n',
      '4:21: `models.0.capabilities.vision`: expected boolean, got "maybe".',
    ],
    [
      'judge_model:\n  name: a/b\n  params: hot\n',
      '3:3: `judge_model.params`: expected an object, got "hot".',
    ],
    [
      'model_configs:\n  a/b: { system_instruction: 7 }\n',
      '2:10: `model_configs.a/b.system_instruction`: expected a text.',
    ],
    [
      'model_configs:\n  a/b: { system_position: before }\n',
      "2:10: `model_configs.a/b.system_position`: expected 'prepend' or 'append'.",
    ],
    ['prices:\n  a/b: { input: 1 }\n', '2:3: `prices.a/b.output`: it is missing.'],
    ['budget: {}\n', '1:1: `budget`: expected `usd`, `tokens` or both.'],
    [
      'requests:\n  openai: { first_token_timeout: -1 }\n',
      '2:13: `requests.openai.first_token_timeout`: expected at least 0, got -1.',
    ],
  ] as const)(
    'O-38: what is wrong is said with file, line and column: %j',
    async ([text, problem]) => {
      expect(await problemOf(text)).toBe(`assay.config.yaml:${problem}`)
    },
  )
})

describe('concurrency', () => {
  test.for([
    ['max_concurrent: 0', '1:1: `max_concurrent`: expected at least 1, got 0.'],
    ['max_concurrent: -1', '1:1: `max_concurrent`: expected at least 1, got -1.'],
    ['max_concurrent: 1.5', '1:1: `max_concurrent`: expected a whole number, got 1.5.'],
    ['max_concurrent: many', '1:1: `max_concurrent`: expected number, got "many".'],
    [
      'provider_concurrency:\n  openai: 0',
      '2:3: `provider_concurrency.openai`: expected at least 1, got 0.',
    ],
    [
      'provider_concurrency:\n  openai: "2"',
      '2:3: `provider_concurrency.openai`: expected number, got "2".',
    ],
  ] as const)(
    'R-51: concurrency is a whole number of at least 1: %j is an error',
    async ([text, problem]) => {
      expect(await problemOf(text)).toBe(`assay.config.yaml:${problem}`)
    },
  )
})

describe('${VAR}', () => {
  test('O-39: a variable in what concerns the run is read with the file', async () => {
    const text = `
judge_model: \${JUDGE}
max_concurrent: \${PERMITS:-4}
provider_concurrency: { acme: "\${OTHER:-x}" }
`
    await expect(loadText(text, { JUDGE: 'acme/judge' })).rejects.toThrow('got "x"')
    const config = await loadText(text.replace('"${OTHER:-x}"', '2'), { JUDGE: 'acme/judge' })
    expect(config).toMatchObject({ judge: 'acme/judge', concurrency: { default: 4, acme: 2 } })
  })

  test('O-39: a variable of the run that is not set is an error at its place', async () => {
    expect(await problemOf('models:\n  - a/b\njudge_model: ${JUDGE}\n')).toBe(
      'assay.config.yaml:3:14: the environment has no JUDGE: set it, or give a default, ${JUDGE:-…}.',
    )
  })

  test('O-39: a variable in what concerns a model is left until the model is set up', async () => {
    const { modelConfigs } = await loadText(`
models:
  - { name: small, provider: acme, config: { api_key: "\${NOT_SET}" } }
`)
    expect(modelConfigs['acme/small']).toMatchObject([
      { options: { api_key: { $template: '${NOT_SET}', plain: false } } },
    ])
  })

  test('O-39: what a variable holds is never taken for YAML', async () => {
    const config = await loadText('judge_model: ${JUDGE}\n', { JUDGE: 'a/b: #c, ${X} *d &e' })
    expect(config.judge).toBe('a/b: #c, ${X} *d &e')
  })
})

test('each section has its place, for people who ask where a value comes from', async () => {
  const { path, places } = await loadText(`models: [a/b]
judge_model: { name: a/j }
max_concurrent: 3
provider_concurrency: { acme: 2 }
prices: { a/b: { input: 1, output: 2 } }
`)
  expect(places).toEqual({
    models: `${path}:1:1`,
    'models.0': `${path}:1:10`,
    judge: `${path}:2:1`,
    'concurrency.default': `${path}:3:1`,
    'concurrency.acme': `${path}:4:25`,
    'prices.a/b': `${path}:5:11`,
  })
})
