import { expect, test } from 'vitest'
import { addUsage, type Usage } from '../../src/model/response.ts'

test('tokens add up', () => {
  expect(
    addUsage([
      { inputTokens: 1, outputTokens: 2 },
      { inputTokens: 10, outputTokens: 20 },
    ]),
  ).toEqual({ inputTokens: 11, outputTokens: 22 })
})

test('a part that some do not report is the sum of those that do; one that none reports is missing', () => {
  const total = addUsage([
    { inputTokens: 1, outputTokens: 1, cachedInputTokens: 5 },
    { inputTokens: 1, outputTokens: 1 },
    { inputTokens: 1, outputTokens: 1, cachedInputTokens: 7 },
  ])
  expect(total).toEqual({ inputTokens: 3, outputTokens: 3, cachedInputTokens: 12 })
  expect(Object.keys(total!)).not.toContain('reasoningTokens')
})

test('a reported zero is not the same as none', () => {
  const parts = { inputTokens: 0, outputTokens: 0, reasoningTokens: 0 }
  expect(addUsage([parts, { inputTokens: 0, outputTokens: 0 }])).toEqual(parts)
})

test('calls without usage are passed over; without any usage there is none', () => {
  expect(addUsage([null, { inputTokens: 1, outputTokens: 2 }, null])).toEqual({
    inputTokens: 1,
    outputTokens: 2,
  })
  expect(addUsage([null, null])).toBeNull()
  expect(addUsage([])).toBeNull()
})

test('what is added stays as it was', () => {
  const first: Usage = { inputTokens: 1, outputTokens: 2, reasoningTokens: 1 }
  const total = addUsage([first, first])
  expect(total).toEqual({ inputTokens: 2, outputTokens: 4, reasoningTokens: 2 })
  expect(first).toEqual({ inputTokens: 1, outputTokens: 2, reasoningTokens: 1 })
  expect(addUsage([first])).not.toBe(first)
})
