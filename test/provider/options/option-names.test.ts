import * as v from 'valibot'
import { expect, test } from 'vitest'
import { optionNames } from '../../../src/provider/options/option-names.ts'

const schema = v.strictObject({
  maxTokens: v.optional(v.number()),
  topP: v.optional(v.number()),
  baseURL: v.optional(v.string()),
  contextSize: v.optional(v.number()),
})

test.for([
  ['maxTokens', 'maxTokens'],
  ['max_tokens', 'maxTokens'],
  ['MAX_TOKENS', 'maxTokens'],
  ['maxtokens', 'maxTokens'],
  ['top_p', 'topP'],
  ['base_url', 'baseURL'],
  ['baseUrl', 'baseURL'],
  ['n_ctx', 'contextSize'],
  ['N_CTX', 'contextSize'],
  ['max-tokens', undefined],
  ['tokens', undefined],
  ['toString', undefined],
] as const)('%s is the option %s', ([spelling, name]) => {
  expect(optionNames(schema, { n_ctx: 'contextSize' })!.find(spelling)).toBe(name)
})

test('a provider without options has none', () => {
  expect(optionNames(undefined)).toMatchObject({ all: [] })
  expect(optionNames(undefined)!.find('temperature')).toBeUndefined()
})

test('names are found in a schema with further checks, and in one of zod’s form', () => {
  const checked = v.pipe(
    schema,
    v.check(() => true),
  )
  expect(optionNames(checked)!.all).toEqual(['maxTokens', 'topP', 'baseURL', 'contextSize'])
  expect(optionNames({ shape: { topP: {} } })!.find('top_p')).toBe('topP')
})

test('a schema that does not show them tells no names', () => {
  expect(optionNames({ '~standard': {} })).toBeUndefined()
  expect(optionNames(v.record(v.string(), v.unknown()))).toBeUndefined()
})
