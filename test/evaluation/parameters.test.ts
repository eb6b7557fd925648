import { stripTypeScriptTypes } from 'node:module'
import { runInThisContext } from 'node:vm'
import { expect, test } from 'vitest'
import { fixtureNames } from '../../src/evaluation/parameters.ts'

test.for<[string, string]>([
  ['an arrow', '(row, { model, judge }) => 1'],
  ['an async arrow', 'async (row, { model, judge }) => 1'],
  ['a minified arrow', 'async({q:e},{model:t,judge:r})=>(await t.generate(e)).text'],
  ['a plain function', 'function (row, { model, judge }) {}'],
  ['a named function', 'function body(row, { model, judge }) {}'],
  ['a minified function', 'function(e,{model:t,judge:r}){return t}'],
  ['an async function', 'async function body(row, { model, judge }) {}'],
  ['a generator', 'function* body(row, { model, judge }) {}'],
  ['an async generator', 'async function *(row, { model, judge }) {}'],
  ['a method', '({ body(row, { model, judge }) {} }).body'],
  ['an async method', '({ async body(row, { model, judge }) {} }).body'],
  ['a generator method', '({ *body(row, { model, judge }) {} }).body'],
  ['an async generator method', '({ async *body(row, { model, judge }) {} }).body'],
  ['a static method', '(class { static body(row, { model, judge }) {} }).body'],
  ['a method named async', '({ async(row, { model, judge }) {} }).async'],
  ['a function named like a keyword', 'function asyncFunction(row, { model, judge }) {}'],
])('fixtures are read of %s', ([, source]) => {
  expect(names(source)).toEqual(['model', 'judge'])
})

test.for<[string, string]>([
  ['a call', '({ q = ask(1, [2], { a: 3 }) }, { model, judge }) => 1'],
  ['a call without spaces', '({q=(()=>f(1,2))()},{model,judge})=>1'],
  ['texts with brackets', `({ a = ')', b = "}(", c = '{,' }, { model, judge }) => 1`],
  ['escaped quotes', String.raw`({ a = 'it\'s )', b = "\\" }, { model, judge }) => 1`],
  ['a template with brackets', '({ a = `)},{` }, { model, judge }) => 1'],
  ['a template with a value', '({ a = `${[1, 2].map((n) => n)} )` }, { model, judge }) => 1'],
  ['a division', '({ a = 4 / 2, b = 6 / 3 }, { model, judge }) => 1'],
  ['an arrow', '({ a = (x, y) => ({ x, y }) }, { model, judge }) => 1'],
  ['an object', '(row = { a: [1, 2] }, { model, judge }) => 1'],
  ['nothing, but nested names', '({ a: { b: [c, { d }] } }, { model, judge }) => 1'],
  ['nothing, but a rest', '({ id, ...rest }, { model, judge }) => 1'],
  ['nothing, but a list', '([a, b], { model, judge }) => 1'],
])('the row may have a default value or a form of its own: %s', ([, source]) => {
  expect(names(source)).toEqual(['model', 'judge'])
})

test.for<[string, string]>([
  ['a regular expression with a bracket', '({ a = /[(]/ }, { model, judge }) => 1'],
  ['a regular expression with a quote', `({ a = /"/ }, { model, judge }) => 1`],
  ['a template within a template', '({ a = `${[`)`]}` }, { model, judge }) => 1'],
])("the row's default value may be %s", ([, source]) => {
  expect(names(source)).toEqual(['model', 'judge'])
})

test.for<[string, string]>([
  ['renamed', '(row, { model: m, judge: j }) => 1'],
  ['renamed without spaces', '(row,{model:m,judge:j})=>1'],
  ['taken apart', '(row, { model: { info: { name } }, judge: [first] }) => 1'],
  ['with default values', '(row, { model = make({ a: [1, 2] }), judge = null }) => 1'],
  ['renamed with default values', "(row, { model: m = f('x, y'), judge: j = (a, b) => a }) => 1"],
  ['with a default for all', '(row, { model, judge } = {}) => 1'],
  [
    'on lines of their own, with a last comma',
    '(\n  row,\n  {\n    model,\n    judge,\n  },\n) => 1',
  ],
  ['between comments', '(row, /* the { */ { model /* , other */, // and )\n judge }) => 1'],
  ['behind a comment in the row', '(row /* ) , { wrong } */, { model, judge }) => 1'],
  ['before more parameters', '(row, { model, judge }, more) => 1'],
])('fixtures may be %s', ([, source]) => {
  expect(names(source)).toEqual(['model', 'judge'])
})

test.for<[string, string]>([
  ['an address', "(row, { model, base = 'http://host', judge }) => 1"],
  ['a text with the start of a comment', "(row, { model, base = 'a/*', judge }) => 1"],
])("a fixture's default value may be %s", ([, source]) => {
  expect(names(source)).toEqual(['model', 'base', 'judge'])
})

test('names may have letters of any language, and signs', () => {
  expect(names('(строка, { модель, $judge, _fixer, größe }) => 1')).toEqual([
    'модель',
    '$judge',
    '_fixer',
    'größe',
  ])
})

test.for([
  '() => 1',
  '(row) => 1',
  'row => 1',
  'async row => 1',
  'async row=>1',
  '$row=>f($row, { model: 1 })',
  'row => f(row, context)',
  '({ question, answer = f(1) }) => 1',
  'function () {}',
  'function body(row) { return f(row, context) }',
  '(row, {}) => 1',
  '(row, { /* nothing */ }) => 1',
])('%s uses no fixtures', (source) => {
  expect(names(source)).toEqual([])
})

test.for(['строка => f(строка, context)', 'async /* row */ row => f(row, context)'])(
  '%s uses no fixtures either',
  (source) => {
    expect(names(source)).toEqual([])
  },
)

test.for([
  ['(row, context) => 1', 'context'],
  ['function (row, context = {}) {}', 'context = {}'],
  ['(row, ...more) => 1', '...more'],
  ['(row, [model]) => 1', '[model]'],
])('%s is an error that shows the right form', ([source, got]) => {
  expect(() => names(source!)).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: `The body's second parameter must be destructured, as in "async (row, { model }) => …"; got "${got}".`,
    }),
  )
})

test('a rest among the fixtures is an error', () => {
  for (const source of ['(row, { model, ...rest }) => 1', '(row, { /* all */ ...rest }) => 1']) {
    expect(() => names(source)).toThrow(
      expect.objectContaining({
        kind: 'config',
        message: 'Name the fixtures that the body uses instead of "...rest".',
      }),
    )
  }
})

test('a computed name is an error, since its fixture would never be set up', () => {
  expect(() => names("(row, { ['model']: m }) => 1")).toThrow(
    expect.objectContaining({ kind: 'config' }),
  )
})

test('a name in quotes is the name', () => {
  expect(names(`(row, { 'model': m, "judge": j }) => 1`)).toEqual(['model', 'judge'])
})

test('a body without types is read as Node strips it', () => {
  const source = stripTypeScriptTypes(`
    (async ({ q = call<number>(1) }: { q?: number }, { model, judge }: Context<{ a: 1 }>): Promise<number> => 1)
  `)
  expect(fixtureNames(runInThisContext(source))).toEqual(['model', 'judge'])
})

test('a body is read as this test runner transforms it', () => {
  const body = async (
    { q = Math.max(1, 2), text = ')' }: { q?: number; text?: string },
    { model, judge = model }: { model: unknown; judge?: unknown },
  ) => [q, text, model, judge]
  expect(fixtureNames(body)).toEqual(['model', 'judge'])
})

function names(source: string): readonly string[] {
  return fixtureNames(runInThisContext(`(${source})`))
}
