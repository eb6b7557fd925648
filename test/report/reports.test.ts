import { execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createProject } from '../support/project.ts'
import { sharedRun } from '../support/shared-run.ts'

test('the command of a miss runs its row again, with its model, and nothing else', async () => {
  await using project = await createProject({
    'a.eval.ts': `
      import { describe } from 'vitest'
      import { foreach } from 'vitest-assay'
      const rows = [{ id: 'r1' }, { id: "it's -2" }]
      const clever = (input) => input, dull = () => ''
      describe('a suite', () => foreach(rows, { models: [clever, dull] })('costs $5 (or more)', async ({ id }, { model }) =>
        id === 'r1' || (await model.generate('q')).text === 'q'))
      foreach(rows, { models: [clever] })('costs', () => true)
      foreach(rows)('never a suite > costs', () => true)
      foreach(rows)('no model', () => true)
    `,
  })
  const { output } = await project.vitest()
  const [, command] = /again\s+npx vitest run (.*)/.exec(output)!
  const words = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' })
  const { exitCode } = await project.vitest({ args: words.trimEnd().split('\n') })
  expect(exitCode).toBe(0)
  expect((await project.rows()).map(({ evalId, rowId }) => [evalId, rowId])).toEqual([
    ['a.eval.ts > a suite > costs $5 (or more) [scripted/dull]', "it's -2"],
  ])
})

describe('a run with a report that a program reads', () => {
  const run = sharedRun(
    {
      'a.eval.ts': `
        import { foreach } from 'vitest-assay'
        foreach.extend('session', async ({}, { onCleanup }) => { onCleanup(() => { throw new Error('cannot close') }); return {} })(
          [1])('leaks', (_n, { session }) => Boolean(session))
        foreach([1])('an eval', () => true)
      `,
    },
    () => ({ args: ['--project', 'evals', '--reporter', 'tap'] }),
  )

  test('what fails beside the rows is the failure of the eval in the summary', async () => {
    expect(run.exitCode).toBe(1)
    expect(await run.evalOf('leaks')).toMatchObject({ rows: 1, failure: 'cannot close' })
  })

  test('a report that a program reads stays one: the table goes to stderr', () => {
    expect(run.output).toContain('results in .assay')
    expect(run.stdout).not.toContain('results in .assay')
  })
})

test('reports of shards are merged, with the rows that are there', async () => {
  const file = (score: number) =>
    `import { foreach } from 'vitest-assay'\nforeach([1])('eval ${score}', () => ${score})`
  await using project = await createProject({ 'a.eval.ts': file(0), 'b.eval.ts': file(1) })
  for (const shard of ['1/2', '2/2']) {
    await project.vitest({ args: ['--project', 'evals', '--reporter', 'blob', '--shard', shard] })
  }
  await rm(join(project.folder, '.assay'), { recursive: true })
  const { exitCode, output } = await project.vitest({
    args: ['--project', 'evals', '--merge-reports'],
  })
  expect(exitCode, output).toBe(0)
  expect(
    (await project.summary()).evals.map(({ name, scores }) => [name, scores['score']!.mean]),
  ).toEqual([
    ['eval 0', 0],
    ['eval 1', 1],
  ])
})
