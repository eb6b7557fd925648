import type { ProviderContract } from '../../../src/testing.ts'
import completion from '../../responses/openai/completion.json' with { type: 'json' }
import noUsage from '../../responses/openai/no-usage.json' with { type: 'json' }
import rateLimit from '../../responses/openai/rate-limit.json' with { type: 'json' }
import refusal from '../../responses/openai/refusal.json' with { type: 'json' }
import serverError from '../../responses/openai/server-error.json' with { type: 'json' }
import streamed from '../../responses/openai/stream.json' with { type: 'json' }
import { replyOf } from './reply-of.ts'

const expected = {
  finishReason: 'stop',
  servedBy: 'gpt-5-mini-2025-08-07',
  toolCalls: [],
  usage: {
    inputTokens: 1843,
    outputTokens: 331,
    cachedInputTokens: 1536,
    cacheWriteTokens: 128,
    reasoningTokens: 256,
  },
} as const

/** What OpenAI's API answers, and all servers that speak its protocol. */
export const openaiReplies: ProviderContract['replies'] = {
  answer: {
    ...replyOf(completion),
    expect: { text: 'Vienna is the capital of Austria.', ...expected },
  },
  stream: { body: sse(...streamed.events), expect: { text: 'Grüß Gott 👋', ...expected } },
  blocked: { ...replyOf(refusal), expect: { source: 'message.refusal' } },
  noUsage: replyOf(noUsage),
  rateLimited: { ...replyOf(rateLimit), headers: { 'retry-after': '20' } },
  serverError: replyOf(serverError),
  invalidRequest: {
    body: { error: { message: "Unsupported value: 'max_tokens'.", type: 'invalid_request_error' } },
  },
  errorWithin200: { body: serverError.body, expect: { kind: 'server' } },
  errorWithinStream: {
    body: sse(...streamed.events.slice(0, 2), serverError.body),
    expect: { kind: 'server' },
  },
  malformed: { body: { ...completion.body, choices: 'none' } },
}

function sse(...events: readonly unknown[]): string {
  return `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`
}
