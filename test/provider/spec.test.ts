import { expect, test } from 'vitest'
import { parseSpec } from '../../src/provider/spec.ts'

test.for([
  ['openai/gpt-5-mini', 'openai', 'gpt-5-mini'],
  ['openrouter/meta/llama-4:free', 'openrouter', 'meta/llama-4:free'],
  ['llama-cpp//models/a.gguf', 'llama-cpp', '/models/a.gguf'],
  ['scripted/a [b] c', 'scripted', 'a [b] c'],
])('"%s" is split at its first slash', ([spec, providerName, modelName]) => {
  expect(parseSpec(spec!)).toEqual({ providerName, modelName })
})

test.for(['', 'gpt-5-mini', '/gpt-5-mini', 'openai/', '/'])('"%s" is no spec', (spec) => {
  expect(() => parseSpec(spec)).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: `A model is named \`provider/model-name\`, as in "openai/gpt-5-mini"; got "${spec}".`,
    }),
  )
})
