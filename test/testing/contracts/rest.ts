import type { RestOptions } from '../../../src/index.ts'
import type { ProviderContract } from '../../../src/testing.ts'
import blocked from '../../responses/rest/gemini-blocked.json' with { type: 'json' }
import answer from '../../responses/rest/gemini.json' with { type: 'json' }
import invalid from '../../responses/rest/gemini-invalid.json' with { type: 'json' }
import noUsage from '../../responses/rest/gemini-no-usage.json' with { type: 'json' }
import overloaded from '../../responses/rest/gemini-overloaded.json' with { type: 'json' }
import rateLimit from '../../responses/rest/gemini-rate-limit.json' with { type: 'json' }
import streamed from '../../responses/rest/gemini-stream.json' with { type: 'json' }
import { replyOf } from './reply-of.ts'

/** A template for the API of Gemini: of a prompt, and an instruction of the system. */
export function geminiOptions(baseURL: string): RestOptions {
  const model = `${baseURL}/v1beta/models/{{model}}`
  return {
    url: `${model}:generateContent`,
    keyHeader: 'x-goog-api-key',
    body: {
      systemInstruction: { parts: [{ text: '{{system}}' }] },
      contents: [{ role: 'user', parts: [{ text: '{{prompt}}' }] }],
      generationConfig: { maxOutputTokens: '{{maxTokens}}', temperature: '{{temperature}}' },
    },
    response: 'candidates[0].content.parts[*].text',
    usage: {
      inputTokens: 'usageMetadata.promptTokenCount',
      outputTokens: 'usageMetadata.candidatesTokenCount',
    },
    finishReason: 'candidates[0].finishReason',
    servedBy: 'modelVersion',
    blocked: { path: 'promptFeedback.blockReason', equals: 'PROHIBITED_CONTENT' },
    stream: {
      url: `${model}:streamGenerateContent?alt=sse`,
      response: 'candidates[0].content.parts[*].text',
    },
    models: { url: `${baseURL}/v1beta/models`, response: 'models[*].name' },
  }
}

const expected = { finishReason: 'stop', servedBy: 'gemini-5-flash-001', toolCalls: [] } as const

/** What such an API answers. */
const replies: ProviderContract['replies'] = {
  answer: {
    ...replyOf(answer),
    expect: {
      ...expected,
      text: 'Vienna is the capital of Austria.',
      usage: { inputTokens: 9, outputTokens: 7 },
    },
  },
  stream: {
    body: sse(...streamed.events),
    expect: {
      ...expected,
      text: 'Grüß Gott 👋',
      usage: { inputTokens: 9, outputTokens: 5 },
    },
  },
  blocked: {
    ...replyOf(blocked),
    expect: { reason: 'PROHIBITED_CONTENT', source: 'promptFeedback.blockReason' },
  },
  noUsage: replyOf(noUsage),
  rateLimited: replyOf(rateLimit),
  serverError: replyOf(overloaded),
  invalidRequest: replyOf(invalid),
  errorWithin200: { body: overloaded.body, expect: { kind: 'server' } },
  errorWithinStream: {
    body: sse(...streamed.events.slice(0, 2), overloaded.body),
    expect: { kind: 'server' },
  },
  malformed: { body: { ...answer.body, candidates: [] } },
}

export const restContract: ProviderContract = {
  model: 'gemini-5-flash',
  options: geminiOptions,
  replies,
}

function sse(...events: readonly object[]): string {
  return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
}
