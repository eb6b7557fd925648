import type { ProviderContract } from '../../../src/testing.ts'
import completion from '../../responses/openrouter/completion.json' with { type: 'json' }
import invalid from '../../responses/openrouter/invalid.json' with { type: 'json' }
import moderation from '../../responses/openrouter/moderation.json' with { type: 'json' }
import noUsage from '../../responses/openrouter/no-usage.json' with { type: 'json' }
import rateLimit from '../../responses/openrouter/rate-limit.json' with { type: 'json' }
import streamError from '../../responses/openrouter/stream-error.json' with { type: 'json' }
import streamed from '../../responses/openrouter/stream.json' with { type: 'json' }
import unavailable from '../../responses/openrouter/unavailable.json' with { type: 'json' }
import { replyOf } from './reply-of.ts'

const expected = {
  finishReason: 'stop',
  servedBy: 'openai/gpt-4.1-2025-04-14',
  toolCalls: [],
  usage: {
    inputTokens: 194,
    outputTokens: 22,
    cachedInputTokens: 128,
    cacheWriteTokens: 0,
    reasoningTokens: 8,
  },
  costUsd: 0.000372,
} as const

/** What OpenRouter's API answers. */
export const openrouterReplies: ProviderContract['replies'] = {
  answer: {
    ...replyOf(completion),
    expect: { text: 'Vienna is the capital of Austria.', ...expected },
  },
  stream: { body: sse(...streamed.events), expect: { text: 'Grüß Gott 👋', ...expected } },
  blocked: { ...replyOf(moderation), expect: { source: 'error.code' } },
  noUsage: replyOf(noUsage),
  rateLimited: { ...replyOf(rateLimit), headers: { 'retry-after': '20' } },
  serverError: replyOf(unavailable),
  invalidRequest: replyOf(invalid),
  errorWithin200: { body: unavailable.body, expect: { kind: 'server' } },
  errorWithinStream: {
    body: sse(...streamed.events.slice(0, 2), streamError.event),
    expect: { kind: 'server' },
  },
  malformed: { body: { ...completion.body, choices: 'none' } },
}

function sse(...events: readonly unknown[]): string {
  return `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`
}
