import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createProject } from '../support/project.ts'

const slow = `
  import { foreach } from 'vitest-assay'
  function* numbers() { for (let n = 0; n < 1000; n++) yield n }
  const log = []
  const withApplication = foreach.extend('application', async ({}, { onCleanup }) => {
    onCleanup(() => console.log('application torn down'))
    return {}
  })
  withApplication(numbers, { concurrency: 4 })('slow', async (n, { application, signal }) => {
    if (n === 20) console.log('twenty')
    await new Promise((resolve) => { setTimeout(resolve, 10); signal.addEventListener('abort', resolve) })
    return n % 2 === 0
  }).expect({ score: { mean: { atLeast: 0.1 } } })
  foreach([1])('never begins', () => true)
`

test.each([
  ['SIGINT', 'forks', 130],
  ['SIGINT', 'threads', 130],
  ['SIGTERM', 'forks', 143],
] as const)(
  '%s in a run on %s gives the partial table, an interrupted summary and exit code %i',
  async (signal, pool, code) => {
    await using project = await createProject({ 'slow.eval.ts': slow })
    let sent = false
    const { exitCode, output } = await project.vitest({
      args: ['--project', 'evals', '--pool', pool],
      onOutput(text, pid) {
        if (sent || !text.includes('twenty')) return
        sent = true
        process.kill(signal === 'SIGINT' ? -pid : pid, signal) // a terminal sends Ctrl-C to the group
      },
    })
    expect(exitCode, output).toBe(code)
    expect(output).toContain('application torn down')
    expect(output).toContain('interrupted: partial results')
    const summary = await project.summary()
    expect(summary.status).toBe('interrupted')
    const rows = await project.rows()
    expect(rows.length).toBeGreaterThanOrEqual(17)
    expect(rows.length).toBeLessThan(1000)
    expect(summary.evals[0]).toMatchObject({
      rows: rows.length,
      outcomes: { scored: rows.length, error: 0 },
      gate: 'inconclusive',
      complete: false,
    })
  },
)

test('a killed worker leaves its scored rows in the summary, which says that the run was cut off', async () => {
  await using project = await createProject({
    'dies.eval.ts': `
      import { foreach } from 'vitest-assay'
      foreach([1, 2, 3, 4, 5], { concurrency: 1 })('dies', async (n) => {
        if (n === 4) process.kill(process.pid, 'SIGKILL')
        await new Promise((resolve) => setTimeout(resolve, 5))
        return n === 1
      })
    `,
  })
  const { exitCode } = await project.vitest({ args: ['--project', 'evals', '--pool', 'forks'] })
  expect(exitCode).toBe(1)
  const summary = await project.summary()
  expect(summary.status).toBe('interrupted')
  expect(await project.rows()).toHaveLength(3)
  expect(summary.evals).toMatchObject([
    { rows: 3, outcomes: { scored: 3 }, scores: { score: { n: 3, mean: 1 / 3 } }, complete: false },
  ])
})

test('a run leaves no socket behind', async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'own-')) // other tests use the common folder
  onTestFinished(() => rm(temporary, { recursive: true }))
  await using project = await createProject({
    'a.eval.ts': `
      import { foreach } from 'vitest-assay'
      import { readdirSync } from 'node:fs'
      foreach([1])('one', () => readdirSync(process.env.TMPDIR).some((name) => name.startsWith('assay-')))
    `,
  })
  await project.vitest({ env: { TMPDIR: temporary } })
  expect((await project.evalOf('one')).scores['score']).toMatchObject({ mean: 1 }) // it was there
  expect((await readdir(temporary)).filter((name) => name.startsWith('assay-'))).toEqual([])
})
