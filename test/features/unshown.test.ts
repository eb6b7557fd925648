import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createFolder } from '../plugin/folder.ts'
import { type Feature, type Report, unshown } from './unshown.ts'

const script = fileURLToPath(new URL('../features.ts', import.meta.url))
const features = JSON.parse(
  await readFile(new URL('../features.json', import.meta.url), 'utf8'),
) as Record<string, Feature>

/** Of tests by their names, `describe > test`. */
function reportOf(results: readonly (readonly [name: string, status: string])[]): Report {
  const assertionResults = results.map(([name, status]) => {
    const parts = name.split(' > ')
    return { ancestorTitles: parts.slice(0, -1), title: parts.at(-1)!, status }
  })
  return { testResults: [{ assertionResults: [] }, { assertionResults }] }
}

test.for<[title: string, results: [title: string, status: string][], problem: string | undefined]>([
  ['A-1: is so', [['A-1: is so', 'passed']], undefined],
  ['B-2, A-1: is so', [['B-2, A-1: is so', 'passed']], undefined],
  ['A-1: is so', [['A-1: is other', 'passed']], 'there is no test "A-1: is so"'],
  ['A-1: is so', [], 'there is no test "A-1: is so"'],
  ['A-1: is so', [['A-1: is so', 'failed']], 'the test "A-1: is so" is failed'],
  ['A-1: is so', [['A-1: is so', 'skipped']], 'the test "A-1: is so" is skipped'],
  ['A-1: is so', [['A-1: is so', 'todo']], 'the test "A-1: is so" is todo'],
  [
    'A-1: is so',
    [
      ['A-1: is so', 'passed'],
      ['A-1: is so', 'failed'],
    ],
    'the test "A-1: is so" is failed',
  ],
  ['A-1: is so', [['that > A-1: is so', 'passed']], undefined],
  ['A-1: that > is so', [['A-1: that > is so', 'passed']], undefined],
  ['A-1: that > is so', [['that > is so', 'passed']], 'there is no test "A-1: that > is so"'],
  ['A-1: that', [['A-1: that > is so', 'passed']], undefined],
  [
    'A-1: that',
    [
      ['A-1: that > is so', 'passed'],
      ['A-1: that > is so too', 'failed'],
    ],
    'the test "A-1: that" is failed',
  ],
  ['is so', [['is so', 'passed']], 'the test "is so" does not begin with "A-1: "'],
  [
    'A-11: is so',
    [['A-11: is so', 'passed']],
    'the test "A-11: is so" does not begin with "A-1: "',
  ],
  ['A-1 is so', [['A-1 is so', 'passed']], 'the test "A-1 is so" does not begin with "A-1: "'],
])('a feature with the test "%s" and the results %j: %s', ([title, results, problem]) => {
  const lines = unshown({ 'A-1': { test: title } }, reportOf(results))
  expect(lines).toEqual(problem === undefined ? [] : [`A-1: ${problem}`])
})

test('of several tests each must show it', () => {
  const report = reportOf([
    ['A-1: is so', 'passed'],
    ['A-1: is so too', 'failed'],
  ])
  const titles = ['A-1: is so', 'A-1: is so too', 'A-1: is so as well']
  expect(unshown({ 'A-1': { test: titles } }, report)).toEqual([
    'A-1: the test "A-1: is so too" is failed',
    'A-1: there is no test "A-1: is so as well"',
  ])
})

test('a feature of another issue needs no test', () => {
  expect(unshown({ 'A-1': { issue: 'Another' } }, reportOf([]))).toEqual([])
})

test('the script names the features that are not shown, and passes when all are', async () => {
  const [first, ...others] = titlesIn(features).map((title) => [title, 'passed'] as const)
  await using folder = await createFolder({
    'all.json': reportOf([first!, ...others]),
    'some.json': reportOf(others),
  })
  const run = (file: string) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [script, join(folder.path, file)],
      { encoding: 'utf8' },
    )
    return { status, stdout, stderr }
  }
  const own = Object.values(features).filter((one) => 'test' in one).length
  expect(run('all.json')).toEqual({ status: 0, stdout: `${own} features, all shown\n`, stderr: '' })
  const { status, stdout, stderr } = run('some.json')
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr).toContain(`there is no test "${first![0]}"\n`)
})

test('each feature is shown by a test, or comes with an issue that has a title', () => {
  const ids = Object.keys(features)
  expect(ids).toHaveLength(138)
  for (const id of ids) expect(id).toMatch(/^[DOERH]-\d{2}$/)
  for (const feature of Object.values(features)) {
    const texts = Object.values(feature).flat()
    expect(texts.length).toBeGreaterThan(0)
    for (const text of texts) expect(text).toMatch(/.{10}/)
  }
})

function titlesIn(all: Readonly<Record<string, Feature>>): string[] {
  const titles = Object.values(all).flatMap((one) => ('test' in one ? one.test : []))
  return [...new Set(titles)]
}
