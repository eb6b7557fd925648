import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { createProject } from '../../support/project.ts'
import { sharedRun } from '../../support/shared-run.ts'

const example = (path: string) =>
  readFile(new URL(`../../../evals/${path}`, import.meta.url), 'utf8')

describe('handlers and models that work', async () => {
  const run = sharedRun({
    'answers.eval.ts': `
      import { foreach, fromHandler, fromModel } from 'vitest-assay'
      const said = { model: 'm', provider: 'acme', version: '1.0' }
      const answers = {
        ok: { success: true, response: 'yes', ...said },
        failed: { success: false, error: 'no capacity', ...said },
        silent: { response: 'yes', ...said },
      }
      foreach(['ok', 'failed', 'silent'], {
        models: [fromHandler({ test_prompt: async (prompt) => answers[prompt] }, { name: 'handler' })],
        maxErrorRate: 1,
      })('handled', async (row, { model }) => (await model.generate(row)).text === 'yes')
      const invoked = {
        ok: { content: 'yes' },
        error: { content: '', error: 'no capacity' },
        blocked: { content: '', response_metadata: { finish_reason: 'content_filter' } },
      }
      foreach(['ok', 'error', 'ok', 'blocked'], {
        models: [fromModel({ ainvoke: async (prompt) => invoked[prompt] }, { name: 'invoked' })],
        maxErrorRate: 1,
      })('invoked', async (row, { model }) => (await model.generate(row)).text === 'yes')
    `,
    'params.eval.ts': `
      import { foreach, fromHandler } from 'vitest-assay'
      class Client { self = this }
      const params = { api_key: 'sk-invented-0123456789', endpoint_url: 'http://host', client: new Client() }
      const make = ({ endpoint_url }) => ({ testPrompt: () => ({ success: true, response: endpoint_url }) })
      foreach(['a'], { models: [fromHandler(make, { params })] })('asks', async (row, { model }) =>
        (await model.generate(row)).text === 'http://host',
      )
    `,
    'custom-handler.eval.ts': await example('custom-handler.eval.ts'),
    'data/sums.jsonl': await example('data/sums.jsonl'),
  })

  test('D-02, H-22: what a handler and a model say becomes the outcome of the row', async () => {
    expect(run.exitCode, run.output).toBe(0)
    const handled = await run.rows('handled [custom/handler]')
    expect(handled.map(({ outcome, scores, error }) => [outcome, scores, error])).toEqual([
      ['scored', { score: { value: 1 } }, undefined],
      ['error', {}, { kind: 'server', message: 'custom/handler: no capacity' }],
      ['error', {}, { kind: 'parse', message: expect.stringContaining('`success`') as string }],
    ])
    expect(handled[0]!.calls).toMatchObject([
      { model: 'custom/handler', servedBy: 'm', text: 'yes' },
    ])
    const invoked = await run.rows('invoked [custom/invoked]')
    expect(invoked.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['scored', undefined],
      ['error', undefined],
      ['scored', undefined],
      ['blocked', 'content_filter'],
    ])
    expect(await run.evalOf('invoked [custom/invoked]')).toMatchObject({
      outcomes: { scored: 2, blocked: 1, error: 1, skipped: 0 },
    })
  })

  test('the run keeps the params of a handler, without its keys', async () => {
    expect(run.exitCode, run.output).toBe(0)
    const manifest = await run.read(`.assay/runs/${(await run.runs())[0]}/run.json`)
    const { evals } = JSON.parse(manifest) as { evals: { model: string }[] }
    expect(evals.filter(({ model }) => model === 'custom/make')).toMatchObject([
      { options: { params: { api_key: '***', endpoint_url: 'http://host', client: '[Client]' } } },
    ])
  })

  test('D-21: the example of a handler passes', () => {
    expect(run.exitCode, run.output).toBe(0)
    expect(run.output).toMatch(
      /✓ adds as a handler +custom\/AdditionHandler +40 +numericMatch +1\.000/,
    )
  })
})

test('D-23, E-18: a handler that cannot be made fails its eval once, and no row asks for it again', async () => {
  await using project = await createProject({
    'a.eval.ts': `
      import { appendFileSync } from 'node:fs'
      import { foreach, fromHandler } from 'vitest-assay'
      class Broken {
        constructor({ api_key }) {
          appendFileSync('log.txt', 'made ')
          throw new Error('endpoint_url is required, and ' + api_key)
        }
        test_prompt() {}
      }
      const params = { api_key: 'sk-invented-0123456789' }
      foreach(['a', 'b', 'c'], { models: [fromHandler(Broken, { params })] })('asks', async (row, { model }) =>
        (await model.generate(row)).text === row,
      )
    `,
  })
  const { exitCode, output } = await project.vitest()
  expect(exitCode).toBe(1)
  expect(output).toContain("Failed to set up 'custom/Broken': endpoint_url is required, and ***")
  expect(output).not.toContain('sk-invented')
  expect(await project.read('log.txt')).toBe('made ')
  expect(await project.rows()).toEqual([])
})

interface BadHandler {
  readonly code: string
  readonly fails: readonly string[]
  /** Of the contract, in milliseconds. */
  readonly timeout?: number
}

/** Handlers, and the checks of the contract that each must fail; `teardown` asks the handle that is left. */
const handlers: Record<string, BadHandler> = {
  'is-as-it-should-be': { code: 'test_prompt: async (p) => ok(p)', fails: [] },
  'has-no-test-prompt': {
    code: 'generate: async (p) => p',
    fails: ['generate', 'stream', 'batch', 'streamBatch', 'abort', 'teardown'],
  },
  'says-no-success': {
    code: 'test_prompt: async (p) => ({ response: p })',
    fails: ['generate', 'stream', 'batch', 'teardown'],
  },
  'gives-no-text': {
    code: 'test_prompt: async (p) => ({ success: true, response: [p] })',
    fails: ['generate', 'stream', 'batch', 'teardown'],
  },
  'fails-each-time': {
    code: "test_prompt: async () => ({ success: false, error: 'down' })",
    fails: ['generate', 'stream', 'batch', 'teardown'],
  },
  'never-answers': {
    code: 'test_prompt: () => new Promise(() => {})',
    timeout: 1000,
    fails: ['generate', 'stream', 'batch', 'streamBatch', 'teardown'],
  },
  'serves-one-at-a-time': {
    code: `busy: false,
      async test_prompt(p) {
        if (this.busy) throw new Error('busy')
        this.busy = true
        await new Promise((resolve) => setImmediate(resolve))
        this.busy = false
        return ok(p)
      }`,
    fails: ['batch'],
  },
}

test('D-25: handlers with a fault fail the checks of that and no other', async () => {
  const files = Object.entries(handlers).map(([name, { code, timeout }]) => [
    `${name}.test.js`,
    `import { fromHandler } from 'vitest-assay'
     import { testProvider } from 'vitest-assay/testing'
     const ok = (response) => ({ success: true, response, model: 'm', provider: 'acme', version: '1.0' })
     testProvider(fromHandler(() => ({ ${code} }), { name: 'm' }).provider, { model: 'm', timeout: ${timeout} })`,
  ])
  await using project = await createProject({
    ...(Object.fromEntries(files) as Record<string, string>),
    'vitest.config.ts': 'export default { test: { isolate: false } }',
  })
  await project.vitest({ args: ['--reporter=json', '--outputFile=report.json'] })
  const { testResults } = JSON.parse(await project.read('report.json')) as JsonReport
  const failed = testResults.map(({ name, assertionResults }) => [
    /([^/]+)\.test\.js$/.exec(name)![1]!,
    assertionResults
      .filter(({ status }) => status !== 'passed')
      .map(({ title }) => title.split(':')[0]),
  ])
  expect(Object.fromEntries(failed)).toEqual(
    Object.fromEntries(Object.entries(handlers).map(([name, { fails }]) => [name, fails])),
  )
})

interface JsonReport {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[]
  }[]
}
