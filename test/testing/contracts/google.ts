import type { ProviderContract } from '../../../src/testing.ts'
import answer from '../../responses/google/answer.json' with { type: 'json' }
import invalid from '../../responses/google/invalid.json' with { type: 'json' }
import noUsage from '../../responses/google/no-usage.json' with { type: 'json' }
import promptBlocked from '../../responses/google/prompt-blocked.json' with { type: 'json' }
import rateLimit from '../../responses/google/rate-limit.json' with { type: 'json' }
import streamed from '../../responses/google/stream.json' with { type: 'json' }
import unavailable from '../../responses/google/unavailable.json' with { type: 'json' }
import { replyOf } from './reply-of.ts'

const expected = {
  finishReason: 'stop',
  servedBy: 'gemini-3.8-flash-10-2026',
  toolCalls: [],
} as const

/** What the Gemini API answers. */
export const googleReplies: ProviderContract['replies'] = {
  answer: {
    ...replyOf(answer),
    expect: {
      ...expected,
      text: 'Vienna is the capital of Austria.',
      usage: { inputTokens: 12, outputTokens: 8 },
    },
  },
  stream: {
    body: sse(...streamed.events),
    expect: {
      ...expected,
      text: 'Grüß Gott 👋',
      usage: {
        inputTokens: 2060,
        outputTokens: 83 + 420,
        cachedInputTokens: 1800,
        reasoningTokens: 420,
      },
    },
  },
  blocked: { ...replyOf(promptBlocked), expect: { source: 'promptFeedback.blockReason' } },
  noUsage: replyOf(noUsage),
  rateLimited: { ...replyOf(rateLimit), headers: { 'retry-after': '20' } },
  serverError: replyOf(unavailable),
  invalidRequest: replyOf(invalid),
  errorWithin200: { body: unavailable.body, expect: { kind: 'server' } },
  errorWithinStream: {
    body: sse(...streamed.events.slice(0, 2), unavailable.body),
    expect: { kind: 'server' },
  },
  malformed: { body: { ...answer.body, candidates: 'none' } },
}

function sse(...events: readonly object[]): string {
  return events.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`).join('')
}
