import type { ProviderContract } from '../../../src/testing.ts'
import chat from '../../responses/ollama/chat.json' with { type: 'json' }
import errorInStream from '../../responses/ollama/error-in-stream.json' with { type: 'json' }
import noTools from '../../responses/ollama/no-tools.json' with { type: 'json' }
import noUsage from '../../responses/ollama/no-usage.json' with { type: 'json' }
import rateLimit from '../../responses/ollama/rate-limit.json' with { type: 'json' }
import serverError from '../../responses/ollama/server-error.json' with { type: 'json' }
import streamed from '../../responses/ollama/stream.json' with { type: 'json' }
import tags from '../../responses/ollama/tags.json' with { type: 'json' }
import version from '../../responses/ollama/version.json' with { type: 'json' }
import { replyOf } from './reply-of.ts'

const expected = {
  finishReason: 'stop',
  servedBy: 'qwen3:4b',
  toolCalls: [],
  usage: { inputTokens: 34, outputTokens: 12 },
  costUsd: 0,
} as const

const headers = { 'content-type': 'application/x-ndjson' }

/** An Ollama that runs already, and has no filter of its own. */
export const ollamaContract: ProviderContract = {
  model: 'qwen3:4b',
  options: (baseURL) => ({ attach: baseURL }),
  replies: {
    answer: {
      ...replyOf(chat),
      expect: { ...expected, text: 'Vienna is the capital of Austria.' },
    },
    stream: {
      headers,
      body: lines(...streamed.events),
      expect: { ...expected, text: 'Grüß Gott 👋' },
    },
    blocked: false,
    noUsage: replyOf(noUsage),
    rateLimited: { ...replyOf(rateLimit), headers: { 'retry-after': '20' } },
    serverError: replyOf(serverError),
    invalidRequest: replyOf(noTools),
    errorWithin200: { body: errorInStream.body, expect: { kind: 'server' } },
    errorWithinStream: {
      headers,
      body: lines(...streamed.events.slice(0, 4), errorInStream.body),
      expect: { kind: 'server' },
    },
    malformed: { body: { ...chat.body, message: 'none' } },
  },
  other: ({ url }) => {
    if (url === '/api/tags') return replyOf(tags)
    return url === '/api/version' ? replyOf(version) : undefined
  },
}

function lines(...objects: readonly object[]): string {
  return objects.map((one) => `${JSON.stringify(one)}\n`).join('')
}
