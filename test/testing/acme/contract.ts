import type { ProviderContract, ProviderReplies } from 'vitest-assay/testing'

const end = { ok: true, text: '', end: 'done', model: 'small-2', tokens: { in: 12, out: 3 } }
const answer = { ...end, text: 'Grüezi mitenand' }
const expected = {
  finishReason: 'stop',
  servedBy: 'small-2',
  usage: { inputTokens: 12, outputTokens: 3 },
} as const
const busy = { ok: false, problem: 'busy', message: 'Come back later.' }
const { tokens: _, ...noUsage } = answer

const replies: ProviderReplies = {
  answer: { body: answer, expect: { text: answer.text, ...expected } },
  stream: {
    body: sse({ text: 'Grüezi ' }, { text: '' }, { text: 'mitenand 👋' }, end),
    expect: { text: 'Grüezi mitenand 👋', ...expected },
  },
  blocked: {
    body: { ...end, refused: 'violence' },
    expect: { reason: 'violence', source: 'refused' },
  },
  noUsage: { body: noUsage },
  rateLimited: { body: { message: 'Not so fast.' } },
  serverError: { body: { message: 'Something broke.' } },
  invalidRequest: { body: { message: 'No such thing.' } },
  errorWithin200: { body: busy, expect: { kind: 'server' } },
  errorWithinStream: { body: sse({ text: 'Grüezi ' }, busy), expect: { kind: 'server' } },
  malformed: { body: { ok: true, txt: 'Grüezi' } },
}

export const contract: ProviderContract = {
  model: 'small',
  env: (baseURL) => ({ ACME_URL: baseURL }),
  replies,
  timeout: 3000,
}

function sse(...events: readonly object[]): string {
  return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
}
