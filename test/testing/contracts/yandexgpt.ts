import type { ProviderContract } from '../../../src/testing.ts'
import completion from '../../responses/yandexgpt/completion.json' with { type: 'json' }
import filtered from '../../responses/yandexgpt/filtered.json' with { type: 'json' }
import invalid from '../../responses/yandexgpt/invalid.json' with { type: 'json' }
import noUsage from '../../responses/yandexgpt/no-usage.json' with { type: 'json' }
import rateLimit from '../../responses/yandexgpt/rate-limit.json' with { type: 'json' }
import serverError from '../../responses/yandexgpt/server-error.json' with { type: 'json' }
import streamed from '../../responses/yandexgpt/stream.json' with { type: 'json' }
import { replyOf } from './reply-of.ts'

const expected = {
  finishReason: 'stop',
  servedBy: 'yandexgpt-lite/09.02.2025',
  toolCalls: [],
} as const

/** The gateway calls a stream of lines plain JSON. */
const headers = { 'content-type': 'application/json' }

/** What the API of Yandex Cloud's models answers. */
export const yandexgptReplies: ProviderContract['replies'] = {
  answer: {
    ...replyOf(completion),
    expect: {
      ...expected,
      text: 'Vienna is the capital of Austria.',
      usage: { inputTokens: 18, outputTokens: 7, reasoningTokens: 0 },
    },
  },
  stream: {
    headers,
    body: lines(...streamed.events),
    expect: {
      ...expected,
      text: 'Grüß Gott 👋',
      usage: { inputTokens: 26, outputTokens: 6, reasoningTokens: 0 },
    },
  },
  blocked: { ...replyOf(filtered), expect: { source: 'status' } },
  noUsage: replyOf(noUsage),
  rateLimited: { ...replyOf(rateLimit), headers: { 'retry-after': '20' } },
  serverError: replyOf(serverError),
  invalidRequest: replyOf(invalid),
  errorWithin200: { body: serverError.body, expect: { kind: 'server' } },
  errorWithinStream: {
    headers,
    body: lines(...streamed.events.slice(0, 2), serverError.body),
    expect: { kind: 'server' },
  },
  malformed: { body: { result: { ...completion.body.result, alternatives: 'none' } } },
}

function lines(...events: readonly unknown[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('')
}
