import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  expandTemplate,
  isTemplate,
  scalarOf,
  toTemplate,
} from '../../../src/provider/options/template.ts'

const place = { at: 'assay.config.yaml:3:7', quoted: true }

/** The text with what variables hold, as a user sees it. */
function expanded(text: string, env: Readonly<Record<string, string | undefined>> = {}): string {
  const template = toTemplate(text, place)
  return typeof template === 'string' ? template : expandTemplate(template, env)
}

describe('a template', () => {
  test.for([
    ['${KEY}', 'secret'],
    ['Bearer ${KEY}', 'Bearer secret'],
    ['${KEY}${KEY}', 'secretsecret'],
    ['${_a1}', 'other'],
    ['${NONE:-usual}', 'usual'],
    ['${NONE:-}', ''],
    ['${NONE:-http://host:8080/v1}', 'http://host:8080/v1'],
    ['${KEY:-usual}', 'secret'],
    ['${EMPTY:-usual}', 'usual'],
  ] as const)('O-39: %j is %j', ([text, value]) => {
    expect(expanded(text, { KEY: 'secret', _a1: 'other', EMPTY: '' })).toBe(value)
  })

  test.for(['plain', '$KEY', 'costs $5', '$$x^2$$', 'a } { b', '{KEY}', ''])(
    'O-39: without a variable a text stays as it is: %j',
    (text) => {
      expect(expanded(text, { KEY: 'secret' })).toBe(text)
    },
  )

  test.for([
    ['$${KEY}', '${KEY}'],
    ['$${KEY} ${KEY}', '${KEY} secret'],
    ['$$5 ${KEY}', '$$5 secret'],
    ['$${not a name}', '${not a name}'],
  ] as const)('O-39: $${ stands for a plain ${: %j is %j', ([text, value]) => {
    expect(expanded(text, { KEY: 'secret' })).toBe(value)
  })

  test('O-39: what a variable holds is not looked through again', () => {
    const value = '${OTHER} $${KEY} $& $1 : # \n - {a: b}'
    expect(expanded('x ${KEY} y', { KEY: value, OTHER: 'no' })).toBe(`x ${value} y`)
    expect(expanded('${KEY:-$1}')).toBe('$1')
  })

  test.for(['${KEY}', '${EMPTY} ${KEY}', 'x${KEY}'])(
    'O-39: a variable that is not set is an error: %j',
    (text) => {
      expect(() => expanded(text, { EMPTY: 'x' })).toThrow(
        expect.objectContaining({
          kind: 'config',
          message:
            'assay.config.yaml:3:7: the environment has no KEY: set it, or give a default, ${KEY:-…}.',
        }),
      )
    },
  )

  test('O-39: names of objects are no variables', () => {
    expect(() => expanded('${toString}', { KEY: 'x' })).toThrow('the environment has no toString')
    expect(() => expanded('${__proto__}', {})).toThrow('the environment has no __proto__')
  })

  test.for([
    '${KEY',
    '${}',
    '${sk-invented}',
    '${KEY-usual}',
    '${1KEY}',
    '${ KEY }',
    '${A:-${B}}',
    '${A} ${B',
  ])('O-39: what only begins like one is an error, and is neither sent nor shown: %j', (text) => {
    const call = () => expanded(text, { A: 'a', KEY: 'secret' })
    expect(call).toThrow(
      expect.objectContaining({
        kind: 'config',
        message:
          'assay.config.yaml:3:7: expected ${NAME} or ${NAME:-default}; write $${ where the text itself has ${.',
      }),
    )
    try {
      call()
    } catch (error) {
      expect(inspect(error)).not.toContain('sk-invented')
    }
  })
})

test.for([
  ['${KEY}', false, true],
  ['${KEY:-4}', false, true],
  ['${KEY}', true, false],
  ['${A}${B}', false, false],
  ['x${KEY}', false, false],
] as const)('%j, in quotes %s: may be a number or a truth value: %s', ([text, quoted, plain]) => {
  expect(toTemplate(text, { at: 'x', quoted })).toEqual({ $template: text, at: 'x', plain })
})

test('is plain data, so that a worker gets it as it is', () => {
  const template = toTemplate('${KEY}', place)
  expect(isTemplate(JSON.parse(JSON.stringify(template)))).toBe(true)
  for (const other of ['${KEY}', null, 7, {}, [], undefined, { $template: 5 }])
    expect(isTemplate(other)).toBe(false)
})

test.for([
  ['4', 4],
  ['-0.5', -0.5],
  ['1e3', 1000],
  ['true', true],
  ['false', false],
  ['True', 'True'],
  ['', ''],
  [' ', ' '],
  ['4 GB', '4 GB'],
  ['NaN', 'NaN'],
  ['Infinity', 'Infinity'],
] as const)('of a text without quotes %j is %j', ([text, value]) => {
  expect(scalarOf(text)).toBe(value)
})
