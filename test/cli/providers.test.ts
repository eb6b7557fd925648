import { expect, onTestFinished, test } from 'vitest'
import { openProject } from '../../src/cli/project.ts'
import { allProviders, type ListedProvider } from '../../src/cli/providers/list.ts'
import { renderProviders } from '../../src/cli/providers/table.ts'
import { createFolder, type Files } from '../plugin/folder.ts'
import { runAssay } from './run-assay.ts'

const source = (name: string) => `
  const { defineProvider } = await import(${JSON.stringify(new URL('../../src/provider/define-provider.ts', import.meta.url).href)})
  export default defineProvider({ name: '${name}', setup: () => { throw new Error('never') } })
`
const files: Files = {
  'package.json': { type: 'module', devDependencies: { 'assay-acme': '1', 'assay-own': '1' } },
  'node_modules/assay-acme/package.json': {
    name: 'assay-acme',
    version: '1.2.3',
    type: 'module',
    assay: { providers: { acme: './provider.mjs', broken: './broken.mjs', groq: './groq.mjs' } },
  },
  'node_modules/assay-acme/provider.mjs': source('acme'),
  'node_modules/assay-acme/broken.mjs': 'throw new Error("no luck")',
  'node_modules/assay-acme/groq.mjs': source('groq'),
  'node_modules/assay-own/package.json': {
    name: 'assay-own',
    version: '4.5.6',
    type: 'module',
    assay: { providers: { mistral: './provider.mjs' } },
  },
  'node_modules/assay-own/provider.mjs': source('mistral'),
  'mine.mjs': source('mine'),
  'assay.config.yaml': 'providers: [./mine.mjs, assay-own]\n',
  '.env': 'LAB_API_BASE=http://me:hunter2@127.0.0.1:9/v1\n',
}
const env = { OPENAI_API_KEY: `sk-${'0aB'.repeat(16)}`, HF_TOKEN: 'hf_0123456789abcdefghij' }

async function listedIn(): Promise<(name: string) => ListedProvider | undefined> {
  const folder = await createFolder(files)
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const project = await openProject(undefined, { root: folder.path, env: { ...env } })
  const providers = await allProviders(project)
  const names = providers.map(({ name }) => name)
  expect(names).toEqual([...new Set(names)].toSorted())
  return (name) => providers.find((one) => one.name === name)
}

test('H-25: a provider is listed with who brings it: this package, another with its version, a file, a variable', async () => {
  const find = await listedIn()
  const origins = ['openai', 'groq', 'acme', 'mistral', 'mine', 'lab'].map((one) => [
    one,
    find(one)?.origin,
  ])
  expect(Object.fromEntries(origins)).toEqual({
    openai: { kind: 'built-in', source: null, version: null },
    groq: { kind: 'built-in', source: null, version: null }, // a package that nobody lists does not take its place
    acme: { kind: 'package', source: 'assay-acme', version: '1.2.3' },
    mistral: { kind: 'package', source: 'assay-own', version: '4.5.6' },
    mine: { kind: 'file', source: './mine.mjs', version: null },
    lab: { kind: 'environment', source: 'LAB_API_BASE (.env)', version: null },
  })
})

test('R-20: keys and base URLs are told by their variables, masked, and what is not set by the one to set', async () => {
  const find = await listedIn()
  expect(find('openai')?.keys).toEqual([{ variable: 'OPENAI_API_KEY', value: 'sk-…(51 chars)' }])
  expect(find('huggingface')?.keys).toEqual([{ variable: 'HF_TOKEN', value: 'hf_…(23 chars)' }])
  expect(find('anthropic')?.keys).toEqual([{ variable: 'ANTHROPIC_API_KEY', value: null }])
  expect(find('scripted')?.keys).toEqual([])
  expect(find('lab')?.baseURL).toEqual({
    variable: 'LAB_API_BASE (.env)',
    value: 'http://***@127.0.0.1:9/v1',
  })
  expect(find('openai')?.baseURL).toEqual({ variable: 'OPENAI_API_BASE', value: null })
  expect(find('google')?.aliases).toEqual(['gemini'])
  expect(find('openai')?.peer).toEqual({ name: 'openai', install: null })
  expect(find('rest')?.peer).toBeNull()
})

test('a provider that cannot be loaded is listed with the reason, and in the way of no other', async () => {
  const find = await listedIn()
  expect(find('broken')?.problem).toMatch(
    /package assay-acme: \S*broken\.mjs cannot be loaded: no luck/,
  )
  expect(find('acme')?.problem).toBeNull()
})

test('for people it is a table, and below it what is to be installed', () => {
  const provider: ListedProvider = {
    name: 'lab',
    aliases: ['labs'],
    origin: { kind: 'package', source: 'assay-lab', version: '1.2.3' },
    keys: [
      { variable: 'LAB_API_KEY', value: 'sk-…(51 chars)' },
      { variable: 'LAB_API_KEY_2', value: null },
    ],
    baseURL: { variable: 'LAB_API_BASE', value: 'http://127.0.0.1:9/' },
    peer: { name: 'lab-sdk', install: 'npm install -D lab-sdk' },
    problem: null,
  }
  const other = { ...provider, name: 'other', keys: [{ variable: 'OTHER_API_KEY', value: null }] }
  const view = { width: Infinity, dim: (text: string) => text }
  const broken = { ...other, aliases: [], keys: [], baseURL: null, peer: null, problem: 'no luck' }
  expect(renderProviders([provider, other, { ...broken, name: 'bad' }], view)).toEqual([
    'provider  other names  key                         base URL                          package            from',
    'lab       labs         LAB_API_KEY sk-…(51 chars)  LAB_API_BASE http://127.0.0.1:9/  lab-sdk (missing)  assay-lab 1.2.3',
    'other     labs         unset: OTHER_API_KEY        LAB_API_BASE http://127.0.0.1:9/  lab-sdk (missing)  assay-lab 1.2.3',
    'bad                                                                                                     assay-lab 1.2.3',
    '',
    'To install where it is needed:',
    '  npm install -D lab-sdk',
    '',
    'Cannot be used:',
    '  bad: no luck',
  ])
})

test('R-20: providers list --json is one document with a version, without a key in it', async () => {
  const folder = await createFolder(files)
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const result = await runAssay(['providers', 'list', '--json'], { cwd: folder.path, env })
  expect(result.exitCode).toBe(0)
  const { version, providers } = JSON.parse(result.stdout) as {
    version: number
    providers: ListedProvider[]
  }
  expect(version).toBe(1)
  expect(providers.find(({ name }) => name === 'acme')?.origin.version).toBe('1.2.3')
  expect(result.stdout + result.stderr).not.toMatch(/0aB|hunter2|0123456789abcdefghij/)
})
