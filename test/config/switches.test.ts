import { expect, test } from 'vitest'
import { readSwitches } from '../../src/config/switches.ts'
import { createProject } from '../support/project.ts'

const words = (...after: string[]) =>
  readSwitches(['node', 'vitest', '--project', 'evals', '--', ...after], {})

test('the words after -- are the switches of the run', () => {
  expect(readSwitches(['node', 'vitest'], {})).toEqual({})
  expect(
    words(
      '--model',
      'a/b',
      '--model=c/d,e',
      '--limit',
      '20',
      '--row',
      'r1',
      '--tags',
      'hard and not slow',
      '--trials=3',
      '--judge',
      'a/j',
      '--fixer=a/f',
    ),
  ).toEqual({
    models: ['a/b', 'c/d,e'],
    limit: 20,
    rows: ['r1'],
    tags: 'hard and not slow',
    trials: 3,
    judge: 'a/j',
    fixer: 'a/f',
  })
})

test('ASSAY_ variables are the same switches, and the words go over them', () => {
  const env = {
    ASSAY_MODEL: 'a/b, c/d',
    ASSAY_LIMIT: '5',
    ASSAY_ROW: 'r1',
    ASSAY_TAGS: 'x',
    ASSAY_TRIALS: '2',
    ASSAY_JUDGE_MODEL: 'a/j',
    ASSAY_FIXER_MODEL: 'a/f',
  }
  expect(readSwitches([], env)).toEqual({
    models: ['a/b', 'c/d'],
    limit: 5,
    rows: ['r1'],
    tags: 'x',
    trials: 2,
    judge: 'a/j',
    fixer: 'a/f',
  })
  const after = ['--', '--limit', '7', '--judge', 'a/other']
  expect(readSwitches(after, env)).toMatchObject({ limit: 7, trials: 2, judge: 'a/other' })
  expect(readSwitches([], { ASSAY_LIMIT: '', ASSAY_MODEL: ' ', ASSAY_JUDGE_MODEL: '' })).toEqual({})
})

test.each([
  [
    ['--limt', '3'],
    "After `--`: expected --model, --limit, --row, --tags, --trials, --judge, --fixer, --cache; unknown option '--limt'.",
  ],
  [
    ['20'],
    "After `--`: expected --model, --limit, --row, --tags, --trials, --judge, --fixer, --cache; unexpected argument '20'.",
  ],
  [
    ['--limit', 'ten'],
    '`--limit` (ASSAY_LIMIT): expected a whole number of at least 1, got "ten".',
  ],
  [['--trials', '0'], '`--trials` (ASSAY_TRIALS): expected a whole number of at least 1, got "0".'],
])('%j is an error', (after, message) => {
  expect(() => words(...after)).toThrow(message)
})

const tagged = {
  'a.eval.ts': `
    import { foreach, scripted } from 'vitest-assay'
    const rows = [
      { id: 'r1', tags: ['hard'] }, { id: 'r2', tags: ['hard', 'slow'] }, { id: 'r3', tags: [] }, { id: 'r4', n: 4 },
    ]
    const upper = (input) => input.toUpperCase(), lower = (input) => input
    foreach(rows, { tags: ['hard', 'slow'], models: [upper, lower] })('by name', async (row, { model }) =>
      (await model.generate(row.id)).text === row.id)
    foreach(rows, { tags: { fourth: (row) => row.n === 4 } })('by test', () => true)
  `,
}

test('switches choose rows, trials and models of every eval', async () => {
  await using project = await createProject(tagged)
  const ran = async (...after: string[]) => {
    const { output } = await project.vitest({ args: ['--project', 'evals', '--', ...after] })
    const rows = await project.rows()
    return { output, rows: rows.map((row) => `${row.evalId.slice(12)} ${row.rowId}`).toSorted() }
  }
  expect((await ran('--tags', 'hard and not slow')).rows).toEqual([
    'by name [scripted/lower] r1',
    'by name [scripted/upper] r1',
    'by test r1',
  ])
  expect((await ran('--tags', 'fourth')).rows).toEqual(['by test r4'])
  expect((await ran('--row', 'r3', '--row', 'r4', '--model', 'scripted/upper')).rows).toEqual([
    'by name [scripted/upper] r3',
    'by name [scripted/upper] r4',
    'by test r3',
    'by test r4',
  ])
  expect((await ran('--limit', '1', '--trials', '2', '--model', 'scripted/lower')).rows).toEqual([
    'by name [scripted/lower] r1',
    'by name [scripted/lower] r1',
    'by test r1',
    'by test r1',
  ])
})

test('a switch that chooses no row at all fails the run', async () => {
  await using project = await createProject(tagged)
  const row = await project.vitest({ args: ['--project', 'evals', '--', '--row', 'r99'] })
  expect(row.output).toContain('No row of any eval matches --row r99.')
  expect(row.exitCode).toBe(1)
  const tags = await project.vitest({ env: { ASSAY_TAGS: 'hrad' } })
  expect(tags.output).toContain('No row of any eval matches --tags "hrad".')
  expect(tags.exitCode).toBe(1)
})

test('a row that no eval has fails the run, though others were found', async () => {
  await using project = await createProject(tagged)
  const { exitCode, output } = await project.vitest({
    args: ['--project', 'evals', '--', '--row', 'r1', '--row', 'typo'],
  })
  expect(output).toContain('No row of any eval matches --row typo.')
  expect(exitCode).toBe(1)
  expect(await project.rows('by test')).toHaveLength(1)
})

test('an unknown word after -- ends the run before any row', async () => {
  await using project = await createProject(tagged)
  const { exitCode, output } = await project.vitest({
    args: ['--project', 'evals', '--', '--modle', 'a/b'],
  })
  expect(exitCode).toBe(1)
  expect(output).toContain("unknown option '--modle'")
  expect(await project.runs()).toEqual([])
})
