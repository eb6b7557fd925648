import { expect, test } from 'vitest'
import { toRequest as anthropicRequest } from '../../../../providers/anthropic/request.ts'
import { toRequest as gigachatRequest } from '../../../../providers/gigachat/request.ts'
import { toRequest } from '../../../../providers/openai-compatible/request.ts'
import { given } from '../../../../providers/shared/wire/given.ts'

const messages = [{ role: 'user', content: 'Hi' }] as const
const body = { stream: true, top_k: 5 }

test('what is not given is left out; what is nothing is not', () => {
  expect(given({ a: undefined, b: null, c: 0, d: '' })).toEqual({ b: null, c: 0, d: '' })
})

test.for([
  ['OpenAI', toRequest('m', messages, { body }, {})],
  ['Anthropic', anthropicRequest('m', messages, { body }, {})],
  ['GigaChat', gigachatRequest('m', messages, { body }, {})],
] as const)('further fields of a request to %s do not say that it streams', ([, request]) => {
  expect(request).toMatchObject({ top_k: 5 })
  expect(request).not.toHaveProperty('stream')
})
