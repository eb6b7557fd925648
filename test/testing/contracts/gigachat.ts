import type { ProviderContract } from '../../../src/testing.ts'
import blacklist from '../../responses/gigachat/blacklist.json' with { type: 'json' }
import completion from '../../responses/gigachat/completion.json' with { type: 'json' }
import invalid from '../../responses/gigachat/invalid.json' with { type: 'json' }
import noUsage from '../../responses/gigachat/no-usage.json' with { type: 'json' }
import rateLimit from '../../responses/gigachat/rate-limit.json' with { type: 'json' }
import serverError from '../../responses/gigachat/server-error.json' with { type: 'json' }
import streamed from '../../responses/gigachat/stream.json' with { type: 'json' }
import token from '../../responses/gigachat/token.json' with { type: 'json' }
import { replyOf } from './reply-of.ts'

const expected = {
  finishReason: 'stop',
  servedBy: 'GigaChat-2-Max:2.0.30.01',
  toolCalls: [],
} as const

/** Sber's API, with its token server. */
export const gigachatContract: ProviderContract = {
  model: 'GigaChat-2-Max',
  env: (baseURL) => ({
    GIGACHAT_API_BASE: `${baseURL}/api/v1`,
    GIGACHAT_AUTH_URL: `${baseURL}/api/v2/oauth`,
  }),
  other: ({ url }) => (url === '/api/v2/oauth' ? { body: token.body } : undefined),
  replies: {
    answer: {
      ...replyOf(completion),
      expect: {
        ...expected,
        text: 'Vienna is the capital of Austria.',
        usage: { inputTokens: 1812, outputTokens: 9, cachedInputTokens: 1800 },
      },
    },
    stream: {
      body: sse(...streamed.events, '[DONE]'),
      expect: {
        ...expected,
        text: 'Grüß Gott 👋',
        usage: { inputTokens: 59, outputTokens: 31, cachedInputTokens: 3 },
      },
    },
    blocked: {
      ...replyOf(blacklist),
      expect: { reason: 'blacklist', source: 'finish_reason' },
    },
    noUsage: replyOf(noUsage),
    rateLimited: replyOf(rateLimit),
    serverError: replyOf(serverError),
    invalidRequest: replyOf(invalid),
    errorWithin200: { body: serverError.body, expect: { kind: 'server' } },
    errorWithinStream: {
      body: sse(...streamed.events.slice(0, 2), serverError.body),
      expect: { kind: 'server' },
    },
    malformed: { body: { ...completion.body, choices: 'none' } },
  },
}

function sse(...events: readonly unknown[]): string {
  return events
    .map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`)
    .join('')
}
