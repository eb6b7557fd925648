import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadText, problemOf } from './load-text.ts'

/** The registration of the original. */
const original = `
models:
  - name: my-custom-model
    module: ./handlers/my.ts
    export: MyCustomHandler
    params: { model_name: my-model, api_key: '\${MY_KEY}', endpoint_url: 'https://your-api-endpoint.example' }
    provider: acme
    version: '1.0'
    capabilities: { max_tokens: 8192 }
    constraints: { cost_per_token: 0.00003, required_memory_gb: 2 }
    system_instruction: Be brief.
`

describe('an entry of a model from a module', () => {
  test('D-06, D-08: it is a model of `custom`, with a short name, and starts at the folder of the file', async () => {
    const config = await loadText(original)
    const folder = dirname(config.path)
    expect(config).toMatchObject({
      models: ['custom/my-custom-model'],
      names: { 'my-custom-model': 'custom/my-custom-model' },
      prices: { 'custom/my-custom-model': { input: 30, output: 30 } },
    })
    expect(config.modelConfigs['custom/my-custom-model']).toMatchObject([
      {
        options: {
          module: `${folder}/handlers/my.ts`,
          export: 'MyCustomHandler',
          params: {
            model_name: 'my-model',
            api_key: { $template: '${MY_KEY}' },
            endpoint_url: 'https://your-api-endpoint.example',
          },
          provider: 'acme',
          version: '1.0',
          baseDir: folder,
        },
        capabilities: { maxOutputTokens: 8192 },
        requirements: { memoryGb: 2 },
        system: 'Be brief.',
      },
    ])
    expect(config.places['prices.custom/my-custom-model']).toMatch(/assay\.config\.yaml:3:5$/)
  })

  test('D-08: it may say `module_path` and `class_name`, and roles may name it', async () => {
    const config = await loadText(`
models: [{ name: mine, module_path: examples.my_handler, class_name: MyHandler, version: 2 }]
judge_model: mine
`)
    expect(config.judge).toBe('custom/mine')
    const { options } = config.modelConfigs['custom/mine']![0]!
    expect(options).toEqual({
      module: 'examples.my_handler',
      export: 'MyHandler',
      version: 2,
      baseDir: dirname(config.path),
    })
  })

  test.for([
    [
      'name: a, module: ./a.ts, config: { x: 1 }',
      '1:37',
      'what goes to a `module` is `params`; `config` is for others.',
    ],
    [
      'name: a, provider: openai, params: { x: 1 }',
      '1:39',
      '`params` goes with `module`, which is missing; options of a provider are `config`.',
    ],
    [
      'name: a, provider: openai, class_name: A',
      '1:39',
      '`class_name` goes with `module`, which is missing; options of a provider are `config`.',
    ],
    [
      'name: a, module: ./a.ts, module_path: a',
      '1:37',
      '`module` and `module_path` are one thing; keep one of them.',
    ],
    [
      'name: a, module: ./a.ts, export: A, class_name: A',
      '1:48',
      '`export` and `class_name` are one thing; keep one of them.',
    ],
    [
      'name: a, module: ./a.ts, constraints: { max_tokens_per_minute: 9 }',
      '1:37',
      'a `module` makes its requests by itself, so that `max_tokens_per_minute` cannot hold; leave it out.',
    ],
    [
      "name: '../../x', module: ./a.ts",
      '1:12',
      'the name of a model begins with a letter or a digit, and has letters, digits and _ . : @ / - in it; got "../../x".',
    ],
  ] as const)(
    'D-26, D-27: an entry that contradicts itself is an error: %s',
    async ([entry, place, problem]) => {
      expect(await problemOf(`models: [{ ${entry} }]`)).toBe(
        `assay.config.yaml:${place}: ${problem}`,
      )
    },
  )

  test.for([
    ['name: a, modul: ./a.ts', 'there is no `modul` (did you mean `module`?)'],
    ['name: a, module: 7', '`models.0.module`: expected a text'],
    ['name: a, module: ./a.ts, version: [1]', 'expected a text or a number'],
    ['module: ./a.ts', '`models.0.name`: it is missing'],
  ] as const)(
    'D-27: what an entry does not know, or lacks, is named: %s',
    async ([entry, said]) => {
      expect(await problemOf(`models: [{ ${entry} }]`)).toContain(said)
    },
  )
})
