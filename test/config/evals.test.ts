import { expect, test } from 'vitest'
import { evals as plugin } from '../../src/config.ts'
import { createProject } from '../support/project.ts'

const unit = `
  import { expect, test } from 'vitest'
  test('a unit test', () => expect(1).toBe(1))
`
const sum = `
  import { foreach } from 'vitest-assay'
  foreach([1, 2])('an eval', () => true)
`

test.each([
  ['--project evals', ['--project', 'evals']],
  ['--project=evals', ['--project=evals']],
  ['a wildcard', ['--project', 'ev*']],
  ['a negation', ['--project', '!default']],
])('without own projects, %s runs the evals alone', async (_name, args) => {
  await using project = await createProject({ 'a.test.ts': unit, 'a.eval.ts': sum })
  const { exitCode, output } = await project.vitest({ args })
  expect(exitCode, output).toBe(0)
  expect(output).toContain('a.eval.ts')
  expect(output).not.toContain('a.test.ts')
  expect(await project.evalOf('an eval')).toMatchObject({ rows: 2 })
})

test('a plain vitest runs the unit tests, no eval, and leaves no folder', async () => {
  await using project = await createProject({ 'a.test.ts': unit, 'a.eval.ts': sum })
  const { exitCode, output } = await project.vitest({ args: [] })
  expect(exitCode).toBe(0)
  expect(output).toContain('a.test.ts')
  expect(output).not.toContain('a.eval.ts')
  expect(await project.runs()).toEqual([])
})

const withProjects = `
  import { defineConfig } from 'vitest/config'
  import { evals } from 'vitest-assay/config'
  export default defineConfig({
    plugins: [evals()],
    resolve: { alias: { '#app': new URL('./app.ts', import.meta.url).pathname } },
    test: {
      exclude: ['**/*.eval.ts', '**/node_modules/**'],
      setupFiles: ['./setup.ts'],
      expect: { requireAssertions: true },
      reporters: ['default', ['json', { outputFile: 'out.json' }]],
      projects: [
        { extends: true, test: { name: 'unit', include: ['*.test.ts'] } },
        { extends: true, test: { name: 'other', include: ['*.other.ts'] } },
      ],
    },
  })
`

test('beside own projects the evals keep their aliases, setup files and reporters', async () => {
  await using project = await createProject({
    'vitest.config.ts': withProjects,
    'app.ts': 'export const app = (n: number) => n * 2',
    'setup.ts': 'globalThis.wasSetUp = true',
    'a.test.ts': unit,
    'a.other.ts': unit,
    'a.eval.ts': `
      import { app } from '#app'
      import { foreach } from 'vitest-assay'
      foreach([1, 2])('an eval', (n) => ({ doubled: app(n) === 2 * n, wasSetUp: globalThis.wasSetUp === true }))
    `,
  })
  const evals = await project.vitest()
  expect(evals.exitCode, evals.output).toBe(0)
  expect(evals.output).not.toContain('a.test.ts')
  expect(await project.evalOf('an eval')).toMatchObject({
    scores: { doubled: { mean: 1 }, wasSetUp: { mean: 1 } },
  })
  expect(JSON.parse(await project.read('out.json'))).toMatchObject({ numPassedTests: 1 })

  const both = await project.vitest({ args: ['--project', 'evals', '--project', 'unit'] })
  expect(both.exitCode).toBe(0)
  expect(both.output).toContain('a.test.ts')
  expect(both.output).toContain('a.eval.ts')

  const plain = await project.vitest({ args: [] })
  expect(plain.exitCode).toBe(0)
  expect(plain.output).not.toContain('a.eval.ts')
  expect(await project.runs()).toHaveLength(2)
})

test('a project of defineEvalsProject runs when it is asked for, and not with a plain vitest', async () => {
  await using project = await createProject({
    'vitest.config.ts': `
      import { defineConfig } from 'vitest/config'
      import { defineEvalsProject } from 'vitest-assay/config'
      export default defineConfig({
        test: { projects: [{ test: { name: 'unit', include: ['*.test.ts'] } }, defineEvalsProject()] },
      })
    `,
    'a.test.ts': unit,
    'a.eval.ts': sum,
  })
  const evals = await project.vitest()
  expect(evals.exitCode, evals.output).toBe(0)
  expect(await project.evalOf('an eval')).toMatchObject({ rows: 2 })
  const plain = await project.vitest({ args: [] })
  expect(plain.exitCode, plain.output).toBe(0)
  expect(plain.output).not.toContain('a.eval.ts')
})

test('options of the plugin reach the workers: a default model, another folder, other files', async () => {
  await using project = await createProject({
    'vitest.config.ts': `
      import { defineConfig } from 'vitest/config'
      import { evals } from 'vitest-assay/config'
      export default defineConfig({
        plugins: [evals({ model: 'llama-cpp/none.gguf', include: ['*.check.ts'], outputDir: 'runs-of-evals', maxErrorRate: 1 })],
      })
    `,
    'a.check.ts': `
      import { foreach } from 'vitest-assay'
      foreach([1])('default model', (_n, { model }) => Boolean(model))
      foreach([1])('errors are allowed', () => { throw new Error('allowed') })
    `,
    'a.eval.ts': sum,
  })
  const { output } = await project.vitest()
  expect(output).toContain(`there is no model file 'none.gguf' (${project.folder}/none.gguf)`)
  expect(output).toContain('results in runs-of-evals/runs/')
  expect(output).toContain('✓ errors are allowed')
  expect(output).not.toContain('an eval')
})

test('a wrong option of the plugin is one error that names it', () => {
  expect(() => plugin({ modle: 'a/b', concurrency: 0 } as object)).toThrow(
    'evals(): `concurrency`: expected at least 1, got 0; there is no option `modle` (did you mean `model`?).',
  )
  expect(() => plugin({ maxServers: 0 })).toThrow(
    'evals(): `maxServers`: expected at least 1, got 0.',
  )
})

test('two runs at once in one folder keep apart', async () => {
  await using project = await createProject({ 'a.eval.ts': sum })
  const both = await Promise.all([project.vitest(), project.vitest()])
  expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0])
  const runs = await project.runs()
  expect(runs).toHaveLength(2)
  for (const run of runs) {
    const summary = JSON.parse(await project.read(`.assay/runs/${run}/summary.json`)) as object
    expect(summary).toMatchObject({ runId: run, evals: [{ name: 'an eval', rows: 2 }] })
  }
  expect(await project.read('.assay/.gitignore')).toBe('*\n')
})

test('foreach outside of the evals project says how to get into it', async () => {
  await using project = await createProject({ 'a.test.ts': sum })
  const { exitCode, output } = await project.vitest({ args: [] })
  expect(exitCode).toBe(1)
  expect(output).toContain('foreach runs in the evals project: put plugins: [evals()]')
})

test('eval files of installed packages are not run', async () => {
  await using project = await createProject({
    'node_modules/other/x.eval.mjs': sum,
    'a.eval.ts': sum,
  })
  const { output } = await project.vitest()
  expect(output).not.toContain('x.eval.mjs')
  expect((await project.summary()).evals).toHaveLength(1)
})

test("Vitest's own options of the project hold, beside what evals need", async () => {
  await using project = await createProject({
    'vitest.config.ts': `
      import { defineConfig } from 'vitest/config'
      import { evals } from 'vitest-assay/config'
      export default defineConfig({
        plugins: [evals({ test: { exclude: ['**/slow.eval.ts'], setupFiles: ['./setup.ts'] } })],
      })
    `,
    'setup.ts': 'globalThis.wasSetUp = true',
    'slow.eval.ts': sum,
    'a.eval.ts': `
      import { foreach } from 'vitest-assay'
      foreach([1])('an eval', () => ({ wasSetUp: globalThis.wasSetUp, ignoresCtrlC: process.listenerCount('SIGINT') > 0 }))
    `,
  })
  const { exitCode, output } = await project.vitest({
    args: ['--project', 'evals', '--pool', 'forks'],
  })
  expect(exitCode, output).toBe(0)
  expect(output).not.toContain('slow.eval.ts')
  expect(await project.evalOf('an eval')).toMatchObject({
    scores: { wasSetUp: { mean: 1 }, ignoresCtrlC: { mean: 1 } },
  })
})

test('evals in two configs of one monorepo are an error, not two payments', async () => {
  await using project = await createProject({
    'vitest.config.ts': `
      import { defineConfig } from 'vitest/config'
      import { evals } from 'vitest-assay/config'
      export default defineConfig({ plugins: [evals()], test: { projects: ['packages/*'] } })
    `,
    'packages/a/vitest.config.ts': `
      import { defineConfig } from 'vitest/config'
      import { evals } from 'vitest-assay/config'
      export default defineConfig({ plugins: [evals()], test: { name: 'a' } })
    `,
    'packages/a/a.eval.ts': sum,
  })
  const { exitCode, output } = await project.vitest({ args: [], env: { EVALS: '1' } })
  expect(exitCode).toBe(1)
  expect(output).toContain('so evals would run, and be paid for, twice; keep one of them.')
  expect(await project.runs()).toEqual([])
})

test('vitest list shows the evals without running them', async () => {
  await using project = await createProject({ 'a.eval.ts': sum })
  const { exitCode, output } = await project.vitest({
    command: 'list',
    args: ['--project', 'evals', '--no-static-parse'],
  })
  expect(exitCode, output).toBe(0)
  expect(output).toContain('a.eval.ts > an eval')
  expect(await project.runs()).toEqual([])
})

test.each(['vmThreads', 'vmForks'])('several files run in the pool %s', async (pool) => {
  await using project = await createProject({ 'a.eval.ts': sum, 'b.eval.ts': sum })
  const { exitCode, output } = await project.vitest({
    args: ['--project', 'evals', '--pool', pool],
  })
  expect(exitCode, output).toBe(0)
  expect(await project.rows()).toHaveLength(4)
})

test('a folder that cannot be made is one clear error', async () => {
  await using project = await createProject({ 'a.eval.ts': sum, '.assay': 'a file in the way' })
  const { exitCode, output } = await project.vitest()
  expect(exitCode).toBe(1)
  expect(output).toContain('The folder of the runs cannot be made: ')
})
