import * as v from 'valibot'
import { expect, test } from 'vitest'
import { isPlain } from '../../../src/model/plain-data.ts'
import { LooseText, tighten } from '../../../src/provider/options/loose-options.ts'

const schema = v.strictObject({
  text: v.optional(v.string()),
  number: v.optional(v.pipe(v.number(), v.minValue(0))),
  flag: v.optional(v.boolean()),
  words: v.optional(v.array(v.string())),
  numbers: v.optional(v.array(v.number())),
  either: v.optional(v.union([v.boolean(), v.string()])),
  list: v.optional(v.array(v.object({ number: v.number() }))),
  deep: v.optional(
    v.looseObject({ number: v.optional(v.number()), more: v.optional(v.unknown()) }),
  ),
})

test.for([
  ['text', '4', '4'],
  ['text', 'true', 'true'],
  ['text', '{"a":1}', '{"a":1}'],
  ['number', '4', 4],
  ['number', '1e-3', 0.001],
  ['flag', 'true', true],
  ['flag', 'false', false],
  ['words', 'a', ['a']],
  ['words', 'a, b ,c', ['a', 'b', 'c']],
  ['words', '["a, b", "c"]', ['a, b', 'c']],
  ['numbers', '1, 2', [1, 2]],
  ['numbers', '[1,2]', [1, 2]],
  ['either', 'true', 'true'],
  ['deep', '{"number": 4}', { number: 4 }],
] as const)('`%s` takes %j as %j', async ([name, text, value]) => {
  expect(await tighten({ [name]: new LooseText(text) }, schema)).toEqual({ [name]: value })
})

test.for([
  ['number', 'many'],
  ['number', '-1'],
  ['flag', 'yes'],
  ['numbers', '1, x'],
  ['deep', 'x'],
] as const)(
  '`%s` does not take %j, which stays a text for the error to show',
  async ([name, text]) => {
    expect(await tighten({ [name]: new LooseText(text) }, schema)).toEqual({ [name]: text })
  },
)

test('within an object each text is taken by itself, beside what is no loose text', async () => {
  const options = {
    text: '4',
    words: ['x'],
    deep: { number: new LooseText('5'), more: new LooseText('6') },
    number: new LooseText('7'),
  }
  expect(await tighten(options, schema)).toEqual({
    text: '4',
    words: ['x'],
    deep: { number: 5, more: '6' },
    number: 7,
  })
  expect(options.deep.number).toBeInstanceOf(LooseText)
})

test('one that is wrong does not stand in the way of another', async () => {
  const options = { number: new LooseText('many'), flag: new LooseText('true'), other: 1 }
  expect(await tighten(options, schema)).toEqual({ number: 'many', flag: true, other: 1 })
})

test.for([
  ['words', '["a", 2]', ['a', 2]],
  ['deep', '{"number": "x"}', { number: 'x' }],
] as const)(
  'of %s as %j only a part is wrong, which the error is then about',
  async ([name, text, value]) => {
    expect(await tighten({ [name]: new LooseText(text) }, schema)).toEqual({ [name]: value })
  },
)

test('within a list each text is taken by itself', async () => {
  const options = {
    numbers: [new LooseText('1'), 2, new LooseText('0.5'), new LooseText('x')],
    words: [new LooseText('1'), 'b'],
    list: [{ number: new LooseText('3') }],
  }
  expect(await tighten(options, schema)).toEqual({
    numbers: [1, 2, 0.5, 'x'],
    words: ['1', 'b'],
    list: [{ number: 3 }],
  })
})

test('without a schema a text stays a text', async () => {
  expect(await tighten({ a: new LooseText('4') }, undefined)).toEqual({ a: '4' })
})

test('objects of JSON’s kind are plain, instances of a class are not', () => {
  for (const value of [{}, { a: 1 }, Object.create(null)]) expect(isPlain(value)).toBe(true)
  for (const value of [[], null, 'x', 1, new LooseText('x'), new Date(), () => 1]) {
    expect(isPlain(value)).toBe(false)
  }
})
