import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { providersFromEnv } from '../../../providers/openai-compatible/from-env.ts'
import { createDesk } from '../../../src/broker/desk.ts'
import { definedModels } from '../../../src/provider/options/models-variable.ts'
import { bindProviders, type Providers } from '../../../src/provider/providers.ts'
import { createSeam } from '../../../src/request/seam.ts'
import { type Handler, type HttpServer, serve } from '../../support/http-server.ts'

interface Lab extends AsyncDisposable {
  readonly server: HttpServer
  readonly providers: Providers
}

/** A custom provider `lab` with these models, whose server answers with 'yes'. */
async function labWith(models: string, more: Handler = () => {}): Promise<Lab> {
  const choices = [{ message: { content: 'yes' }, finish_reason: 'stop' }]
  const server = await serve(
    (request, response) => more(request, response) ?? { body: { choices } },
  )
  const env = { LAB_API_BASE: server.url, LAB_MODELS: models, OTHER_MODELS: '{' }
  const seam = createSeam({ desk: createDesk(), random: () => 0 })
  const providers = bindProviders({ providers: [], fromEnv: providersFromEnv, env, seam })
  return { server, providers, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const modelsOf = (value: string) => definedModels({ ACME_MODELS: value }, ['acme'])?.models

describe('NAME_MODELS', () => {
  test('R-08: NAME_MODELS may be names with commas between them', () => {
    expect(modelsOf(' small, org/large ,')).toEqual([
      { name: 'small', id: 'small', settings: {} },
      { name: 'org/large', id: 'org/large', settings: {} },
    ])
    expect(modelsOf('"small"')).toEqual([{ name: 'small', id: 'small', settings: {} }])
  })

  test('R-08: NAME_MODELS may be a map of names to their ids and options', () => {
    expect(
      modelsOf(
        '{"GLM-4.6": {"id": "glm-4.6", "options": {"reasoning_effort": "high"}}, "K2": {}, "K3": null}',
      ),
    ).toEqual([
      {
        name: 'GLM-4.6',
        id: 'glm-4.6',
        settings: { options: { id: 'glm-4.6' }, fields: { reasoning_effort: 'high' } },
      },
      { name: 'K2', id: 'K2', settings: { fields: {} } },
      { name: 'K3', id: 'K3', settings: {} },
    ])
  })

  test('R-08: NAME_MODELS may give just an id for a name', () => {
    expect(modelsOf('{"K2": "kimi-k2"}')).toEqual([
      { name: 'K2', id: 'kimi-k2', settings: { options: { id: 'kimi-k2' }, fields: {} } },
    ])
  })

  test('R-08: NAME_MODELS may be a list of names and of models', () => {
    expect(
      modelsOf('["small", {"name": "K2", "id": "kimi-k2"}, {"id": "r1", "options": {"seed": 1}}]'),
    ).toEqual([
      { name: 'small', id: 'small', settings: {} },
      { name: 'K2', id: 'kimi-k2', settings: { options: { id: 'kimi-k2' }, fields: {} } },
      { name: 'r1', id: 'r1', settings: { options: { id: 'r1' }, fields: { seed: 1 } } },
    ])
  })

  test('R-08: NAME_MODELS may still have the quotes of a shell around it', () => {
    expect(modelsOf(`'{"K2": {}}'`)).toEqual(modelsOf('{"K2": {}}'))
    expect(modelsOf(`'["K2"]'`)).toEqual(modelsOf('["K2"]'))
  })

  test('R-08: NAME_MODELS is the variable of any name of the provider, in any case', () => {
    const env = { Gemini_MODELS: 'pro' }
    expect(definedModels(env, ['google', 'gemini'])).toMatchObject({
      source: 'Gemini_MODELS',
      models: [{ name: 'pro' }],
    })
    expect(definedModels(env, ['acme'])).toBeUndefined()
    expect(definedModels({ ACME_MODELS: ' ' }, ['acme'])).toBeUndefined()
  })

  test.for(['/root/.ollama/models', '~/models', './models', 'C:\\models', '..\\models'])(
    'R-08: NAME_MODELS that is a folder, as Ollama’s own, defines no models: %s',
    (path) => {
      expect(definedModels({ OLLAMA_MODELS: path }, ['ollama'])).toBeUndefined()
    },
  )
})

describe('what is wrong is an error that names the variable, and shows nothing of its value', () => {
  test.for([
    ['{', 'the value is { alone: put JSON of several lines into single quotes in a .env file.'],
    ['[', 'the value is [ alone: put JSON of several lines into single quotes in a .env file.'],
    ['{"a": {"id": "secret"}', 'it is no JSON from character 23 on.'],
    ["{'a': 'secret'}", 'it is no JSON from character 2 on.'],
    ['{"a": {"temperature": 0.0-2.0}}', 'it is no JSON from character 26 on.'],
    ['{"a": {"id": 7}}', 'a: expected `id` to be a text.'],
    ['{"a": 7}', 'a: expected `id` to be a text.'],
    ['{"a": {"id": ""}}', 'a: expected `id` to be a text.'],
    ['{"a": {"option": {}}}', 'a: expected `id` and `options`, got `option`.'],
    ['{"a": {"options": ["secret"]}}', 'a: expected `options` to be an object.'],
    ['[7]', 'expected names, or { "name": { "id", "options" } }.'],
    ['[{"options": {}}]', 'a model has neither name nor id.'],
  ] as const)(
    'R-08: what is wrong is an error that names the variable, and shows nothing of its value: %s',
    ([value, problem]) => {
      const call = () => modelsOf(value)
      expect(call).toThrow(
        expect.objectContaining({ kind: 'config', message: `ACME_MODELS: ${problem}` }),
      )
      try {
        call()
      } catch (error) {
        expect(inspect(error)).not.toContain('secret')
      }
    },
  )

  test('R-08: two spellings with two values are one too many', () => {
    const env = { ACME_MODELS: 'a', Acme_MODELS: 'b' }
    expect(() => definedModels(env, ['acme'])).toThrow(
      'ACME_MODELS and Acme_MODELS are one variable with two values; remove one of them.',
    )
  })
})

describe('a request for a model of NAME_MODELS', () => {
  test('R-09: a request names the model by its id, and the response by the name of its spec', async () => {
    await using lab = await labWith('{"GLM-4.6": {"id": "glm-4.6"}}')
    await using handle = await lab.providers.setup('lab/GLM-4.6')
    const { model, provider, servedBy } = await handle.model.generate('why?')
    expect({ model, provider, servedBy }).toEqual({
      model: 'GLM-4.6',
      provider: 'lab',
      servedBy: 'glm-4.6',
    })
    expect(handle.model.info.spec).toBe('lab/GLM-4.6')
    expect(lab.server.requests[0]!.json['model']).toBe('glm-4.6')
  })

  test('R-10, R-11: each model has its own options, under those of the set-up and of the call', async () => {
    await using lab = await labWith(
      '{"deepseek-ai/v3.1": {"options": {"reasoning_effort": "high", "temperature": 0.1, "top_k": 4}},' +
        ' "other/v3.1": {"options": {"reasoning_effort": "low"}}}',
    )
    await using one = await lab.providers.setup('lab/deepseek-ai/v3.1')
    await using two = await lab.providers.setup('lab/other/v3.1')
    await using set = await lab.providers.setup('lab/deepseek-ai/v3.1', {
      reasoningEffort: 'none',
      temperature: 0.2,
      body: { top_k: null },
    })
    await one.model.generate('a')
    await two.model.generate('b')
    await set.model.generate('c')
    await set.model.generate('d', { temperature: 0.3 })
    expect(lab.server.requests.map(({ json: { messages: _, ...rest } }) => rest)).toEqual([
      { model: 'deepseek-ai/v3.1', reasoning_effort: 'high', temperature: 0.1, top_k: 4 },
      { model: 'other/v3.1', reasoning_effort: 'low' },
      { model: 'deepseek-ai/v3.1', reasoning_effort: 'none', temperature: 0.2 },
      { model: 'deepseek-ai/v3.1', reasoning_effort: 'none', temperature: 0.3 },
    ])
  })

  test('R-13: a model that NAME_MODELS does not define is asked all the same', async () => {
    await using lab = await labWith('small')
    await using handle = await lab.providers.setup('lab/anything')
    expect(await handle.model.generate('why?')).toMatchObject({ text: 'yes' })
    expect(lab.server.requests.map(({ url }) => url)).toEqual(['/chat/completions'])
  })

  test('R-08: a wrong variable is an error of its own provider, at set-up', async () => {
    await using lab = await labWith('{"a": {"id": }}')
    const error = { kind: 'config', message: 'LAB_MODELS: it is no JSON from character 14 on.' }
    await expect(lab.providers.setup('lab/a')).rejects.toMatchObject(error)
    expect(lab.server.requests).toEqual([])
  })
})

describe('the list of models', () => {
  const listed: Handler = ({ url }) =>
    url === '/models'
      ? { body: { object: 'list', data: [{ id: 'glm-4.6', owned_by: 'zhipu' }, { id: 'new' }] } }
      : undefined

  test('R-12: the list has what is defined and what the server lists, each once', async () => {
    await using lab = await labWith('{"GLM-4.6": {"id": "glm-4.6"}, "own": {}}', listed)
    expect(await lab.providers.get('lab').listModels!()).toEqual([
      { id: 'glm-4.6', name: 'GLM-4.6', ownedBy: 'zhipu' },
      { id: 'own' },
      { id: 'new' },
    ])
  })

  test('R-12: the list of a server without one is what is defined', async () => {
    await using lab = await labWith('{"GLM-4.6": {"id": "glm-4.6"}}', () => ({ status: 404 }))
    expect(await lab.providers.get('lab').listModels!()).toEqual([
      { id: 'glm-4.6', name: 'GLM-4.6' },
    ])
  })

  test('R-12: an error of the server is one, whatever is defined', async () => {
    await using lab = await labWith('small', () => ({ status: 401, body: { error: {} } }))
    await expect(lab.providers.get('lab').listModels!()).rejects.toMatchObject({ kind: 'auth' })
  })

  test('R-13: with `strictModels` a model that is not in it is an error before any other request', async () => {
    await using lab = await labWith('{"GLM": {"id": "glm-4.6"}, "own": {}}', listed)
    await using handle = await lab.providers.setup('lab/GLM', { strictModels: true })
    expect(handle.model.info.name).toBe('GLM')
    await expect(lab.providers.setup('lab/glm-4.7', { strictModels: true })).rejects.toMatchObject({
      kind: 'config',
      message:
        "lab: the server does not list 'glm-4.7', and `strictModels` is set; it lists glm-4.6, new.",
    })
    expect(lab.server.requests.map(({ url }) => url)).toEqual(['/models', '/models'])
  })
})
