import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type HttpServer, serve } from '../support/http-server.ts'
import { createProject, type Project } from '../support/project.ts'

const root = new URL('../../', import.meta.url)
const KEY = 'sk-acme-0123456789'

/** The example package, as an install puts it. */
const acme = Object.fromEntries(
  await Promise.all(
    ['package.json', 'provider.mjs'].map(async (name) => [
      `node_modules/acme-provider/${name}`,
      await readFile(new URL(`test/packages/acme-provider/${name}`, root), 'utf8'),
    ]),
  ),
) as Record<string, string>

const withPackages = (...names: string[]) => ({
  'package.json': JSON.stringify({
    type: 'module',
    devDependencies: Object.fromEntries(names.map((name) => [name, '1.0.0'])),
  }),
})

const configOf = (options: string) => `
  import { defineConfig } from 'vitest/config'
  import { evals } from 'vitest-assay/config'
  export default defineConfig({
    plugins: [evals(${options})],
    resolve: { alias: { '#own': new URL('./own', import.meta.url).pathname } },
  })
`

/** An eval on each model, which says as a reason what it answers. */
const evalOn = (...specs: string[]) => `
  import { foreach } from 'vitest-assay'
  foreach(['hello'], { models: ${JSON.stringify(specs)} })('asks', async (row, { model }) => {
    const { text } = await model.generate(row)
    return { name: 'said', value: 1, reason: text }
  })
`

/** A module whose provider answers with its own words. */
const speaking = (name: string, words: string) => `
  import { createModel, defineProvider } from 'vitest-assay'
  export default defineProvider({
    name: '${name}',
    setup: (model) => createModel({ provider: '${name}', name: model, generate: async () => ({ text: ${words} }) }),
  })
`

/** A package with providers, whose module is `provider.mjs`. */
const packageOf = (name: string, providers: unknown, module: string) => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({
    name,
    type: 'module',
    assay: { providers },
  }),
  [`node_modules/${name}/provider.mjs`]: module,
})

/** What the models of the newest run said, by their specs. */
async function answersIn(project: Project): Promise<Record<string, string | undefined>> {
  const rows = await project.rows()
  return Object.fromEntries(rows.map(({ model, scores }) => [model, scores['said']?.reason]))
}

/** Answers with the last message in capitals, one after the other. */
async function startAcme(): Promise<HttpServer & { readonly mostAtOnce: () => number }> {
  let now = 0
  let most = 0
  let count = 0
  const server = await serve(async ({ json }) => {
    now++
    most = Math.max(most, now)
    await new Promise((resolve) => setImmediate(resolve))
    now--
    if (count++ === 0) return { status: 500, body: { error: 'Once more.' } }
    const { content } = (json['messages'] as { content: string }[]).at(-1)!
    return { body: { text: content.toUpperCase(), tokens: { in: 3, out: 1 } } }
  })
  return Object.assign(server, { mostAtOnce: () => most })
}

const asked = `
  import { foreach } from 'vitest-assay'
  foreach(['a', 'b', 'c', 'd'], {
    models: ['acme/small', { spec: 'acme/small', options: { shout: true }, name: 'shouting' }],
  })('capitals', async (row, { model }) => (await model.generate(row)).text === row.toUpperCase())
`

test.for(['the same', 'another'])(
  'E-14: a package with %s copy of vitest-assay brings a provider, with the keys, permits and attempts of the run',
  async (copy) => {
    await using server = await startAcme()
    await using project = await createProject({
      ...acme,
      ...withPackages('acme-provider'),
      'vitest.config.ts': configOf('{ limits: { acme: { concurrency: 1 } } }'),
      'a.eval.ts': asked,
    })
    if (copy === 'another') {
      const own = join(project.folder, 'node_modules/acme-provider/node_modules/vitest-assay')
      for (const part of ['package.json', 'dist']) {
        await cp(fileURLToPath(new URL(part, root)), join(own, part), { recursive: true })
      }
    }
    const env = { ACME_API_BASE: server.url, ACME_API_KEY: KEY }
    const { exitCode, output } = await project.vitest({ env })
    expect(exitCode, output).toBe(0)
    expect(output).not.toContain(KEY)
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(
      Array.from({ length: 9 }, () => `Bearer ${KEY}`),
    )
    expect(server.mostAtOnce()).toBe(1)
    const rows = await project.rows()
    expect(rows.map(({ scores }) => scores['score']!.value)).toEqual(
      Array.from({ length: 8 }, () => 1),
    )
    const calls = rows.flatMap((row) => row.calls)
    expect(calls.map(({ model }) => model)).toEqual(Array.from({ length: 8 }, () => 'acme/small'))
    expect(calls.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(9)
    expect(calls[0]!.usage).toEqual({ inputTokens: 3, outputTokens: 1 })
    expect(
      server.requests.filter(({ json }) => json['shout'] === true).length,
    ).toBeGreaterThanOrEqual(4)
  },
)

const here = { lab: './provider.mjs' }

test('E-14: broken packages are named at the start, and by their own models alone', async () => {
  await using project = await createProject({
    ...withPackages('malformed', 'missing', 'throwing', 'empty', 'homemade', 'misnamed', 'working'),
    ...packageOf('malformed', ['./provider.mjs'], ''),
    ...packageOf('missing', { missing: './other.mjs' }, ''),
    ...packageOf('throwing', { throwing: './provider.mjs' }, 'throw new Error("no luck")'),
    ...packageOf('empty', { empty: './provider.mjs' }, 'export const acme = 1'),
    ...packageOf(
      'homemade',
      { homemade: './provider.mjs' },
      'export default { name: "homemade", setup() {} }',
    ),
    ...packageOf('misnamed', { misnamed: './provider.mjs' }, speaking('named', "''")),
    ...packageOf('working', { working: './provider.mjs' }, speaking('working', "'I work'")),
    'a.eval.ts': evalOn(
      ...['missing', 'throwing', 'empty', 'homemade', 'misnamed', 'malformed', 'working'].map(
        (name) => `${name}/m`,
      ),
    ),
  })
  const { exitCode, output } = await project.vitest()
  expect(exitCode).toBe(1)
  expect(await answersIn(project)).toEqual({ 'working/m': 'I work' })
  const plain = output.replaceAll(`${project.folder}/node_modules`, '')
  const lines = plain.split('\n').map((line) => line.replace('AssayError: ', '').trim())
  const from = (name: string) => lines.filter((line) => line.startsWith(`package ${name}: `))
  const malformed =
    'package malformed: `assay` of its package.json: expected an object, as { "providers": { "acme": "./provider" } }.'
  const missing =
    'package missing: there is no file /missing/other.mjs, which `./other.mjs` of its package.json leads to.'
  expect(from('malformed')).toEqual([malformed])
  expect(from('missing')).toEqual([missing, missing])
  expect(from('throwing')).toEqual([
    'package throwing: /throwing/provider.mjs cannot be loaded: no luck',
  ])
  const expected =
    'expected its default export to be what `defineProvider()` of vitest-assay returns'
  expect(from('empty')).toEqual([`package empty: /empty/provider.mjs: ${expected}; got none.`])
  expect(from('homemade')).toEqual([
    `package homemade: /homemade/provider.mjs: ${expected}; got an object with a \`setup\` that another function, or another version of it, has made.`,
  ])
  expect(from('misnamed')).toEqual([
    'package misnamed: /misnamed/provider.mjs has the provider `named`, which its package.json calls `misnamed`; they must agree.',
  ])
  expect(plain).toContain('There is no provider `malformed`.')
})

test('a listed file is loaded as files of the project are, and may be a built-in provider', async () => {
  await using project = await createProject({
    ...withPackages('lab'),
    ...packageOf('lab', { openai: './provider.mjs', ...here }, speaking('lab', "'of the package'")),
    'own/words.ts': 'export enum Words { Own = "of the file" }',
    'own/provider.ts': `import { Words } from '#own/words'\n${speaking('openai', 'Words.Own as string')}`,
    'vitest.config.ts': configOf("{ providers: ['./own/provider.ts'] }"),
    'a.eval.ts': evalOn('openai/m', 'lab/m'),
  })
  const { exitCode, output } = await project.vitest()
  expect(exitCode, output).toBe(0)
  expect(await answersIn(project)).toEqual({ 'openai/m': 'of the file', 'lab/m': 'of the package' })
})

test('a package takes the name of a built-in provider only where the project lists it', async () => {
  await using project = await createProject({
    ...withPackages('lab'),
    ...packageOf('lab', { scripted: './provider.mjs' }, speaking('scripted', "'of the package'")),
    'a.eval.ts': evalOn('scripted/m'),
  })
  const notice =
    'package lab: its provider `scripted` is not used: one of this name is built in. List the package in `providers` of evals() to use it instead.'
  const built = await project.vitest()
  expect(built.output).toContain(notice)
  expect(built.output).toContain('scripted: options: `script`')

  await project.write({ 'vitest.config.ts': configOf("{ providers: ['lab'], discover: false }") })
  const listed = await project.vitest()
  expect(listed.output).not.toContain(notice)
  expect(await answersIn(project)).toEqual({ 'scripted/m': 'of the package' })
})

test('H-25: a package and a file of the configuration file bring providers for its models', async () => {
  await using project = await createProject({
    ...withPackages('found'),
    ...packageOf('found', { found: './provider.mjs' }, speaking('found', "'found'")),
    ...packageOf('lab', here, speaking('lab', "'listed'")),
    'settings/own.ts': speaking('own', "'beside the file'"),
    'settings/evals.yaml': 'models: [found/m, lab/m, own/m]\nproviders: [lab, ./own.ts]\n',
    'vitest.config.ts': configOf("{ config: 'settings/evals.yaml', providers: ['lab'] }"),
    'a.eval.ts': evalOn().replace('{ models: [] }', '{}'),
  })
  const { exitCode, output } = await project.vitest()
  expect(exitCode, output).toBe(0)
  expect(await answersIn(project)).toEqual({
    'found/m': 'found',
    'lab/m': 'listed',
    'own/m': 'beside the file',
  })
})

test('H-25: two listed providers of one name are an error that names both', async () => {
  await using project = await createProject({
    ...packageOf('lab', here, speaking('lab', "''")),
    'own.ts': speaking('lab', "''"),
    'vitest.config.ts': configOf("{ providers: ['./own.ts', 'lab'] }"),
    'a.eval.ts': evalOn('scripted/m'),
  })
  const { exitCode, output } = await project.vitest()
  expect(exitCode).toBe(1)
  expect(output).toContain(
    '`providers` of evals(): the provider `lab` comes from both ./own.ts and package lab; list one of them.',
  )
})

test('a listed file that cannot be loaded is an error of all models, since it may be any of them', async () => {
  await using project = await createProject({
    'own.ts': 'throw new Error("no luck")',
    'vitest.config.ts': configOf("{ providers: ['./own.ts'] }"),
    'a.eval.ts': evalOn('openai/m'),
  })
  const { exitCode, output } = await project.vitest({ env: { OPENAI_API_KEY: KEY } })
  expect(exitCode).toBe(1)
  expect(output).toContain(`./own.ts: ${project.folder}/own.ts cannot be loaded: no luck`)
})

test.for([
  ["{ providers: ['./missing.ts'] }", 'evals(): `providers`: "./missing.ts": there is no file '],
  [
    '{ providers: [{ name: "x" }] }',
    'evals(): `providers.0`: expected a package or a file, for the workers to load.',
  ],
  ["{ discover: 'no' }", 'evals(): `discover`: expected boolean, got "no".'],
] as const)('%s stops the run', async ([options, message]) => {
  await using project = await createProject({
    'vitest.config.ts': configOf(options),
    'a.eval.ts': evalOn('openai/m'),
  })
  const { exitCode, output } = await project.vitest()
  expect(exitCode).toBe(1)
  expect(output).toContain(message)
  expect(await project.runs()).toEqual([])
})
