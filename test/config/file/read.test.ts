import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadText, problemOf } from './load-text.ts'

describe('models', () => {
  test('R-41: models are specs, or entries with a provider beside the name', async () => {
    const config = await loadText(`
models:
  - openai/gpt-4
  - { name: claude-3-opus, provider: anthropic }
  - name: openrouter/meta/llama-4:free
`)
    expect(config.models).toEqual([
      'openai/gpt-4',
      'anthropic/claude-3-opus',
      'openrouter/meta/llama-4:free',
    ])
  })

  test('R-41: an entry with a slash in its name is a model of its provider all the same', async () => {
    const config = await loadText('models: [{ name: microsoft/phi-5, provider: huggingface }]')
    expect(config.models).toEqual(['huggingface/microsoft/phi-5'])
    expect(config.names).toEqual({}) // it would take the place of the model of that spec
  })

  test('what a role says of its model is said for that role, and paths start at the file', async () => {
    const config = await loadText(`
judge_model: { name: a/b, params: { ca: ./ca.pem } }
cache: { path: ./kept.sqlite }
model_configs: { a/b: { options: { ca: ./other.pem } } }
`)
    const folder = dirname(config.path)
    expect(config.cache).toMatchObject({ path: `${folder}/kept.sqlite` })
    expect(config.modelConfigs['a/b']).toMatchObject([
      { role: 'judge', options: { ca: `${folder}/ca.pem` } },
      { fields: { ca: `${folder}/other.pem` } },
    ])
  })

  test('R-41: a model stands in the list once', async () => {
    expect(await problemOf('models:\n  - a/b\n  - { name: b, provider: a }\n')).toBe(
      'assay.config.yaml:3:5: a/b is in the list already.',
    )
  })
})

describe('a name that is no spec', () => {
  test.for([
    ['models: [gpt-4]', '1:10', 'gpt-4', 'openai/gpt-4'],
    ['models:\n  - name: claude-3-opus\n', '2:5', 'claude-3-opus', 'anthropic/claude-3-opus'],
    ['judge_model: gemini-2.5-pro', '1:1', 'gemini-2.5-pro', 'google/gemini-2.5-pro'],
    ['model_configs:\n  o3: {}\n', '2:3', 'o3', 'openai/o3'],
    [
      'models:\n  - { name: gpt-4.1, provider: openai }\nresponse_model: gpt41\n',
      '3:1',
      'gpt41',
      'gpt-4.1',
    ],
    [
      'models:\n  - { name: gpt-4.1, provider: openai }\nresponse_model:\n  name: gpt41\n',
      '4:3',
      'gpt41',
      'gpt-4.1',
    ],
  ] as const)(
    'R-50, H-26: a name that is no spec is an error with what was probably meant: %j',
    async ([text, place, got, meant]) => {
      expect(await problemOf(text)).toBe(
        `assay.config.yaml:${place}: A model is named \`provider/model-name\`; got "${got}"; did you mean "${meant}"?`,
      )
    },
  )

  test('R-50, H-26: a name that is like none is an error with an example', async () => {
    expect(await problemOf('fixer_model: best')).toBe(
      'assay.config.yaml:1:1: A model is named `provider/model-name`, as in "openai/gpt-5-mini"; got "best".',
    )
  })
})

describe('roles', () => {
  test('H-26: a role is a spec, or a name with its options', async () => {
    const config = await loadText(`
response_model: openai/gpt-4.1
judge_model:
  name: google/gemini-2.5-pro
  params: { temperature: 0.2 }
  options: { top_k: 4 }
  system_instruction: Be strict.
  system_position: append
fixer_model: acme/fixer
`)
    expect(config).toMatchObject({
      model: 'openai/gpt-4.1',
      judge: 'google/gemini-2.5-pro',
      fixer: 'acme/fixer',
    })
    expect(config.modelConfigs).toMatchObject({
      'google/gemini-2.5-pro': [
        {
          options: { temperature: 0.2 },
          fields: { top_k: 4 },
          system: 'Be strict.',
          systemPosition: 'append',
        },
      ],
    })
  })

  test('H-26: a role may name an entry of the list by its name alone', async () => {
    const config = await loadText(`
models: [{ name: gpt-4.1, provider: openai }]
response_model: gpt-4.1
judge_model: { name: gpt-4.1, params: { temperature: 0 } }
model_configs: { gpt-4.1: { system_instruction: Think. } }
`)
    expect(config).toMatchObject({ model: 'openai/gpt-4.1', judge: 'openai/gpt-4.1' })
    expect(Object.keys(config.modelConfigs)).toEqual(['openai/gpt-4.1'])
    expect(config.names).toEqual({ 'gpt-4.1': 'openai/gpt-4.1' })
  })

  test('H-26: a name of two entries says nothing by itself', async () => {
    const text = `
models: [{ name: llama, provider: groq }, { name: llama, provider: together }]
judge_model: llama
`
    expect(await problemOf(text)).toContain('3:1: A model is named `provider/model-name`')
  })
})

test('what is said of one model in several places is kept in their order', async () => {
  const { modelConfigs } = await loadText(`
models: [{ name: b, provider: a, config: { temperature: 1 } }]
judge_model: { name: a/b, params: { temperature: 2 } }
model_configs: { a/b: { options: { temperature: 3 } } }
`)
  expect(modelConfigs['a/b']).toMatchObject([
    { options: { temperature: 1 } },
    { options: { temperature: 2 } },
    { fields: { temperature: 3 } },
  ])
})

test('R-48, R-49: max_concurrent is for all providers, provider_concurrency for one', async () => {
  expect(
    (await loadText('max_concurrent: 10\nprovider_concurrency: { openai: 5 }')).concurrency,
  ).toEqual({ default: 10, openai: 5 })
  expect((await loadText('max_concurrent: 10')).concurrency).toEqual({ default: 10 })
  expect((await loadText('models: [a/b]')).concurrency).toBeUndefined()
})

test('a path among the options that begins with a dot starts at the folder of the file', async () => {
  const { path, modelConfigs } = await loadText(`
models:
  - name: own
    provider: llama-cpp
    config: { path: ./models/own.gguf, ca: ../ca.pem, files: [./a, b/c], id: .hidden }
`)
  const folder = dirname(path)
  expect(modelConfigs['llama-cpp/own']).toMatchObject([
    {
      options: {
        path: `${folder}/models/own.gguf`,
        ca: `${dirname(folder)}/ca.pem`,
        files: [`${folder}/a`, 'b/c'],
        id: '.hidden',
      },
    },
  ])
})

test('prices of entries are those of the list, under those of `prices`', async () => {
  const { prices } = await loadText(`
models:
  - { name: b, provider: a, constraints: { cost_per_token: 0.00003 } }
  - { name: c, provider: a, capabilities: { input_cost_per_token: 1e-5, output_cost_per_token: 0 } }
prices: { a/c: { input: 1, output: 2 } }
`)
  expect(prices).toEqual({ 'a/b': { input: 30, output: 30 }, 'a/c': { input: 1, output: 2 } })
})
