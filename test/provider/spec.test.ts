import { describe, expect, test } from 'vitest'
import { parseSpec } from '../../src/provider/spec.ts'

test.for([
  ['openai/gpt-5-mini', 'openai', 'gpt-5-mini'],
  ['openrouter/meta/llama-4:free', 'openrouter', 'meta/llama-4:free'],
  ['llama-cpp//models/a.gguf', 'llama-cpp', '/models/a.gguf'],
  ['scripted/a [b] c', 'scripted', 'a [b] c'],
])('"%s" is split at its first slash', ([spec, providerName, modelName]) => {
  expect(parseSpec(spec!)).toEqual({ providerName, modelName })
})

test.for(['', 'small', '/gpt-5-mini', 'openai/', '/'])('"%s" is no spec', (spec) => {
  expect(() => parseSpec(spec)).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: `A model is named \`provider/model-name\`, as in "openai/gpt-5-mini"; got "${spec}".`,
    }),
  )
})

test.for([
  ['gpt-4', 'openai/gpt-4'],
  ['GPT-5-mini', 'openai/GPT-5-mini'],
  ['o3', 'openai/o3'],
  ['claude-3-opus', 'anthropic/claude-3-opus'],
  ['claude-3-5-sonnet-20241022', 'anthropic/claude-3-5-sonnet-20241022'],
  ['gemini-2.5-pro', 'google/gemini-2.5-pro'],
  ['gigachat', 'gigachat/gigachat'],
  ['yandexgpt-lite', 'yandexgpt/yandexgpt-lite'],
  ['qwen3:0.6b', 'ollama/qwen3:0.6b'],
  ['tiny.gguf', 'llama-server/tiny.gguf'],
] as const)('R-50: %s is probably %s', ([name, meant]) => {
  expect(() => parseSpec(name)).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: `A model is named \`provider/model-name\`; got "${name}"; did you mean "${meant}"?`,
    }),
  )
})

test.for([
  'sk-invented-0123456789',
  'abc:sk-invented-0123456789',
  'a text that is very, very long',
])('R-50: what is no spec is not shown where it may be a key: %s', (given) => {
  expect(() => parseSpec(given)).toThrow(
    expect.objectContaining({
      message: 'A model is named `provider/model-name`, as in "openai/gpt-5-mini"; got a text.',
    }),
  )
})

describe('short names', () => {
  const names = { 'gpt-4.1': 'openai/gpt-4.1', 'org/m': 'huggingface/org/m' }

  test('H-26: short names stand for their specs, and go before what else they could be', () => {
    expect(parseSpec('gpt-4.1', names)).toEqual({ providerName: 'openai', modelName: 'gpt-4.1' })
    expect(parseSpec('org/m', names)).toEqual({ providerName: 'huggingface', modelName: 'org/m' })
    expect(parseSpec('acme/m', names)).toEqual({ providerName: 'acme', modelName: 'm' })
  })

  test('H-26: a short name is suggested for what is nearly one', () => {
    expect(() => parseSpec('gpt41', names)).toThrow('got "gpt41"; did you mean "gpt-4.1"?')
  })

  test('H-26: names of objects are no short names', () => {
    expect(() => parseSpec('constructor', names)).toThrow('got "constructor"')
  })
})
