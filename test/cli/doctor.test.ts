import { describe, expect, onTestFinished, test } from 'vitest'
import type { ModelReport } from '../../src/cli/doctor/report.ts'
import { createFolder, type Files } from '../plugin/folder.ts'
import { createProject } from '../support/project.ts'
import { acmeServer } from './doctor/acme-server.ts'
import { KEY } from './doctor/examined.ts'
import { type AssayResult, runAssay } from './run-assay.ts'

type Env = Readonly<Record<string, string>>

/** Runs the real program in a folder of its own; the key shows nowhere. */
async function doctor(words: string, files: Files = {}, env: Env = {}): Promise<AssayResult> {
  const folder = await createFolder(files)
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const args = ['doctor', ...words.split(' ').filter(Boolean)]
  const result = await runAssay(args, { cwd: folder.path, env })
  expect(result.stdout + result.stderr).not.toContain(KEY)
  return result
}

test('R-20, R-21: offline all models of the project are checked without a request, their keys masked', async () => {
  const server = await acmeServer()
  const files = {
    '.env': `ACME_API_KEY=${KEY}\nACME_API_BASE=${server.url}/v1\n`,
    'assay.config.yaml': [
      'models: [acme/small, { name: mine, provider: acme, config: { temperature: 0 } }]',
      'judge_model: openai/gpt-5-mini',
    ].join('\n'),
  }
  const { exitCode, stdout, stderr } = await doctor('--offline', files, { OPENAI_API_KEY: KEY })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  await expect(stdout).toMatchFileSnapshot('golden/doctor-offline.txt')
  expect(server.requests).toEqual([])
})

test('H-32: --conformance lists each check that passed, readable at 80 columns', async () => {
  const server = await acmeServer()
  const { exitCode, stdout } = await doctor('acme/small --conformance', {}, server.env)
  expect(exitCode).toBe(0)
  const lines = stdout.trimEnd().split('\n')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  const names = lines.flatMap((line) => /^ {2}✓ +(\w+)/.exec(line)?.[1] ?? [])
  expect(names.join(' ')).toBe(
    'name key connection listing call generate stream batch streamBatch concurrent usage refusal abort metrics key listModels teardown',
  )
})

test('R-22: --json is one document, and the exit code that of the first model that fails', async () => {
  const server = await acmeServer({ chat: { status: 500, body: {} } })
  const words = 'acme/small openai/gpt-5-mini claude --json --timeout 20'
  const { exitCode, stdout, stderr } = await doctor(
    words,
    {},
    { ...server.env, OPENAI_API_KEY: '' },
  )
  expect({ exitCode, stderr }).toEqual({ exitCode: 13, stderr: '' })
  const { version, models } = JSON.parse(stdout) as { version: number; models: ModelReport[] }
  expect(version).toBe(1)
  expect(models.map(({ spec, checks }) => [spec, checks.at(-1)!.name])).toEqual([
    ['acme/small', 'call'],
    ['openai/gpt-5-mini', 'key'],
    ['claude', 'name'],
  ])
  for (const check of models.flatMap(({ checks }) => checks)) {
    expect(check).toMatchObject({
      name: expect.any(String) as string,
      status: expect.stringMatching(/^(?:passed|failed|skipped|warning)$/) as string,
      message: expect.stringMatching(/./) as string,
    })
  }
})

test('H-32: a model of a package whose stream reorders is exit code 1, and the check is named', async () => {
  const provider = `
    import { createModel, defineProvider } from 'vitest-assay'
    const answer = (prompt) => prompt.includes('from 1 to 12') ? '1 2 3 4 5 6 7 8 9 10 11 12' : 'Hello'
    export default defineProvider({
      name: 'lab',
      setup: (name) => createModel({
        provider: 'lab',
        name,
        generate: async (messages) => ({ text: answer(messages.at(-1).content) }),
        async *stream(messages) {
          for (const word of answer(messages.at(-1).content).split(' ').reverse()) yield { text: word + ' ' }
          return {}
        },
      }),
    })
  `
  await using project = await createProject({
    'package.json': '{ "type": "module", "devDependencies": { "lab": "1.0.0" } }',
    'node_modules/lab/package.json':
      '{ "name": "lab", "type": "module", "assay": { "providers": { "lab": "./provider.mjs" } } }',
    'node_modules/lab/provider.mjs': provider,
  })
  const { exitCode, stdout } = await runAssay(['doctor', 'lab/m', '--conformance'], {
    cwd: project.folder,
  })
  expect(exitCode).toBe(1)
  expect(stdout).toMatch(/✗ +stream +stream\(\): asked to count, it gives another order/)
  expect(stdout.match(/✗/g)).toHaveLength(1)
})

const modules = {
  'h.mjs': `
    export class Throwing { constructor() { throw new TypeError('no region') } generate() {} }
    export class Exits { generate() { process.exit(0) } }
    export const Endless = () => new Promise(() => {})
    export class Noisy {
      constructor() { console.log('made'); setInterval(() => {}, 1000) }
      generate() { process.stdout.write('asked'); return { text: 'x' } }
    }
  `,
  'vitest.config.mjs': `console.log('configured')\nexport default {}\n`,
  'assay.config.yaml': ['Throwing', 'Endless', 'Noisy', 'Exits']
    .map((name) => `- { name: ${name}, module: ./h.mjs, export: ${name} }`)
    .join('\n')
    .replace(/^/, 'models:\n'),
}

test('D-23: a module that cannot set its model up is a wrong name with what it said, also where that never ends', async () => {
  const { exitCode, stdout, stderr } = await doctor('Throwing Endless Noisy', modules)
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' })
  expect(stdout).toMatch(/✗ name +Failed to set up 'custom\/Throwing': no region/)
  expect(stdout).toMatch(/✗ name +The set-up of Endless never ends/)
  expect(stdout).toMatch(/✓ call +Noisy answered/)
})

test('a module that ends the process is no success', async () => {
  const { exitCode, stdout, stderr } = await doctor('Exits --json', modules)
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
  expect(stderr).toMatch(/^error: a module of the project ended this program/m)
})

test('--json is one document whatever modules print, and the program ends though they leave something running', async () => {
  const { exitCode, stdout, stderr } = await doctor('Noisy --json', modules)
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ version: 1, models: [{ spec: 'Noisy' }] })
  for (const said of ['configured', 'made', 'asked']) expect(stderr).toContain(said)
})

describe('wrong use is a sentence on stderr, and exit code 2', () => {
  test.for([
    ['', /^error: This project names no model: give one, as in "assay doctor openai\/gpt-5-mini"/],
    ['acme/small --timeout 0', /Expected a number of seconds above 0/],
  ] as const)('assay doctor %s', async ([words, said]) => {
    const { exitCode, stdout, stderr } = await doctor(words)
    expect(stderr).toMatch(said)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  })
})
