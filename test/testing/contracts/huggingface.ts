import type { ProviderContract } from '../../../src/testing.ts'
import chatBlocked from '../../responses/huggingface/chat-blocked.json' with { type: 'json' }
import chatNoUsage from '../../responses/huggingface/chat-no-usage.json' with { type: 'json' }
import chatStreamed from '../../responses/huggingface/chat-stream.json' with { type: 'json' }
import chat from '../../responses/huggingface/chat.json' with { type: 'json' }
import failed from '../../responses/huggingface/failed.json' with { type: 'json' }
import noDetails from '../../responses/huggingface/generation-no-details.json' with { type: 'json' }
import streamed from '../../responses/huggingface/generation-stream.json' with { type: 'json' }
import generation from '../../responses/huggingface/generation.json' with { type: 'json' }
import incomplete from '../../responses/huggingface/incomplete.json' with { type: 'json' }
import invalid from '../../responses/huggingface/invalid.json' with { type: 'json' }
import overloaded from '../../responses/huggingface/overloaded.json' with { type: 'json' }
import wrongModel from '../../responses/huggingface/wrong-model.json' with { type: 'json' }
import { replyOf } from './reply-of.ts'

const rateLimited = { ...replyOf(overloaded), headers: { 'retry-after': '20' } }
const chatExpected = {
  finishReason: 'stop',
  servedBy: 'openai/gpt-oss-120b',
  toolCalls: [],
  usage: { inputTokens: 72, outputTokens: 41 },
} as const

/** What the router answers, and a server behind an endpoint that has the chat. */
export const huggingfaceReplies: ProviderContract['replies'] = {
  answer: {
    ...replyOf(chat),
    expect: { text: 'Vienna is the capital of Austria.', ...chatExpected },
  },
  stream: {
    body: `${sse(...chatStreamed.events)}data: [DONE]\n\n`,
    expect: { text: 'Grüß Gott 👋', ...chatExpected },
  },
  blocked: { ...replyOf(chatBlocked), expect: { source: 'finish_reason' } },
  noUsage: replyOf(chatNoUsage),
  rateLimited,
  serverError: replyOf(incomplete),
  invalidRequest: replyOf(wrongModel),
  errorWithin200: { body: failed.body, expect: { kind: 'server' } },
  errorWithinStream: {
    body: sse(...chatStreamed.events.slice(0, 2), failed.body),
    expect: { kind: 'server' },
  },
  malformed: { body: { ...chat.body, choices: 'none' } },
}

/** What Text Generation Inference answers by its own protocol. It has no filter. */
export const textGenerationReplies: ProviderContract['replies'] = {
  answer: {
    ...replyOf(generation),
    headers: generation.headers,
    expect: {
      text: ' Vienna, which is on the Danube.',
      finishReason: 'stop',
      toolCalls: [],
      usage: { inputTokens: 14, outputTokens: 9 },
    },
  },
  stream: {
    body: sse(...streamed.events),
    expect: {
      text: 'Grüß Gott 👋',
      finishReason: 'stop',
      toolCalls: [],
      usage: { inputTokens: 14, outputTokens: 4 },
    },
  },
  blocked: false,
  noUsage: replyOf(noDetails),
  rateLimited,
  serverError: replyOf(incomplete),
  invalidRequest: replyOf(invalid),
  errorWithin200: { body: failed.body, expect: { kind: 'server' } },
  errorWithinStream: {
    body: sse(...streamed.events.slice(0, 2), failed.body),
    expect: { kind: 'server' },
  },
  malformed: { body: { ...generation.body, generated_text: ['none'] } },
}

function sse(...events: readonly unknown[]): string {
  return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
}
