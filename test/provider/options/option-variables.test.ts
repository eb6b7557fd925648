import * as v from 'valibot'
import { expect, test } from 'vitest'
import { optionNames } from '../../../src/provider/options/option-names.ts'
import { optionVariables } from '../../../src/provider/options/option-variables.ts'

const names = optionNames(
  v.strictObject({ maxTokens: v.number(), topP: v.number(), baseURL: v.string(), id: v.string() }),
)
const found = (env: Record<string, string | undefined>, prefixes = ['openai']) =>
  optionVariables(env, prefixes, names).map(({ variable, option, value }) => [
    variable,
    option,
    value,
  ])

test('ASSAY_<PROVIDER>_<OPTION> is an option of that provider', () => {
  const env = {
    ASSAY_OPENAI_MAX_TOKENS: ' 5 ',
    ASSAY_OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
    ASSAY_ANTHROPIC_MAX_TOKENS: '6',
    OPENAI_TOP_P: '1',
    ASSAY_MODEL: 'openai/gpt-5',
  }
  expect(found(env)).toEqual([
    ['ASSAY_OPENAI_MAX_TOKENS', 'maxTokens', '5'],
    ['ASSAY_OPENAI_BASE_URL', 'baseURL', 'http://127.0.0.1:9/v1'],
  ])
})

test('one that is empty says nothing', () => {
  expect(
    found({ ASSAY_OPENAI_TOP_P: '', ASSAY_OPENAI_ID: ' ', ASSAY_OPENAI_MAX_TOKENS: undefined }),
  ).toEqual([])
})

test('a provider with a dash, or with another name, has them under each', () => {
  expect(found({ ASSAY_LLAMA_SERVER_ID: 'x' }, ['llama_server'])).toHaveLength(1)
  expect(found({ ASSAY_SBERCLOUD_ID: 'x' }, ['cloudru', 'sbercloud'])).toHaveLength(1)
})

test('what is no option may be that of a provider with a longer name', () => {
  expect(found({ ASSAY_OPENAI_PROXY_MAX_TOKENS: '5', ASSAY_OPENAI_SOMETHING_ELSE: '1' })).toEqual(
    [],
  )
})

test('what is an option of a provider of the environment with a longer name is none here', () => {
  const env = { OPENAI_EU_API_BASE: 'http://127.0.0.1:9', ASSAY_OPENAI_EU_ID: 'x' }
  expect(found(env)).toEqual([])
  expect(found(env, ['openai_eu'])).toEqual([['ASSAY_OPENAI_EU_ID', 'id', 'x']])
})

test.for([
  ['ASSAY_OPENAI_MAX_TOKEN', 'ASSAY_OPENAI_MAX_TOKENS'],
  ['ASSAY_OPENAI_BASEURI', 'ASSAY_OPENAI_BASE_URL'],
] as const)('%s is an error with what was probably meant', ([variable, meant]) => {
  expect(() => found({ [variable]: 'sk-invented' })).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: `${variable}: there is no such option; did you mean ${meant}?`,
    }),
  )
})

test('where a schema shows no names, all of them are options', () => {
  const env = { ASSAY_ACME_MAX_TOKENS: '5', ASSAY_ACME_X: 'y' }
  expect(optionVariables(env, ['acme'], undefined).map(({ option }) => option)).toEqual([
    'maxTokens',
    'x',
  ])
})
