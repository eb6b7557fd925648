import type { ProviderContract } from '../../../src/testing.ts'
import invalid from '../../responses/anthropic/invalid.json' with { type: 'json' }
import message from '../../responses/anthropic/message.json' with { type: 'json' }
import noUsage from '../../responses/anthropic/no-usage.json' with { type: 'json' }
import overloaded from '../../responses/anthropic/overloaded.json' with { type: 'json' }
import rateLimit from '../../responses/anthropic/rate-limit.json' with { type: 'json' }
import refusal from '../../responses/anthropic/refusal.json' with { type: 'json' }
import streamed from '../../responses/anthropic/stream.json' with { type: 'json' }
import { replyOf } from './reply-of.ts'

const expected = {
  finishReason: 'stop',
  servedBy: 'claude-sonnet-5-5-20261001',
  toolCalls: [],
} as const

/** What Anthropic's API answers. */
export const anthropicReplies: ProviderContract['replies'] = {
  answer: {
    ...replyOf(message),
    expect: {
      ...expected,
      text: 'Vienna is the capital of Austria.',
      usage: { inputTokens: 12, outputTokens: 503, cachedInputTokens: 0, cacheWriteTokens: 0 },
    },
  },
  stream: {
    body: sse(...streamed.events),
    expect: {
      ...expected,
      text: 'Grüß Gott 👋',
      usage: {
        inputTokens: 12 + 248 + 1800,
        outputTokens: 503,
        cachedInputTokens: 1800,
        cacheWriteTokens: 248,
        reasoningTokens: 420,
      },
    },
  },
  blocked: { ...replyOf(refusal), expect: { source: 'stop_reason' } },
  noUsage: replyOf(noUsage),
  rateLimited: { ...replyOf(rateLimit), headers: { 'retry-after': '20' } },
  serverError: replyOf(overloaded),
  invalidRequest: replyOf(invalid),
  errorWithin200: { body: overloaded.body, expect: { kind: 'server' } },
  errorWithinStream: {
    body: sse(...streamed.events.slice(0, 8), overloaded.body),
    expect: { kind: 'server' },
  },
  malformed: { body: { ...message.body, content: 'none' } },
}

function sse(...events: readonly { readonly type: string }[]): string {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')
}
