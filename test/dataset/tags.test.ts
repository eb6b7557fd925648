import { expect, test } from 'vitest'
import { createTagFilter, type RowTags, tagsOf } from '../../src/dataset/tags.ts'

const rows = [
  { name: 'plain' },
  { name: 'hard', tags: ['hard'] },
  { name: 'slow', tags: ['slow'] },
  { name: 'both', tags: ['hard', 'slow'] },
  { name: 'german', tags: ['lang/de'] },
]

test.for([
  ['hard', ['hard', 'both']],
  ['hard and slow', ['both']],
  ['hard and not slow', ['hard']],
  ['hard AND NOT slow', ['hard']],
  ['hard && !slow', ['hard']],
  ['hard or slow', ['hard', 'slow', 'both']],
  ['hard || lang/de', ['hard', 'both', 'german']],
  ['not hard', ['plain', 'slow', 'german']],
  ['not (hard or slow)', ['plain', 'german']],
  ['!(hard&&slow)', ['plain', 'hard', 'slow', 'german']],
  ['hard or slow and lang/de', ['hard', 'both']],
  ['(hard or slow) and not (hard and slow)', ['hard', 'slow']],
  ['lang/*', ['german']],
  ['*a*', ['hard', 'both', 'german']],
  ['not h*', ['plain', 'slow', 'german']],
  ['nowhere', []],
  ['not nowhere', ['plain', 'hard', 'slow', 'both', 'german']],
  ['nowhere*', []],
] as const)('"%s" chooses the rows %j', ([expression, names]) => {
  expect(chosen(expression)).toEqual(names)
})

test.for([
  ['', 'unexpected end of expression in ""'],
  ['hard and', 'unexpected end of expression in "hard and"'],
  ['(hard', 'missing closing ")" in "(hard"'],
  ['hard slow', 'unexpected "slow" in "hard slow"'],
  ['hard)', 'unexpected ")" in "hard)"'],
  ['and hard', 'unexpected "and" in "and hard"'],
] as const)('"%s" is an error that shows the expression', ([expression, problem]) => {
  expect(() => createTagFilter(expression, undefined)).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: `--tags "${expression}": Invalid tags expression: ${problem}`,
    }),
  )
})

test.each(['hard & slow', 'hard|slow', 'hard &&& slow'])(
  'a sign that is not doubled is an error that shows the expression: %s',
  (expression) => {
    expect(() => createTagFilter(expression, ['hard', 'slow'])).toThrow(
      `--tags "${expression}": expected && or ||, got `,
    )
  },
)

test('a name that the eval does not declare matches none of its rows', () => {
  expect(chosen('french', ['hard', 'slow', 'lang/de'])).toEqual([])
  expect(chosen('french or hard', ['hard', 'slow', 'lang/de'])).toEqual(['hard', 'both'])
  expect(chosen('fr*', ['hard', 'slow', 'lang/de'])).toEqual([])
})

test('names with their tests are tags beside those that a row carries', () => {
  const tags = { short: (row: { name: string }) => row.name.length <= 4 }
  expect(chosen('short', tags)).toEqual(['hard', 'slow', 'both'])
  expect(chosen('short and slow', tags)).toEqual(['slow', 'both'])
  expect(tagsOf(at(rows[3]), tags)).toEqual(['hard', 'slow', 'short'])
})

test('a tag that is not among the declared names is an error with the place of its row', () => {
  expect(() => chosen('hard', ['hard', 'lang/de'])).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: 'row 2: the tag "slow" is not declared; foreach declares hard, lang/de.',
    }),
  )
})

test('a row without a list of texts in `tags` has no tags', () => {
  for (const row of [
    null,
    'hard',
    7,
    {},
    { tags: null },
    { tags: [1] },
    { tags: { hard: true } },
  ]) {
    expect(tagsOf({ value: row, where: 'row 0' }, undefined)).toEqual([])
  }
})

function chosen(expression: string, tags?: RowTags<never>): string[] {
  const matches = createTagFilter(expression, tags)
  return rows.filter((row) => matches(at(row))).map(({ name }) => name)
}

function at(value: unknown) {
  return { value, where: `row ${rows.indexOf(value as (typeof rows)[number])}` }
}
