import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { aliasesOf } from '../../src/config/aliases.ts'
import type { EvalsOptions } from '../../src/config/options.ts'
import { type ProjectSettings, projectSettings } from '../../src/config/project-settings.ts'
import { defaultLanes } from '../../src/evaluation/settings.ts'
import { permitsOf } from '../../src/request/options.ts'
import { openDesk, pool } from '../broker/desk/open-desk.ts'
import { temporaryFolder } from '../server/temporary-folder.ts'

const aliases = aliasesOf([{ name: 'google', aliases: ['gemini'] }, { name: 'openai' }])

/** The settings of a project with these files. */
async function settingsOf(
  given: EvalsOptions,
  files: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<ProjectSettings> {
  const root = await temporaryFolder()
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), text)
  }
  return projectSettings(given, { root, env, aliases })
}

describe('the configuration file', () => {
  const files = {
    'assay.config.yaml': 'models: [acme/found]',
    'more/named.yaml': 'models: [acme/named]',
  }
  const modelsOf = async (given: EvalsOptions, env = {}) =>
    (await settingsOf(given, files, env)).defaults.models

  test('O-40: the configuration file is the one in the root of the project', async () => {
    expect(await modelsOf({})).toEqual(['acme/found'])
  })

  test('O-40: the configuration file is the one that is named, by evals() before ASSAY_CONFIG', async () => {
    expect(await modelsOf({ config: 'more/named.yaml' })).toEqual(['acme/named'])
    expect(await modelsOf({}, { ASSAY_CONFIG: 'more/named.yaml' })).toEqual(['acme/named'])
    const env = { ASSAY_CONFIG: 'nowhere.yaml' }
    expect(await modelsOf({ config: 'more/named.yaml' }, env)).toEqual(['acme/named'])
    expect(await modelsOf({}, { ASSAY_CONFIG: '' })).toEqual(['acme/found'])
  })

  test('O-40: there is no configuration file where evals() says so', async () => {
    expect(await modelsOf({ config: false })).toBeUndefined()
    expect((await settingsOf({ config: false }, files)).config).toBeUndefined()
  })

  test('O-40: a configuration file that is named and not there is an error', async () => {
    await expect(settingsOf({ config: 'nowhere.yaml' })).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringMatching(
        /^The configuration file .*nowhere\.yaml cannot be read/,
      ) as string,
    })
  })

  test('O-40: the configuration file may be missing', async () => {
    expect(await settingsOf({})).toMatchObject({ config: undefined, defaults: {}, models: {} })
  })
})

describe('the file goes over the options of the plugin', () => {
  test('E-17: the file goes over the options of the plugin in its models and roles', async () => {
    const given = { model: 'a/own', judge: 'a/judge', fixer: 'a/fixer' }
    expect((await settingsOf(given)).defaults).toEqual(given)
    const file = { 'assay.config.yaml': 'models: [b/m, b/n]\njudge_model: b/judge\n' }
    expect((await settingsOf(given, file)).defaults).toEqual({
      models: ['b/m', 'b/n'],
      judge: 'b/judge',
      fixer: 'a/fixer',
    })
    const one = { 'assay.config.yaml': 'response_model: b/one\n' }
    expect((await settingsOf({ models: ['a/m'] }, one)).defaults).toMatchObject({ model: 'b/one' })
  })

  test('E-17: the file goes over the options of the plugin entry by entry in maps, and else as a whole', async () => {
    const { options } = await settingsOf(
      {
        concurrency: { default: 1, openai: 2, google: 3 },
        limits: { openai: { rpm: 1 } },
        prices: { 'a/b': { input: 1, output: 1 } },
        budget: { usd: 1 },
        maxErrorRate: 0.1,
        rowTimeout: 5,
      },
      {
        'assay.config.yaml': `
max_concurrent: 10
provider_concurrency: { openai: 20, acme: 4 }
limits: { acme: { rpm: 2 } }
prices: { a/b: { input: 2, output: 2 } }
budget: { tokens: 100 }
max_error_rate: 0.2
`,
      },
    )
    expect(options).toMatchObject({
      concurrency: { default: 10, openai: 20, google: 3, acme: 4 },
      limits: { openai: { rpm: 1 }, acme: { rpm: 2 } },
      prices: { 'a/b': { input: 2, output: 2 } },
      maxErrorRate: 0.2,
      rowTimeout: 5,
    })
    expect(options.budget).toEqual({ tokens: 100 })
  })

  test('E-17: a number for `concurrency` stays the lanes where the file says nothing of permits', async () => {
    const file = { 'assay.config.yaml': 'judge_model: a/b' }
    expect((await settingsOf({ concurrency: 3 }, file)).defaults.lanes).toBe(3)
    const { options } = await settingsOf(
      { concurrency: 3 },
      { 'assay.config.yaml': 'provider_concurrency: { openai: 5 }' },
    )
    expect(options.concurrency).toEqual({ default: 3, openai: 5 })
  })

  test('E-17: options of models stay apart, since the environment comes between plugin and file', async () => {
    const { models } = await settingsOf(
      { modelConfigs: { 'a/b': { systemInstruction: 'own', options: { seed: 1 } } } },
      { 'assay.config.yaml': 'model_configs: { a/b: { options: { seed: 2 } } }' },
    )
    expect(models.code).toEqual({
      source: 'evals()',
      models: { 'a/b': [{ system: 'own', fields: { seed: 1 } }] },
    })
    expect(models.file!.models['a/b']).toMatchObject([{ fields: { seed: 2 } }])
  })
})

test('R-48: ten is the default, of the code and of its docs', async () => {
  const { defaults } = await settingsOf({})
  expect(defaultLanes(undefined, { defaults, permits: {} })).toBe(10)
  const { ask } = openDesk()
  const asked = Array.from({ length: 20 }, () => ask(pool({ local: true })))
  await turn()
  expect(asked.filter(({ permit }) => permit)).toHaveLength(10)
  const docs = await readFile(new URL('../../docs/requests.md', import.meta.url), 'utf8')
  expect(docs).toContain(
    'Without it the number adapts, from 10 up to 100, and an eval has ten lanes',
  )
})

test('R-49: a provider has one limit, whichever of its names says so', async () => {
  const { options, defaults } = await settingsOf(
    { concurrency: { google: 3 } },
    {
      'assay.config.yaml':
        'provider_concurrency: { gemini: 20 }\nlimits: { gemini/pro: { rpm: 1 } }',
    },
  )
  expect(options).toMatchObject({
    concurrency: { google: 20 },
    limits: { 'google/pro': { rpm: 1 } },
  })
  const permits = permitsOf(options.concurrency)
  const lanes = ['gemini/pro', 'google/pro', 'openai/pro'].map((spec) =>
    defaultLanes({ spec }, { defaults, permits }),
  )
  expect(lanes).toEqual([20, 20, 10])
})

test.for([
  [{ model: 'gpt-4' }, 'openai/gpt-4'],
  [{ models: ['acme/m', 'claude-3'] }, 'anthropic/claude-3'],
  [{ judge: 'gemini-pro' }, 'google/gemini-pro'],
] as const)('R-50: a name without its provider is an error: %j', async ([given, meant]) => {
  await expect(settingsOf(given)).rejects.toMatchObject({
    kind: 'config',
    message: expect.stringMatching(
      new RegExp(`^evals\\(\\): A model is named .*; did you mean "${meant}"\\?$`),
    ) as string,
  })
})

test('H-26: evals() may name a model as the file does', async () => {
  const file = { 'assay.config.yaml': 'models: [{ name: gpt-4, provider: openai }]' }
  const { defaults, models } = await settingsOf({ judge: 'gpt-4' }, file)
  expect(defaults.judge).toBe('gpt-4')
  expect(models.names).toEqual({ 'gpt-4': 'openai/gpt-4' })
})
