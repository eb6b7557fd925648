import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import custom, { type CustomOptions } from '../../providers/custom.ts'
import { createProviders } from '../../providers/create-providers.ts'
import { loadConfig } from '../../src/config/file/load.ts'
import { testProvider } from '../../src/testing.ts'
import { createFolder, type Files } from '../plugin/folder.ts'
import { failureOf } from '../support/failure.ts'
import { serve } from '../support/http-server.ts'
import { createProject } from '../support/project.ts'

const KEY = 'sk-invented-0123456789'
const index = new URL('../../src/index.ts', import.meta.url).href

/** A class whose models answer with what `said` is. */
const handler = (name: string, said: string) => `
  export class ${name} {
    constructor(params) { this.params = params }
    async test_prompt(prompt) {
      return { success: true, response: ${said}, model: 'm-2026', provider: 'acme', version: '1.0' }
    }
    static async list_models() { return ['small', 'large'] }
  }
`
const speaking = (said: string) => `${handler('Speaking', `'${said}'`)}export default Speaking`

async function folderOf(files: Files): Promise<string> {
  const folder = await createFolder(files)
  onTestFinished(() => folder[Symbol.asyncDispose]())
  return folder.path
}

async function setup(files: Files, options: CustomOptions, name: string = 'mine') {
  const baseDir = await folderOf(files)
  const handle = await custom.setup(name, options, { baseDir })
  onTestFinished(() => handle.teardown())
  return handle.model
}

/** What a model of these files says. */
async function answerOf(files: Files, options: CustomOptions): Promise<string> {
  return (await (await setup(files, options)).generate('Hi')).text
}

/** Why there is none, without the folder. */
async function problemOf(files: Files, options: CustomOptions, name: string = 'mine') {
  const baseDir = await folderOf(files)
  const error = await failureOf(custom.setup(name, options, { baseDir }), KEY)
  const { kind, cause, message } = error
  return { kind, cause, message: message.replaceAll(baseDir, '') }
}

const config = (message: string) => ({ kind: 'config', message })

testProvider(custom, {
  model: 'mine',
  options: { module: 'test/providers/adapters/a-handler.ts', params: { model_name: 'small' } },
})

describe('where a module is', () => {
  const acme = {
    'node_modules/acme/package.json': {
      name: 'acme',
      exports: { '.': './i.js', './my': './my.mjs' },
    },
    'node_modules/acme/i.js': `module.exports = { testPrompt: () => ({ success: true, response: 'main' }) }`,
    'node_modules/acme/my.mjs': speaking('package'),
  }

  test('D-06: a path is the file, by a folder or absolute, and a URL of a file is one', async () => {
    const files = { 'examples/my.ts': speaking('file') }
    expect(await answerOf(files, { module: './examples/my.ts' })).toBe('file')
    expect(await answerOf(files, { module: 'examples/my.ts' })).toBe('file')
    const folder = await folderOf(files)
    const file = join(folder, 'examples/my.ts')
    expect(await answerOf({}, { module: file })).toBe('file')
    expect(await answerOf({}, { module: pathToFileURL(file).href })).toBe('file')
    expect(await answerOf({}, { module: './examples/my.ts', baseDir: folder })).toBe('file')
  })

  test('D-06: a name is a package that is installed for the folder, or a subpath of one', async () => {
    expect(await answerOf(acme, { module: 'acme' })).toBe('main')
    expect(await answerOf(acme, { module: 'acme/my' })).toBe('package')
    expect(await problemOf(acme, { module: 'acme/other' })).toMatchObject(
      config(
        'custom/mine: `module`: "acme/other": `./other` is not in `exports` of its package.json.',
      ),
    )
  })

  test('D-06: of a file and a package with one name the explicit path wins, and the bare name is an error', async () => {
    const files = {
      'examples/my.mjs': speaking('file'),
      'node_modules/examples/my.mjs': speaking('package'),
      'node_modules/examples/package.json': { name: 'examples' },
    }
    expect(await answerOf(files, { module: './examples/my.mjs' })).toBe('file')
    expect(await answerOf(files, { module: './node_modules/examples/my.mjs' })).toBe('package')
    expect(await problemOf(files, { module: 'examples/my.mjs' })).toMatchObject(
      config(
        'custom/mine: `module`: "examples/my.mjs" is a file and a package; write "./examples/my.mjs" for the file, or "./node_modules/examples/my.mjs" for the package.',
      ),
    )
  })

  test.for([
    ['./hanlder.ts', '/hanlder.ts', './handler.ts'],
    ['./handler', '/handler', './handler.ts'],
    ['./handler.js', '/handler.js', './handler.ts'],
    ['../../other/x.ts', undefined, undefined],
  ] as const)(
    'D-22: the file that is probably meant by %s is named',
    async ([module, path, meant]) => {
      const { kind, message } = await problemOf({ 'handler.ts': speaking('x') }, { module })
      expect(kind).toBe('config')
      if (path === undefined) {
        expect(message).toMatch(/^custom\/mine: `module`: there is no file \S+\/x\.ts\.$/)
      } else {
        expect(message).toBe(
          `custom/mine: \`module\`: there is no file ${path}. Did you mean "${meant}"?`,
        )
      }
    },
  )

  test.for([
    ['examples.my_handler', './examples/my_handler.ts'],
    ['examples/my_handler', './examples/my_handler.ts'],
    ['handlr.ts', './handler.ts'],
  ] as const)('D-22: %s, which is no package, is probably meant as %s', async ([module, meant]) => {
    const files = { 'examples/my_handler.ts': speaking('x'), 'handler.ts': speaking('x') }
    expect(await problemOf(files, { module })).toMatchObject(
      config(
        `custom/mine: \`module\`: there is no package "${module}", and no file /${module}. Did you mean "${meant}"?`,
      ),
    )
  })

  test('D-22: a URL of another host is no file', async () => {
    expect(await problemOf({}, { module: 'file://other/x.ts' })).toMatchObject(
      config('custom/mine: `module`: file://other/x.ts is no URL of a file.'),
    )
  })
})

describe('what a module exports', () => {
  const two = `${handler('First', "'first'")}${handler('Second', "'second'")}`
  const plain = 'export const answer = 42\n'

  test.for<[title: string, code: string, name: string | undefined, said: string]>([
    ['the default', `${two}export default Second`, undefined, 'second'],
    ['the export of a name', `${two}export default Second`, 'First', 'first'],
    ['the only model', `${plain}${handler('Only', "'only'")}`, undefined, 'only'],
    [
      'the only model, where the default is none',
      `${handler('Only', "'only'")}export default {}`,
      undefined,
      'only',
    ],
    [
      'the only function',
      `${plain}export const make = async ({ word = 'made' }) => ({ testPrompt: () => ({ success: true, response: word }) })`,
      undefined,
      'made',
    ],
    [
      'an object',
      `export const own = { generate_response: async () => 'responder' }`,
      undefined,
      'responder',
    ],
    [
      'an object that is invoked',
      `export default { ainvoke: async () => ({ content: 'invoked' }) }`,
      undefined,
      'invoked',
    ],
    [
      'a provider of others',
      `export default { setup: (spec) => ({ model: { generate: () => spec } }), teardown() {} }`,
      undefined,
      'mine',
    ],
  ])('%s is asked', async ([, code, name, said]) => {
    expect(
      await answerOf({ 'my.mjs': code }, { module: './my.mjs', ...(name && { export: name }) }),
    ).toBe(said)
  })

  test('D-22: an export that is not there is an error with those that are, the most alike first', async () => {
    const options = { module: './my.mjs', export: 'Secnd' }
    expect(await problemOf({ 'my.mjs': `${plain}${two}` }, options)).toMatchObject(
      config('custom/mine: /my.mjs has no export `Secnd`; it has `Second`, `First`, `answer`.'),
    )
    expect(await problemOf({ 'my.mjs': '' }, options)).toMatchObject(
      config('custom/mine: /my.mjs has no export `Secnd`; it exports nothing.'),
    )
    const { message } = await problemOf({ 'my.mjs': two }, { module: './my.mjs' })
    expect(message).toBe(
      'custom/mine: /my.mjs has no default export; name the one to use with `export`: it has `First`, `Second`.',
    )
  })

  const methods =
    'has no method of a model: `generate_response(prompt, parameters)`, `ainvoke(input)` or `invoke(input)`, ' +
    '`test_prompt(prompt)`, `generate(prompt)`, in snake_case or camelCase; nor `setup` and `teardown` of a provider.'
  test.for([
    ['export class Own { ask() {} }', methods],
    ['export const Own = { ask() {} }', methods],
    ['export const Own = { setup() {} }', methods],
    ['export const Own = () => 42', 'must make an object; it returned a number.'],
    ["export const Own = 'my-model'", 'expected an object, a class or a function, got a text.'],
    ['export const Own = undefined', 'expected an object, a class or a function, got nothing.'],
  ] as const)(
    'D-22, D-01: what is no model is an error with what it lacks: %s',
    async ([code, said]) => {
      const { kind, message } = await problemOf(
        { 'my.mjs': code },
        { module: './my.mjs', export: 'Own' },
      )
      expect(kind).toBe('config')
      expect(message).toMatch(/^custom\/mine: `Own` of \/my\.mjs: /)
      expect(message.endsWith(said), message).toBe(true)
    },
  )
})

describe('params', () => {
  const seeing = handler('Seeing', 'JSON.stringify(this.params)')

  test('D-08: they reach the class unchanged', async () => {
    const params = { model_name: 'my-model', nothing: null, nested: { a: [1, { b: false }] } }
    const text = await answerOf({ 'my.mjs': seeing }, { module: './my.mjs', params })
    expect(JSON.parse(text)).toEqual(params)
    expect(await answerOf({ 'my.mjs': seeing }, { module: './my.mjs' })).toBe('{}')
  })

  test('D-26: other params are another model, and equal ones share it', async () => {
    const files = {
      'my.mjs': `let made = 0\n${handler('Counting', 'String(made)').replace('this.params = params', 'made++')}`,
    }
    const baseDir = await folderOf(files)
    const of = (params: object) => custom.setup('mine', { module: './my.mjs', params }, { baseDir })
    const [one, same] = [await of({ a: 1 }), await of({ a: 1 })]
    expect(same.resourceId).toBe(one.resourceId)
    expect((await same.model.generate('Hi')).text).toBe('1')
    const other = await of({ a: 2 })
    expect((await other.model.generate('Hi')).text).toBe('2')
    for (const handle of [one, same, other]) await handle.teardown()
  })

  test('for an object that is made already they are an error', async () => {
    const files = { 'my.mjs': 'export default { generate: () => "x" }' }
    expect(await problemOf(files, { module: './my.mjs', params: { a: 1 } })).toMatchObject(
      config(
        'custom/mine: `default` of /my.mjs: `params` are for a class or a function; this is made already.',
      ),
    )
  })

  test('D-23: what a class throws is an error of the set-up, with its cause and without its keys', async () => {
    const files = {
      'my.mjs': `export default class {
        constructor({ api_key }) { throw new RangeError('endpoint_url is required beside ' + api_key) }
        test_prompt() {}
      }`,
      'plain.mjs': `export default class {
        constructor() { throw new RangeError('endpoint_url is required') }
        test_prompt() {}
      }`,
    }
    const params = { api_key: KEY }
    expect(await problemOf(files, { module: './my.mjs', params })).toMatchObject({
      kind: 'setup',
      message: "Failed to set up 'custom/mine': endpoint_url is required beside ***",
    })
    const { kind, cause } = await problemOf(files, { module: './plain.mjs', params })
    expect({ kind, cause }).toMatchObject({
      kind: 'setup',
      cause: { name: 'RangeError', message: 'endpoint_url is required' },
    })
  })

  test('D-23: so is what a module throws while it loads', async () => {
    const files = {
      'my.mjs': `throw new Error('no connection')`,
      'wrong.mjs': `import 'not-installed'`,
    }
    expect(await problemOf(files, { module: './my.mjs' })).toMatchObject({
      kind: 'setup',
      message: "Failed to set up 'custom/mine': /my.mjs cannot be loaded: no connection",
      cause: { message: 'no connection' },
    })
    const { kind, message } = await problemOf(files, { module: './wrong.mjs' })
    expect(kind).toBe('setup')
    expect(message).toContain("Failed to set up 'custom/mine': /wrong.mjs cannot be loaded: ")
  })
})

describe('what it says', () => {
  test('a response is of `custom`, and of the provider that is given', async () => {
    const files = { 'my.mjs': speaking('Vienna') }
    const plain = await setup(files, { module: './my.mjs' }, 'org/mine')
    expect(plain.info).toEqual({ provider: 'custom', name: 'org/mine', spec: 'custom/org/mine' })
    const said = { text: 'Vienna', model: 'org/mine', provider: 'custom', servedBy: 'm-2026' }
    expect(await plain.generate('Hi')).toMatchObject(said)
    const named = await setup(files, { module: './my.mjs', provider: 'acme', version: '1.0' })
    expect(named.info.spec).toBe('custom/mine')
    for (const response of [named.generate('Hi'), named.stream('Hi').response]) {
      expect(await response).toMatchObject({ model: 'mine', provider: 'acme' })
    }
    const [settled] = await named.batch(['Hi'])
    expect(settled).toMatchObject({ value: { provider: 'acme' } })
    expect(named.metrics.calls).toBe(3)
  })

  test('`list_models` is asked of the class, or of what it makes', async () => {
    const baseDir = await folderOf({ 'my.mjs': speaking('x') })
    expect(await custom.listModels!({ module: join(baseDir, 'my.mjs') })).toEqual([
      { id: 'small' },
      { id: 'large' },
    ])
    const silent = await folderOf({ 'my.mjs': 'export default { generate: () => "x" }' })
    const error = await failureOf(custom.listModels!({ module: join(silent, 'my.mjs') }))
    expect(error).toMatchObject(config('custom/models: it has no method `list_models`.'))
  })
})

describe('models and providers of this package', () => {
  test('a model keeps what it says of itself, under the name that it is asked by', async () => {
    const files = {
      'my.ts': `
        import { createModel } from '${index}'
        export default ({ text }: { text: string }) => createModel({
          provider: 'acme', name: 'own', contextWindow: 100,
          generate: async () => ({ text, usage: { inputTokens: 1, outputTokens: 1 } }),
        })`,
    }
    const options = { module: './my.ts', params: { text: 'Hello' } }
    const model = await setup(files, options)
    expect(model.info).toEqual({
      provider: 'custom',
      name: 'mine',
      spec: 'custom/mine',
      contextWindow: 100,
    })
    expect(await model.generate('Hi')).toMatchObject({
      text: 'Hello',
      model: 'mine',
      provider: 'acme',
      costUsd: null,
    })
    const providers = createProviders({
      baseDir: await folderOf(files),
      prices: { 'custom/mine': { input: 1e6, output: 2e6 } },
    })
    onTestFinished(() => providers.teardownAll())
    const priced = await providers.setup('custom/mine', options)
    expect((await priced.model.generate('Hi')).costUsd).toBe(3)
  })

  test('a provider sets up its model of this name, in the same surroundings', async () => {
    await using server = await serve(() => ({ status: 200, body: { text: 'Hello' } }))
    const files = {
      'my.ts': `
        import { createModel, defineProvider } from '${index}'
        const log: string[] = []
        export const acme = defineProvider({
          name: 'acme',
          options: { '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value }) } },
          setup: (name, { url }, { request, baseDir }) => createModel({
            provider: 'acme', name,
            generate: async () => ({
              text: [name, baseDir, ((await (await request(url)).json()) as { text: string }).text].join(' '),
            }),
          }),
          teardown: () => void log.push('gone'),
        })
        export default acme
        export const said = () => log`,
    }
    const baseDir = await folderOf(files)
    const providers = createProviders({ baseDir })
    const options = { module: './my.ts', params: { url: server.url } }
    const { model, teardown } = await providers.setup('custom/small', options)
    expect(await model.generate('Hi')).toMatchObject({
      text: `small ${baseDir} Hello`,
      model: 'small',
      provider: 'acme',
      attempts: 1,
    })
    await teardown()
    const { said } = (await import(pathToFileURL(join(baseDir, 'my.ts')).href)) as {
      said: () => string[]
    }
    expect(said()).toEqual(['gone'])
    await providers.teardownAll()
  })

  test('a provider of others gets the params, and gives back what it gave', async () => {
    const files = {
      'my.mjs': `
        globalThis.customLog = []
        export default {
          async setup(spec, options) {
            customLog.push('setup ' + spec + ' ' + JSON.stringify(options))
            return { resource_id: 'id-' + spec, model: { generate: (prompt) => prompt + '!' } }
          },
          async teardown(id) { customLog.push('teardown ' + id) },
        }`,
    }
    const baseDir = await folderOf(files)
    const options = { module: './my.mjs', params: { gpu_memory: 0.9 } }
    const { model, teardown } = await custom.setup('small', options, { baseDir })
    expect((await model.generate('Hi')).text).toBe('Hi!')
    await teardown()
    const { customLog } = globalThis as unknown as { customLog: string[] }
    expect(customLog).toEqual(['setup small {"gpu_memory":0.9}', 'teardown id-small'])
  })
})

describe('names and entries', () => {
  test.for(['../../x', 'a/../b', '', '-a', 'a b', '/a'])(
    'D-26: "%s" is no name of a model',
    async (name) => {
      const said = 'custom: the name of a model begins with a letter or a digit'
      const options = { module: './my.mjs' }
      const { kind, message } = await problemOf({ 'my.mjs': speaking('x') }, options, name)
      expect(kind).toBe('config')
      expect(message).toContain(said)
    },
  )

  test('D-06, D-26: an entry of a configuration file is one, whose variables are read when it is set up', async () => {
    const folder = await folderOf({
      'evals/assay.config.yaml': `
models:
  - name: mine
    module: ./handlers/my.mjs
    params: { api_key: "\${MY_KEY}", size: "\${SIZE:-small}" }
    capabilities: { context_window: 100 }
  - { name: typo, module: ./handlers/mi.mjs }
`,
      'evals/handlers/my.mjs': handler('My', 'JSON.stringify(this.params)'),
    })
    const file = join(folder, 'evals/assay.config.yaml')
    const loaded = loadConfig(file, { env: {} })
    const providers = createProviders({ config: loaded, baseDir: '/', env: { MY_KEY: KEY } })
    onTestFinished(() => providers.teardownAll())
    const { model } = await providers.setup('mine')
    expect(model.info).toMatchObject({ spec: 'custom/mine', contextWindow: 100 })
    expect(JSON.parse((await model.generate('Hi')).text)).toEqual({ api_key: KEY, size: 'small' })
    const { message } = await failureOf(providers.setup('custom/typo'))
    expect(message).toBe(
      `custom/typo: \`module\`: there is no file ${folder}/evals/handlers/mi.mjs. Did you mean "./handlers/my.mjs"?`,
    )
  })
})

describe('in a run', () => {
  const asks = `
    import { foreach } from 'vitest-assay'
    foreach(['a', 'b', 'c'])('asks', async (row, { model }) => (await model.generate(row)).text === row + '!')
  `

  test('D-06, D-07: an entry names a file in TypeScript, which may use the aliases of the project', async () => {
    await using project = await createProject({
      'vitest.config.ts': `
        import { defineConfig } from 'vitest/config'
        import { evals } from 'vitest-assay/config'
        export default defineConfig({
          plugins: [evals()],
          resolve: { alias: { '#own': new URL('./own', import.meta.url).pathname } },
        })
      `,
      'own/mark.ts': `export enum Mark { End = '!' }`, // which Node alone does not run
      'assay.config.yaml': `
models:
  - name: mine
    module: ./handlers/my.ts
    params: { api_key: "\${MY_KEY}" }
    provider: acme
    version: '1.0'
`,
      'handlers/my.ts': `
        import { Mark } from '#own/mark.ts'
        export class MyHandler {
          constructor({ api_key }: { api_key: string }) {
            if (api_key !== '${KEY}') throw new Error('no key')
          }
          async test_prompt(prompt: string) {
            return { success: true, response: prompt + Mark.End }
          }
        }
      `,
      'evals/a.eval.ts': asks,
    })
    const { exitCode, output } = await project.vitest({ env: { MY_KEY: KEY } })
    expect(exitCode, output).toBe(0)
    const rows = await project.rows()
    expect(rows.map(({ model, scores }) => [model, scores['score']?.value])).toEqual(
      Array.from({ length: 3 }, () => ['custom/mine', 1]),
    )
    expect(rows[0]!.calls).toMatchObject([{ model: 'custom/mine' }])
    const manifest = await project.read(`.assay/runs/${(await project.runs())[0]}/run.json`)
    expect(manifest).not.toContain(KEY)
    expect(JSON.parse(manifest)).toMatchObject({
      evals: [
        {
          model: 'custom/mine',
          options: { version: '1.0', provider: 'acme', params: { api_key: '***' } },
        },
      ],
    })
  })

  test('D-22, D-23: what cannot be made is one error for all rows, and nobody tries again', async () => {
    await using project = await createProject({
      'evals/broken.ts': `
        import { appendFileSync } from 'node:fs'
        export default class {
          constructor() {
            appendFileSync('log.txt', 'made ')
            throw new Error('endpoint_url is required')
          }
          test_prompt() {}
        }
      `,
      'evals/a.eval.ts': asks.replace(
        "'c'])",
        "'c'], { models: ['./broken.ts', './brokn.ts'].map((module) => ({ spec: 'custom/mine', options: { module }, name: module })) })",
      ),
    })
    const { exitCode, output } = await project.vitest()
    expect(exitCode).toBe(1)
    expect(output).toContain("Failed to set up 'custom/mine': endpoint_url is required")
    expect(output).toContain('Did you mean "./broken.ts"?')
    expect(await project.read('log.txt')).toBe('made ')
    expect(await project.rows()).toEqual([])
  })
})
