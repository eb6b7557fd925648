import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../src/config/file/parse.ts'

const parse = (text: string) => parseConfig(text, '/somewhere/assay.config.yaml')
const valueOf = (text: string) => parse(text).value

test('YAML is data, with no types beyond those of JSON', () => {
  const text = [
    'text: on',
    'number: 0.5',
    'flag: true',
    'nothing:',
    'list: [a, 1]',
    'date: 2026-11-21',
    'note: |',
    '  two',
    '  lines',
  ].join('\n')
  expect(valueOf(text)).toEqual({
    text: 'on',
    number: 0.5,
    flag: true,
    nothing: null,
    list: ['a', 1],
    date: '2026-11-21',
    note: 'two\nlines\n',
  })
})

test.for([
  '{\n\t"models": [\n\t\t"a/b"\n\t]\n}\n',
  '\uFEFF{ "models": ["a/b"] }',
  '{"models":["a/b"]}',
])('JSON is read, however it is indented: %j', (text) => {
  expect(valueOf(text)).toEqual({ models: ['a/b'] })
})

test.for(['', '\n\n', '# all of it\n# is a comment\n'])(
  'a text without content is null: %j',
  (text) => {
    expect(valueOf(text)).toBeNull()
  },
)

describe('places', () => {
  const { placeOf } = parse('models:\n  - a/b\n  - name: c\n    config:\n      id: d\n')

  test.for([
    [['models'], '1:1'],
    [['models', 0], '2:5'],
    [['models', 1], '3:5'],
    [['models', 1, 'config'], '4:5'],
    [['models', 1, 'config', 'id'], '5:7'],
  ] as const)('%j stands at %s', ([path, place]) => {
    expect(placeOf(path)).toBe(`/somewhere/assay.config.yaml:${place}`)
  })

  test('of what is not there is that of what it would be in', () => {
    expect(placeOf(['models', 1, 'config', 'key', 'deep'])).toMatch(/:4:5$/)
    expect(placeOf(['judge'])).toMatch(/:1:1$/)
  })

  test('a file of the working directory is named from there', () => {
    const path = `${process.cwd()}/evals/assay.config.yaml`
    expect(parseConfig('a: 1', path).placeOf(['a'])).toBe('evals/assay.config.yaml:1:1')
  })
})

describe('anchors, aliases and merges', () => {
  test('O-39: an alias is what it stands for, however often it is used', () => {
    expect(valueOf('a: &x { n: [1] }\nb: *x\nc: [*x, *x]\n')).toEqual({
      a: { n: [1] },
      b: { n: [1] },
      c: [{ n: [1] }, { n: [1] }],
    })
  })

  test('O-39: `<<` takes over the fields of a map, under its own, wherever it stands', () => {
    const base = 'base: &base { x: 1, y: 2 }\n'
    expect(valueOf(`${base}b:\n  <<: *base\n  y: 3\n`)).toMatchObject({ b: { x: 1, y: 3 } })
    expect(valueOf(`${base}b:\n  y: 3\n  <<: *base\n`)).toMatchObject({ b: { x: 1, y: 3 } })
    expect(valueOf(`${base}b: { "<<": 1 }\n`)).toMatchObject({ b: { '<<': 1 } })
  })

  test('O-39: of several maps that are taken over the first holds', () => {
    const text = 'a: &a { x: 1 }\nc: &c { x: 2, z: 2 }\nb: { <<: [*a, *c] }\n'
    expect(valueOf(text)).toMatchObject({ b: { x: 1, z: 2 } })
  })

  test('O-39: aliases stand for 10,000 values at most, in all', () => {
    const list = (item: string) => `[${Array<string>(10).fill(item).join(', ')}]`
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    const lines = names.map(
      (name, index) => `${name}: &${name} ${list(index ? `*${names[index - 1]}` : 'x')}`,
    )
    expect(() => parse(lines.slice(0, 3).join('\n'))).not.toThrow()
    expect(() => parse(lines.join('\n'))).toThrow(
      /assay\.config\.yaml:4:\d+: aliases stand for more than 10,000 values in all; write fewer of them\.$/,
    )
    const merges = names.map(
      (name, index) => `${name}: &${name} { <<: ${list(index ? `*${names[index - 1]}` : '{}')} }`,
    )
    expect(() => parse(merges.join('\n'))).toThrow('aliases stand for more than 10,000 values')
  })

  test('O-39: a template within is one in each place', () => {
    const text = 'a: &x { key: "${KEY}" }\nb: *x\n'
    const template = { $template: '${KEY}', at: '/somewhere/assay.config.yaml:1:14', plain: false }
    expect(valueOf(text)).toEqual({ a: { key: template }, b: { key: template } })
  })
})

test.for([
  ['a:\n  b: 1\n c: 2\n', '3:1: All mapping items must start at the same column.'],
  ['{ "models": ["a/b" }', '1:20: '],
  ['a: 1\na: 2\n', '2:1: Map keys must be unique.'],
  ['a: 1\n---\nb: 2\n', '2:1: There is a second document; keep one.'],
  ['a: *nope\n', '1:4: nothing before it is marked as `&nope`.'],
  ['a: &a\n  b: [*a]\n', '2:3: it holds itself.'],
  ['a: &a [*a]\n', '1:7: it holds itself.'],
  ['a: { <<: 1 }\n', '1:10: `<<` takes over the fields of a map, and this is none.'],
  ['? [a]\n: 1\n', '1:3: a name must be a text.'],
] as const)('O-38: %j is an error at its place', ([text, problem]) => {
  expect(() => parse(text)).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: expect.stringContaining(`/somewhere/assay.config.yaml:${problem}`) as string,
    }),
  )
})
