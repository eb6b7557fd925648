import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RowRecord } from '../src/evaluation/record.ts'
import { runAssay } from './cli/run-assay.ts'
import { echoServer, kinds } from './leaks/echo.ts'
import { judge, keyFile, type System, systems } from './leaks/systems.ts'
import { type HttpServer, serve } from './support/http-server.ts'
import { createProject, type Ended, type Project } from './support/project.ts'

const all = [...systems, judge]
const specOf = ({ name, model }: System) => `${name}/${model}`

let server: HttpServer
let project: Project
let env: Record<string, string>
let run: Ended
let files: readonly { readonly name: string; readonly text: string }[]
let rows: readonly RowRecord[]

beforeAll(async () => {
  server = await serve(echoServer(all))
  const urlOf = ({ name }: System) => `${server.url}/${name}`
  const variables = all.flatMap((one) => Object.entries(one.env?.(urlOf(one)) ?? {}))
  env = Object.fromEntries(variables)
  project = await createProject({
    [keyFile.name]: keyFile.content,
    'vitest.config.ts': `
      import { defineConfig } from 'vitest/config'
      import { evals } from 'vitest-assay/config'
      export default defineConfig({
        plugins: [evals({ cache: true, rememberKeys: true, requests: { default: { attempts: 1 } } })],
      })
    `,
    'assay.config.json': JSON.stringify({
      models: systems.map((one) => {
        const { name: provider, model: name } = one
        return { name, provider, config: one.config?.(urlOf(one)) ?? {} }
      }),
      judge_model: specOf(judge),
    }),
    'leaks.eval.ts': `
      import { foreach } from 'vitest-assay'
      const ask = async (model, kind) => {
        const prompt = 'do: ' + kind
        if (kind === 'embed') return model.embed([prompt])
        if (!kind.startsWith('stream')) return model.generate(prompt)
        const stream = model.stream(prompt)
        for await (const chunk of stream) chunk.text
        return stream.response
      }
      foreach.concurrent(${JSON.stringify(kinds)}, { concurrency: 1 })('asks', async (kind, { model }) => Boolean(await ask(model, kind)))
      foreach(${JSON.stringify(kinds)}, { models: [() => ''], concurrency: 1 })('judges', async (kind, { judge }) => Boolean(await ask(judge, kind)))
    `,
  })
  run = await project.vitest({
    env: { ...env, DEBUG: '*', OPENAI_LOG: 'debug', ANTHROPIC_LOG: 'debug' },
  })
  files = await filesUnder(join(project.folder, '.assay'))
  rows = await project.rows()
}, 60_000)

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await project[Symbol.asyncDispose]()
})

test('D-09: with all debug output on, no key of any provider is in a line that the run prints', () => {
  expect(run.output).toContain('***')
  expect(run.output).toMatch(/vite:\w+/)
  for (const secret of all.flatMap(({ secrets }) => secrets)) {
    for (const spelling of new Set([secret, encodeURIComponent(secret)])) {
      expect(linesWith(spelling, run.output), spelling).toEqual([])
    }
  }
})

test.for(all)('no secret of $name is in a file of the run', ({ secrets }) => {
  const names = files.map(({ name }) => name)
  for (const name of ['run.json', 'summary.json', 'responses.sqlite', 'keys.json']) {
    expect(names).toContain(name)
  }
  for (const secret of secrets) {
    for (const spelling of new Set([secret, encodeURIComponent(secret)])) {
      const found = files.filter(({ text }) => text.includes(spelling)).map(({ name }) => name)
      expect(found, spelling).toEqual([])
    }
  }
})

test.for(all)('no secret of $name is in what assay config tells of it', async (system) => {
  const { exitCode, stdout, stderr } = await runAssay(
    ['config', specOf(system), '--explain', '--json'],
    { cwd: project.folder, env },
  )
  expect(exitCode, stderr).toBe(0)
  expect(stdout).toContain('***')
  for (const secret of system.secrets) {
    expect(linesWith(secret, stdout + stderr), secret).toEqual([])
  }
})

test.for(all)('the server of $name got its secrets, and gave them back in each way', (system) => {
  const requests = server.requests.filter(({ url }) => url.startsWith(`/${system.name}/`))
  const got = requests.map(({ url, headers, text }) => JSON.stringify({ url, headers, text }))
  const own = system.secrets.filter((secret) => !got.some((one) => one.includes(secret)))
  expect(own).toEqual([])
  const isOwn = ({ model, calls }: RowRecord) =>
    system === judge ? calls.some(({ role }) => role === 'judge') : model === specOf(system)
  const outcomes = rows.filter(isOwn).map(({ row, outcome }) => [String(row), outcome])
  expect(Object.fromEntries(outcomes)).toEqual({
    ...Object.fromEntries(kinds.map((kind) => [kind, 'error'])),
    answer: 'scored',
    stream: 'scored',
  })
})

function linesWith(secret: string, output: string): string[] {
  return output.split('\n').filter((line) => line.includes(secret))
}

async function filesUnder(folder: string): Promise<{ name: string; text: string }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ name, parentPath }) => ({
        name,
        text: await readFile(join(parentPath, name), 'latin1'),
      })),
  )
}
