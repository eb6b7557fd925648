import { expect, test } from 'vitest'
import { nameColumns, parseColumns } from '../../src/dataset/columns.ts'

test('E-22: names are split at commas and trimmed', () => {
  expect(parseColumns(' a , b ')).toEqual(['a', 'b'])
  expect(parseColumns('question')).toEqual(['question'])
})

test.for(['', ' ', 'a,', ',a', 'a,,b', 'a,a', 'a, a'])(
  'E-22: an empty or repeated name is an error: "%s"',
  (columns) => {
    expect(() => parseColumns(columns)).toThrow(
      expect.objectContaining({
        kind: 'config',
        message: `foreach: expected column names that differ, as in 'question,answer'; got '${columns}'.`,
      }),
    )
  },
)

test('E-22: the values of a tuple become fields, whatever they are', () => {
  const list = [1, 2]
  expect(nameColumns(at(['2+2', list]), ['question', 'answer'])).toEqual({
    question: '2+2',
    answer: [1, 2],
  })
  expect(nameColumns(at([undefined, null]), ['a', 'b'])).toEqual({ a: undefined, b: null })
})

test('a single column names the single value of a tuple, and a row that is no tuple', () => {
  expect(nameColumns(at([[1, 2, 3]]), ['list'])).toEqual({ list: [1, 2, 3] })
  expect(nameColumns(at('plain'), ['text'])).toEqual({ text: 'plain' })
  expect(nameColumns(at(0), ['n'])).toEqual({ n: 0 })
  expect(nameColumns(at(null), ['nothing'])).toEqual({ nothing: null })
})

test('E-23: an object that has every column stays as it is, also with more of them', () => {
  const row = { answer: null, question: undefined, id: 7 }
  expect(nameColumns(at(row), ['question', 'answer'])).toBe(row)
})

test('E-23: a column `__proto__` is a field like any other', () => {
  const named = nameColumns(at([1, 2]), ['__proto__', 'a'])
  expect(Object.entries(named)).toEqual([
    ['__proto__', 1],
    ['a', 2],
  ])
  expect(() => nameColumns(at({ a: 1 }), ['__proto__'])).toThrow(
    "data.jsonl:3: expected 1 values for '__proto__', got an object without `__proto__`.",
  )
})

test.for([
  [['a'], "data.jsonl:3: expected 2 values for 'a,b', got 1 values."],
  [['a', 'b', 'c'], "data.jsonl:3: expected 2 values for 'a,b', got 3 values."],
  [[], "data.jsonl:3: expected 2 values for 'a,b', got 0 values."],
  [{ a: 1 }, "data.jsonl:3: expected 2 values for 'a,b', got an object without `b`."],
  ['text', "data.jsonl:3: expected 2 values for 'a,b', got string."],
  [7, "data.jsonl:3: expected 2 values for 'a,b', got number."],
] as const)('E-23: %j does not fit two columns', ([row, message]) => {
  expect(() => nameColumns(at(row), ['a', 'b'])).toThrow(
    expect.objectContaining({ kind: 'config', message }),
  )
})

test('E-23: an inherited field is no column', () => {
  expect(() => nameColumns(at(Object.create({ a: 1 })), ['a'])).toThrow(
    "data.jsonl:3: expected 1 values for 'a', got an object without `a`.",
  )
})

function at(value: unknown) {
  return { value, where: 'data.jsonl:3' }
}
