import * as v from 'valibot'
import type { Generated } from '../../src/model/implementation.ts'
import type { ToolCall } from '../../src/model/message.ts'
import type { ModelChunk } from '../../src/model/model.ts'
import type { ModelResponse } from '../../src/model/response.ts'
import type { ApiServer } from '../../src/request/api-error.ts'
import { endedEarly } from '../shared/wire/ended-early.ts'
import { malformed, parse } from '../shared/wire/parse.ts'
import { toEnding } from './ending.ts'
import { mergeTokens, tokensSchema, toSpending } from './usage.ts'

/** Reads a response. @throws AssayError for an error, or for what is no response */
export function parseResponse(body: unknown, server: ApiServer): Generated {
  const { text, ...said } = read(body, server)
  if (!said.hasCandidate && !said.blockReason) {
    throw malformed(WHAT, server, 'it has no `candidates`')
  }
  return { text, ...complete(said, server), raw: body }
}

/** Reads the chunks of a response: yields its text and returns the rest. */
export async function* parseChunks(
  chunks: AsyncIterable<unknown>,
  server: ApiServer,
): AsyncGenerator<ModelChunk, Partial<ModelResponse>, void> {
  const raw: unknown[] = []
  let whole: Said | undefined
  for await (const chunk of chunks) {
    raw.push(chunk)
    const { text: words, ...said } = read(chunk, server)
    whole = whole ? merge(whole, said) : said
    if (words) yield { text: words }
  }
  if (!whole?.finish && !whole?.blockReason) throw endedEarly(server)
  return { ...complete(whole, server), raw }
}

const WHAT = '`GenerateContentResponse`'

const text = v.fallback(v.nullish(v.string()), null)

const part = v.object({
  text: v.nullish(v.string()),
  thought: v.fallback(v.nullish(v.boolean()), false),
  thoughtSignature: text,
  functionCall: v.nullish(
    v.object({
      id: text,
      name: v.string(),
      args: v.nullish(v.record(v.string(), v.unknown())),
    }),
  ),
})

/** A whole response, or a chunk of one. https://ai.google.dev/api/generate-content */
const response = v.object({
  candidates: v.nullish(
    v.array(
      v.object({
        index: v.fallback(v.nullish(v.number()), null),
        content: v.nullish(v.object({ parts: v.nullish(v.array(part), []) })),
        finishReason: text,
        groundingMetadata: v.fallback(v.nullish(v.looseObject({})), null),
      }),
    ),
    [],
  ),
  promptFeedback: v.nullish(v.object({ blockReason: text })),
  usageMetadata: tokensSchema,
  modelVersion: text,
  responseId: text,
})

type Said = Omit<ReturnType<typeof read>, 'text'>

/** What a response, or a chunk of one, says of the first candidate, which is the response. */
function read(body: unknown, server: ApiServer) {
  const { candidates, promptFeedback, ...rest } = parse(response, body, WHAT, server)
  const candidate = candidates.find(({ index }) => !index)
  const parts = candidate?.content?.parts ?? []
  return {
    hasCandidate: candidate !== undefined,
    text: parts.map((one) => (one.thought ? '' : (one.text ?? ''))).join(''),
    calls: parts.filter(({ functionCall }) => functionCall),
    finish: candidate?.finishReason,
    blockReason: promptFeedback?.blockReason,
    isGrounded: Object.keys(candidate?.groundingMetadata ?? {}).length > 0,
    ...rest,
  }
}

function merge(earlier: Said, later: Said): Said {
  return {
    hasCandidate: earlier.hasCandidate || later.hasCandidate,
    calls: [...earlier.calls, ...later.calls],
    finish: later.finish ?? earlier.finish,
    blockReason: later.blockReason ?? earlier.blockReason,
    isGrounded: earlier.isGrounded || later.isGrounded,
    usageMetadata: mergeTokens(earlier.usageMetadata, later.usageMetadata),
    modelVersion: later.modelVersion ?? earlier.modelVersion,
    responseId: later.responseId ?? earlier.responseId,
  }
}

function complete(said: Said, server: ApiServer): Partial<ModelResponse> {
  const { finish, blockReason, usageMetadata, modelVersion, isGrounded } = said
  const toolCalls = toToolCalls(said)
  return {
    toolCalls,
    ...toSpending(usageMetadata),
    ...(isGrounded && { costUsd: null }), // searches have a price of their own, and are not counted
    ...(modelVersion && { servedBy: modelVersion }),
    ...toEnding({ finish, blockReason, hasCalls: toolCalls.length > 0 }, server),
  }
}

/** Older models give their calls no ids: these are the same whenever the response is read again. */
function toToolCalls({ calls, responseId }: Said): ToolCall[] {
  return calls.map(({ functionCall, thoughtSignature: signature }, index) => ({
    id: functionCall!.id || `${responseId ?? 'call'}-${index}`,
    name: functionCall!.name,
    arguments: JSON.stringify(functionCall!.args ?? {}),
    ...(signature && { signature }),
  }))
}
