import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { openaiCompatibleOptions } from '../../../providers/openai-compatible/options.ts'
import type { ModelSettings, ProjectModels } from '../../../src/provider/options/model-settings.ts'
import {
  type ModelRole,
  type OptionOwner,
  settleModel,
} from '../../../src/provider/options/settle.ts'
import { toTemplate } from '../../../src/provider/options/template.ts'

const acme: OptionOwner = { name: 'acme', options: v.strictObject(openaiCompatibleOptions) }

interface Said {
  readonly code?: ModelSettings
  readonly file?: ModelSettings
  readonly env?: Readonly<Record<string, string>>
  readonly given?: object
  readonly role?: ModelRole
}

function settle({ code, file, env = {}, given = {}, role = 'model' }: Said, owner = acme) {
  const layer = (source: string, settings: ModelSettings) => ({
    source,
    models: { [`${owner.name}/org/m`]: [settings] },
  })
  const project: ProjectModels = {
    ...(code && { code: layer('evals()', code) }),
    ...(file && { file: layer('assay.config.yaml', file) }),
  }
  return settleModel(owner, { modelName: 'org/m', given, role, env, project })
}

const optionsOf = async (said: Said, owner?: OptionOwner) => (await settle(said, owner)).options
const template = (text: string, quoted = false) => toTemplate(text, { at: 'file:1:1', quoted })
const models = (options: object) => JSON.stringify({ 'org/m': { options } })

describe('of several places the most telling one holds', () => {
  const places: readonly (readonly [string, (value: unknown, name: string) => Said])[] = [
    ['evals()', (value, name) => ({ code: { fields: { [name]: value } } })],
    ['ACME_MODELS', (value, name) => ({ env: { ACME_MODELS: models({ [name]: value }) } })],
    ['assay.config.yaml', (value, name) => ({ file: { fields: { [name]: value } } })],
    [
      'ASSAY_ACME_TOP_K',
      (value, name) => ({ env: { [`ASSAY_ACME_${name.toUpperCase()}`]: String(value) } }),
    ],
    ['the call', (value, name) => ({ given: { [camel(name)]: value } })],
  ]
  const camel = (name: string) =>
    name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

  /** What is said where the first so many places speak, each with a value of its own. */
  function saidBy(count: number, name: string, value: (place: number) => unknown): Said {
    const all = places.slice(0, count).map(([, say], place) => say(value(place), name))
    return {
      ...Object.assign({}, ...all),
      env: Object.assign({}, ...all.map(({ env }) => env)),
    } as Said
  }

  test.for([
    ['temperature', 'temperature', (place: number) => place / 10],
    ['max_tokens', 'maxTokens', (place: number) => place + 1],
    ['reasoning_effort', 'reasoningEffort', (place: number) => `level ${place}`],
    ['stop', 'stop', (place: number) => [`end ${place}`]],
  ] as const)(
    'E-17, R-10: of several places the most telling one holds: %s',
    async ([name, option, value]) => {
      for (let count = 1; count <= places.length; count++) {
        const { options, origins } = await settle(saidBy(count, name, value))
        expect(options, `${count} places`).toEqual({ [option]: value(count - 1) })
        const source = places[count - 1]![0].replace('TOP_K', name.toUpperCase())
        expect(origins.get(option)!.source).toBe(source)
      }
    },
  )

  test('E-17, R-10: of several places the most telling one holds for a field that is no option', async () => {
    const said: Said = {
      code: { fields: { top_k: 1 } },
      env: { ACME_MODELS: models({ top_k: 2 }), ASSAY_ACME_BODY: '{"top_k": 4}' },
      file: { fields: { top_k: 3 } },
      given: { body: { top_k: 5 } },
    }
    expect(await optionsOf(said)).toEqual({ body: { top_k: 5 } })
    const { given: _given, ...fromEnv } = said
    expect(await optionsOf(fromEnv)).toEqual({ body: { top_k: 4 } })
    const { env: _env, ...fromFile } = fromEnv
    expect(await optionsOf(fromFile)).toEqual({ body: { top_k: 3 } })
  })

  test('E-17, R-10: what one place does not say, another may', async () => {
    expect(
      await optionsOf({
        code: { options: { temperature: 1, topP: 1 } },
        file: { options: { temperature: 2 } },
        given: { maxTokens: 3, topP: undefined },
      }),
    ).toEqual({ temperature: 2, topP: 1, maxTokens: 3 })
  })
})

describe('places are put together', () => {
  test('R-10: null takes an option away that another place gives', async () => {
    const code = { options: { temperature: 1, topP: 1 }, fields: { top_k: 4, seed: 1 } }
    expect(
      await optionsOf({
        code,
        file: { fields: { temperature: null, top_k: null } },
        given: { seed: null },
      }),
    ).toEqual({ topP: 1, body: {} })
  })

  test('R-10: objects are merged, lists and all others are not', async () => {
    expect(
      await optionsOf({
        code: {
          options: {
            headers: { 'x-a': '1', 'x-b': '1' },
            body: { provider: { order: ['a'], sort: 'price' }, plain: 1 },
            stop: ['a', 'b'],
          },
        },
        file: {
          options: {
            headers: { 'x-b': '2' },
            body: { provider: { order: ['b'] }, plain: { deep: 1 } },
            stop: ['c'],
          },
        },
      }),
    ).toEqual({
      headers: { 'x-a': '1', 'x-b': '2' },
      body: { provider: { order: ['b'], sort: 'price' }, plain: { deep: 1 } },
      stop: ['c'],
    })
  })

  test('R-10: in the request’s JSON and its headers null does so at any depth, and nowhere else', async () => {
    const code = {
      options: { headers: { 'x-a': '1', 'x-b': '1' }, requirements: { memoryGb: 2 } },
      fields: { provider: { order: ['a'], sort: 'price' } },
    }
    const file = {
      options: { headers: { 'x-a': null }, requirements: { memoryGb: null } },
      fields: { provider: { order: null } },
    }
    expect(await optionsOf({ code, file })).toEqual({
      headers: { 'x-b': '1' },
      requirements: { memoryGb: null },
      body: { provider: { sort: 'price' } },
    })
  })

  test('R-10: what nobody says is not there', async () => {
    expect(await optionsOf({ given: { temperature: undefined } })).toEqual({})
    const file = { options: { temperature: 1 } }
    const { origins } = await settle({ file, given: { temperature: undefined } })
    expect(origins.get('temperature')!.source).toBe('assay.config.yaml')
  })

  test('R-10: nothing that was given is changed', async () => {
    const body = { provider: { order: ['a'] } }
    await settle({ code: { options: { body } }, given: { body: { provider: { order: ['b'] } } } })
    expect(body).toEqual({ provider: { order: ['a'] } })
  })
})

describe('a field that each request says by itself cannot be set', () => {
  test.for(['messages', 'model', 'stream', 'input', 'prompt', 'contents'])(
    'R-46: a field that each request says by itself cannot be set: %s',
    async (field) => {
      const at = { [`fields.${field}`]: 'assay.config.yaml:4:7' }
      await expect(settle({ file: { fields: { [field]: [] }, at } })).rejects.toMatchObject({
        kind: 'config',
        message: `assay.config.yaml:4:7: \`${field}\` cannot be set here: it is what each request says by itself.`,
      })
    },
  )

  test('R-46: nor can NAME_MODELS set such a field', async () => {
    await expect(settle({ env: { ACME_MODELS: models({ messages: [] }) } })).rejects.toThrow(
      'ACME_MODELS: `messages` cannot be set here',
    )
  })
})

describe('templates', () => {
  test('O-39: a variable is read when its model is set up, and one that is not set is an error of it alone', async () => {
    const file = { options: { apiKey: template('${KEY}', true) } }
    expect(await optionsOf({ file, env: { KEY: 'secret' } })).toEqual({ apiKey: 'secret' })
    await expect(settle({ file })).rejects.toThrow('file:1:1: the environment has no KEY')
    const project = { file: { source: 'file', models: { 'acme/org/m': [file] } } }
    const other = settleModel(acme, { modelName: 'n', given: {}, role: 'model', env: {}, project })
    expect((await other).options).toEqual({})
  })

  test('O-39: a variable that another place goes over is not needed', async () => {
    const file = { options: { apiKey: template('${KEY}') } }
    expect(await optionsOf({ file, given: { apiKey: 'own' } })).toEqual({ apiKey: 'own' })
  })

  test('O-39: a variable without quotes is what the option wants', async () => {
    const file = {
      options: {
        temperature: template('${ONE}'),
        apiKey: template('${ONE}'),
        strictModels: template('${YES}'),
        headers: { 'x-n': template('${ONE}') },
      },
    }
    expect(await optionsOf({ file, env: { ONE: '1', YES: 'true' } })).toEqual({
      temperature: 1,
      apiKey: '1',
      strictModels: true,
      headers: { 'x-n': '1' },
    })
  })

  test('O-39: a variable without quotes is what it would be in YAML in a field of the request', async () => {
    const fields = {
      top_k: template('${ONE}'),
      text: template('${ONE}', true),
      deep: { on: template('${YES}'), list: [template('${ONE}'), template('n ${ONE}')] },
    }
    expect(await optionsOf({ file: { fields }, env: { ONE: '1', YES: 'true' } })).toEqual({
      body: { top_k: 1, text: '1', deep: { on: true, list: [1, 'n 1'] } },
    })
  })

  test('O-39: a variable with an empty default says nothing', async () => {
    const file = {
      options: {
        id: template('${NONE:-}'),
        apiKey: template('${NONE:-}', true),
        headers: { 'x-a': template('${NONE:-}'), 'x-b': 'b' },
      },
      fields: { user: template('${NONE:-}'), empty: '' },
      system: template('${NONE:-}'),
    }
    const { options, system } = await settle({ file })
    expect(options).toEqual({ headers: { 'x-b': 'b' }, body: { empty: '' } })
    expect(system).toBe('')
  })

  test('O-39: a variable of an instruction is a text', async () => {
    const { system } = await settle({ file: { system: template('${ONE}') }, env: { ONE: '1' } })
    expect(system).toBe('1')
  })
})

describe('beside the options', () => {
  test('R-44, O-18: the most telling place has the instruction; capabilities are put together', async () => {
    const { origins, ...settled } = await settle({
      code: { system: 'one', systemPosition: 'append', capabilities: { vision: true, text: true } },
      file: { system: 'two', capabilities: { vision: false }, at: { system: 'file:2:3' } },
    })
    expect(settled).toEqual({
      options: {},
      system: 'two',
      systemPosition: 'append',
      capabilities: { vision: false, text: true },
    })
    expect(origins.get('system')).toEqual({ source: 'assay.config.yaml', at: 'file:2:3' })
  })
})

describe('a judge', () => {
  test('R-45: a judge has temperature 0 where nobody says another', async () => {
    expect(await optionsOf({ role: 'judge' })).toEqual({ temperature: 0 })
    expect(await optionsOf({ role: 'fixer' })).toEqual({})
    expect(await optionsOf({ role: 'model' })).toEqual({})
  })

  test.for([
    [{ code: { options: { temperature: 0.3 } } }, { temperature: 0.3 }],
    [{ file: { fields: { temperature: 0.3 } } }, { temperature: 0.3 }],
    [{ given: { temperature: 0.3 } }, { temperature: 0.3 }],
    [{ file: { fields: { temperature: null } } }, {}],
  ] as const)(
    'R-45: a judge has another temperature where somebody says it: %j',
    async ([said, options]) => {
      expect(await optionsOf({ ...said, role: 'judge' })).toEqual(options)
    },
  )

  test('R-45: a judge of a provider without temperatures has none', async () => {
    const plain = { name: 'plain', options: v.strictObject({ path: v.optional(v.string()) }) }
    expect(await optionsOf({ role: 'judge' }, plain)).toEqual({})
  })
})

test('a model is known by all names of its provider', async () => {
  const owner = { ...acme, name: 'google', aliases: ['gemini'] }
  const layer = (spec: string, temperature: number) => ({
    source: 'x',
    models: { [spec]: [{ options: { temperature } }] },
  })
  const settled = await settleModel(owner, {
    modelName: 'm',
    given: {},
    role: 'model',
    env: { ASSAY_GEMINI_TOP_P: '0.5', GEMINI_MODELS: '{"m": {"options": {"seed": 7}}}' },
    project: { file: layer('gemini/m', 0.1), code: layer('google/m', 0.2) },
  })
  expect(settled.options).toEqual({ temperature: 0.1, topP: 0.5, seed: 7 })
})

test('R-11: of two models with the same end of their names each has its own options', async () => {
  const env = {
    ACME_MODELS: JSON.stringify({
      'deepseek-ai/v3.1': { options: { temperature: 0.1 } },
      'other/v3.1': { options: { temperature: 0.2 } },
    }),
  }
  const of = async (modelName: string) =>
    (await settleModel(acme, { modelName, given: {}, role: 'model', env, project: {} })).options
  expect(await of('deepseek-ai/v3.1')).toEqual({ temperature: 0.1 })
  expect(await of('other/v3.1')).toEqual({ temperature: 0.2 })
  expect(await of('v3.1')).toEqual({})
})

test('O-19: what a model needs is for a provider that starts it, and says nothing to others', async () => {
  const file = { requirements: { memoryGb: 2 } }
  expect(await optionsOf({ file })).toEqual({})
  const local = {
    name: 'local',
    options: v.strictObject({ requirements: v.optional(v.looseObject({})) }),
  }
  expect(await optionsOf({ file }, local)).toEqual({ requirements: { memoryGb: 2 } })
})

test('what other tools call an option is that option', async () => {
  const owner = {
    name: 'local',
    options: v.strictObject({
      contextSize: v.optional(v.number()),
      gpuLayers: v.optional(v.number()),
    }),
    optionAliases: { n_ctx: 'contextSize', n_gpu_layers: 'gpuLayers' },
  }
  expect(
    await optionsOf(
      {
        code: { options: { contextSize: 1 } },
        file: { options: { n_ctx: 2 }, fields: { n_gpu_layers: -1 } },
        env: { ASSAY_LOCAL_N_CTX: '3' },
      },
      owner,
    ),
  ).toEqual({ contextSize: 3, gpuLayers: -1 })
})

describe('of one model in several roles', () => {
  const said = (role: ModelRole) =>
    optionsOf({
      role,
      file: { fields: { top_k: 1 }, options: { maxTokens: 5 } },
      env: { ASSAY_ACME_TEMPERATURE: '0.7' },
    })

  test('what is said for one role is not said for another', async () => {
    const layer = (role: ModelRole, system: string): ModelSettings => ({ role, system })
    const project: ProjectModels = {
      file: {
        source: 'file',
        models: { 'acme/org/m': [layer('judge', 'Judge.'), layer('fixer', 'Mend.')] },
      },
    }
    const systemOf = async (role: ModelRole) =>
      (await settleModel(acme, { modelName: 'org/m', given: {}, role, env: {}, project })).system
    expect(await systemOf('judge')).toBe('Judge.')
    expect(await systemOf('fixer')).toBe('Mend.')
    expect(await systemOf('model')).toBeUndefined()
  })

  test('R-45: the temperature of all models of a provider is none of its judges', async () => {
    expect(await said('judge')).toEqual({ temperature: 0, maxTokens: 5, body: { top_k: 1 } })
    expect(await said('model')).toMatchObject({ temperature: 0.7 })
  })
})

test('a template that is empty leaves what a weaker place says', async () => {
  const file = { options: { temperature: template('${NOT_SET:-}') } }
  expect(await optionsOf({ file, role: 'judge' })).toEqual({ temperature: 0 })
})

test('as it was written it has templates, and nothing of what variables hold', async () => {
  const file = {
    options: { apiKey: template('${KEY}'), body: { user: template('${USER_ID:-x}') } },
    system: template('You are ${NAME}.'),
  }
  const env = { KEY: 'sk-secret', USER_ID: 'hunter2', NAME: 'Eve' }
  const project: ProjectModels = { file: { source: 'f', models: { 'acme/org/m': [file] } } }
  const asked = { modelName: 'org/m', given: {}, role: 'model', env, project } as const
  expect(await settleModel(acme, { ...asked, expand: false })).toMatchObject({
    options: { apiKey: '${KEY}', body: { user: '${USER_ID:-x}' } },
    system: 'You are ${NAME}.',
  })
})
