import { expect, test } from 'vitest'
import { estimateTokens, reportedTokens, withTail } from '../../src/request/tokens.ts'

test.each([
  [undefined, 0],
  [new Uint8Array(400), 0],
  ['x'.repeat(400), 100],
  [JSON.stringify({ max_tokens: 1000 }), 1005],
  [JSON.stringify({ max_completion_tokens: 500, p: 'x' }), 510],
])('what %o may take is estimated at %d tokens', (body, tokens) => {
  expect(estimateTokens(body)).toBe(tokens)
})

test.each([
  ['{"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}', 15],
  ['{"usage":{"input_tokens":10,"output_tokens":5}}', 15],
  ['"usageMetadata": { "promptTokenCount": 4, "totalTokenCount": 9 }', 9],
  ['data: {"usage":{"total_tokens":3}}\n\ndata: {"usage":{"total_tokens":8}}\n\n', 8],
  ['{"text":"no usage"}', undefined],
  [JSON.stringify({ text: 'I say "total_tokens": 999' }), undefined],
])('%j reports %o tokens', (text, tokens) => {
  expect(reportedTokens(withTail(new Response(), { text }))).toBe(tokens)
})

test('a response that nothing is known of reports none', () => {
  expect(reportedTokens(new Response())).toBeUndefined()
})
