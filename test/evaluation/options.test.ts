import * as v from 'valibot'
import { expect, test } from 'vitest'
import { checkOptions } from '../../src/evaluation/options.ts'

test('all options may be given, or left undefined', () => {
  checkOptions({})
  checkOptions({
    models: ['openai/gpt-5-mini'],
    judge: 'openai/gpt-5',
    fixer: { spec: 'openai/gpt-5', options: { temperature: 0 } },
    trials: 1,
    concurrency: 100,
    limit: 1,
    rowTimeout: 0,
    maxErrorRate: 1,
    tags: ['hard'],
    id: () => 'x',
    schema: v.string(),
  })
  checkOptions({ maxErrorRate: 0, rowTimeout: 0.5, tags: { hard: () => true } })
  checkOptions({ trials: undefined, models: undefined } as object)
})

test('an option that there is not is an error that lists those there are', () => {
  expect(() => checkOptions({ trails: 2 } as object)).toThrow(
    expect.objectContaining({
      kind: 'config',
      message:
        'foreach: expected options of models, judge, fixer, trials, concurrency, limit, rowTimeout, maxErrorRate, tags, id, schema; got `trails`.',
    }),
  )
  expect(() => checkOptions({ constructor: 1 } as object)).toThrow('got `constructor`.')
})

const count = 'a whole number of at least 1'
const model = 'a spec, { spec, options } or a function'
const tags = 'a list of names, or names with their tests'

test.for<[string, unknown, string, string]>([
  ['models', [], 'a list with at least one model', '[]'],
  ['models', 'openai/gpt-5-mini', 'a list with at least one model', '"openai/gpt-5-mini"'],
  ...['judge', 'fixer'].flatMap((name): [string, unknown, string, string][] => [
    [name, 7, model, '7'],
    [name, null, model, 'null'],
    [name, true, model, 'true'],
  ]),
  ...['trials', 'concurrency', 'limit'].flatMap((name): [string, unknown, string, string][] => [
    [name, 0, count, '0'],
    [name, -1, count, '-1'],
    [name, 1.5, count, '1.5'],
    [name, Number.NaN, count, 'NaN'],
    [name, Infinity, count, 'Infinity'],
    [name, '2', count, '"2"'],
    [name, null, count, 'null'],
  ]),
  ['rowTimeout', -1, 'milliseconds, or 0 for none', '-1'],
  ['rowTimeout', Number.NaN, 'milliseconds, or 0 for none', 'NaN'],
  ['rowTimeout', '1s', 'milliseconds, or 0 for none', '"1s"'],
  ['maxErrorRate', -0.1, 'a share from 0 to 1', '-0.1'],
  ['maxErrorRate', 1.1, 'a share from 0 to 1', '1.1'],
  ['maxErrorRate', Number.NaN, 'a share from 0 to 1', 'NaN'],
  ['maxErrorRate', true, 'a share from 0 to 1', 'true'],
  ['tags', 'hard', tags, '"hard"'],
  ['id', 'name', 'a function of the row', '"name"'],
  ['schema', {}, 'a Standard Schema', '{}'],
  ['schema', () => true, 'a Standard Schema', 'function'],
])('`%s` cannot be %j', ([name, value, expected, got]) => {
  expect(() => checkOptions({ [name]: value })).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: `foreach: expected \`${name}\` to be ${expected}; got ${got}.`,
    }),
  )
})

test.for([Infinity, 2 ** 31])(
  '`rowTimeout` cannot be %d: a timer of that length would end at once',
  (rowTimeout) => {
    expect(() => checkOptions({ rowTimeout })).toThrow(expect.objectContaining({ kind: 'config' }))
  },
)

test('`tags` cannot be null', () => {
  expect(() => checkOptions({ tags: null } as object)).toThrow(
    `foreach: expected \`tags\` to be ${tags}; got null.`,
  )
})
