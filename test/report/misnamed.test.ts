import { expect, test } from 'vitest'
import { misnamed } from '../../src/report/misnamed.ts'

const asked = {
  providers: { openai: 0, acme: 0 },
  models: { 'openai/gpt-5-mini': 0, 'acme/org/m': 0 },
}
const plan = { settings: {}, prices: {}, cache: {} }

test('a name that nearly is one which the run asked is pointed out', () => {
  const requests = {
    permits: { default: 3, opnai: 2, openai: 1 },
    limits: { 'gpt-5-mini': { rpm: 1 }, 'openai/gpt-5-mni': { rpm: 1 }, 'openai/gpt-5-mini': {} },
    plan: { ...plan, settings: { acne: { attempts: 1 } } },
  }
  expect(misnamed(requests, asked)).toEqual([
    '`concurrency`: "opnai" is no provider or model of this run; did you mean "openai"?',
    '`limits`: "gpt-5-mini" is no provider or model of this run; did you mean "openai/gpt-5-mini"?',
    '`limits`: "openai/gpt-5-mni" is no provider or model of this run; did you mean "openai/gpt-5-mini"?',
    '`requests`: "acne" is no provider or model of this run; did you mean "acme"?',
  ])
})

test('names of what the run did not ask are left alone', () => {
  expect(misnamed({ permits: { anthropic: 2 }, plan }, asked)).toEqual([])
})
