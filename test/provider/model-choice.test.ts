import { expect, test } from 'vitest'
import { toConfiguredModel } from '../../src/provider/model-choice.ts'

test('a spec is a model without options', () => {
  expect(toConfiguredModel('openai/gpt-5-mini')).toEqual({ spec: 'openai/gpt-5-mini' })
})

test('a spec with options stays as it is', () => {
  const choice = { spec: 'openai/gpt-5-mini', options: { temperature: 0 } }
  expect(toConfiguredModel(choice)).toBe(choice)
})

test('a function is a scripted model of its name', () => {
  const shout = (input: string) => input.toUpperCase()
  expect(toConfiguredModel(shout)).toEqual({ spec: 'scripted/shout', options: { script: shout } })
  expect(
    toConfiguredModel(
      (
        () => (input: string) =>
          input
      )(),
    ).spec,
  ).toBe('scripted/function')
})

test.for([
  [undefined, 'undefined'],
  [null, 'null'],
  [7, '7'],
  [['openai/gpt-5-mini'], '["openai/gpt-5-mini"]'],
  [{ model: 'openai/gpt-5-mini' }, '{"model":"openai/gpt-5-mini"}'],
  [{ spec: 7 }, '{"spec":7}'],
])('%j names no model', ([choice, shown]) => {
  expect(() => toConfiguredModel(choice as never)).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: `A model is a spec ("openai/gpt-5-mini"), { spec, options } or a function; got ${shown as string}.`,
    }),
  )
})
