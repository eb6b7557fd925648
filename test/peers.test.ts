import { beforeAll, describe, expect, test } from 'vitest'
import type { RowRecord } from '../src/evaluation/record.ts'
import { createProject, type Ended } from './support/project.ts'

// Defects of other eval tools that users met; each must not be ours. Those on attempts, gates, errors and two
// runs at once have their tests in evaluation/ and config/; those on installs are in packed/.

test('3,000 rows with misses and errors print fewer than 60 lines', async () => {
  await using project = await createProject({
    'a.eval.ts': `
      import { foreach } from 'vitest-assay'
      const rows = Array.from({ length: 3000 }, (_, n) => ({ n }))
      foreach(rows, { maxErrorRate: 0.5 })('misses', ({ n }) => {
        if (n % 10 === 0) throw new Error('error of row ' + n)
        return n % 3 === 0
      })
    `,
  })
  const { exitCode, output } = await project.vitest()
  expect(exitCode, output).toBe(0)
  expect(output.split('\n').length).toBeLessThan(60)
  expect(await project.evalOf('misses')).toMatchObject({
    rows: 3000,
    outcomes: { scored: 2700, error: 300 },
  })
})

describe('the same evals twice', () => {
  /** Without colours, and with them. */
  const runs: { ended: Ended; rows: RowRecord[]; loads: string }[] = []

  beforeAll(async () => {
    const project = await createProject({
      'ids.eval.ts': `
        import { describe } from 'vitest'
        import { foreach } from 'vitest-assay'
        const upper = (input) => input.toUpperCase(), lower = (input) => input
        const rows = [{ q: 'a' }, { q: 'a' }, { q: 'b' }, { id: 'mine', q: 'c' }]
        for (const suite of ['one', 'two']) {
          describe(suite, () => {
            foreach(rows, { models: [upper, lower] })('100% %s of $q', async ({ q }, { model }) =>
              Boolean(await model.generate(q)))
          })
        }
      `,
      'more-ids.eval.ts': `
        import { foreach } from 'vitest-assay'
        foreach([{ q: 'a' }])('100% %s of $q', () => true)
      `,
      'loads.eval.ts': `
        import { appendFileSync } from 'node:fs'
        import { foreach } from 'vitest-assay'
        const load = () => { appendFileSync('loads.txt', 'x'); return [1, 2, 3] }
        foreach(load, { trials: 3 })('loads', () => true)
      `,
    })
    for (const env of [{}, { NO_COLOR: '', FORCE_COLOR: '1' }]) {
      const ended = await project.vitest({ env })
      runs.push({ ended, rows: await project.rows(), loads: await project.read('loads.txt') })
    }
    return () => project[Symbol.asyncDispose]()
  })

  test('ids of evals and rows are the same in two runs and unique in each', () => {
    const [first, second] = runs.map(({ rows }) =>
      rows
        .filter(({ evalId }) => evalId.includes('ids.eval.ts'))
        .map(({ evalId, rowId }) => `${evalId} / ${rowId}`)
        .toSorted(),
    )
    expect(second).toEqual(first)
    expect(new Set(first).size).toBe(4 * 4 + 1)
    expect(first).toContain('ids.eval.ts > one > 100% %s of $q [scripted/upper] / mine')
  })

  test('rows are loaded once per model, also when they come from a function', () => {
    const [{ rows, loads }] = runs as [(typeof runs)[0]]
    expect(loads).toBe('x')
    expect(rows.filter(({ evalId }) => evalId === 'loads.eval.ts > loads')).toHaveLength(9)
  })

  test('NO_COLOR is honoured, and colours are there without it', () => {
    const escape = '\u001B['
    const [plain, coloured] = runs
    expect(plain!.ended.output).not.toContain(escape)
    expect(coloured!.ended.output).toContain(`${escape}32m✓`)
  })
})

test('several workers and isolated files: each eval has its own rows, and none is lost', async () => {
  const file = (name: string) => `
    import { foreach } from 'vitest-assay'
    const rows = Array.from({ length: 50 }, (_, n) => ({ n }))
    foreach(rows)('counts', async ({ n }) => {
      await new Promise((resolve) => setTimeout(resolve, n % 5))
      return { ${name}: n % 2 }
    })
  `
  await using project = await createProject({
    'vitest.config.ts': `
      import { defineConfig } from 'vitest/config'
      import { evals } from 'vitest-assay/config'
      export default defineConfig({ plugins: [evals({ test: { maxWorkers: 2, isolate: true } })] })
    `,
    ...Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [`${name}.eval.ts`, file(name)])),
  })
  const { exitCode, output } = await project.vitest()
  expect(exitCode, output).toBe(0)
  const { evals } = await project.summary()
  expect(evals.map(({ file: name, rows, scores }) => [name, rows, scores[name[0]!]!.mean])).toEqual(
    ['a', 'b', 'c', 'd'].map((name) => [`${name}.eval.ts`, 50, 0.5]),
  )
  expect(await project.rows()).toHaveLength(200)
})
