import type { ChatHistoryItem, LlamaChat } from 'node-llama-cpp'
import { AssayError } from '../../src/model/error.ts'
import type { Generated } from '../../src/model/implementation.ts'
import type { Message } from '../../src/model/message.ts'
import type { GenerateOptions } from '../../src/model/model.ts'
import type { FinishReason } from '../../src/model/response.ts'
import { requireTextOnly, type TextMessage } from '../../src/model/text-only.ts'

type OnText = (text: string) => void

/** Answers a conversation; only one at a time may. @throws AssayError where the context has no room for it */
export async function respond(
  chat: LlamaChat,
  messages: readonly Message[],
  call: GenerateOptions,
  onText?: OnText,
): Promise<Generated> {
  const started = performance.now() // the wait for its turn is not the model's latency
  call.signal?.throwIfAborted()
  const texts = requireTextOnly('llama-cpp', messages, call)
  const history: ChatHistoryItem[] = [...texts.map(toHistory), { type: 'model', response: [] }]
  const room = requireRoom(chat, history)
  await chat.sequence.clearHistory()
  const meter = chat.sequence.tokenMeter.getState()
  const { response, metadata } = await chat.generateResponse(history, {
    temperature: call.temperature ?? 0,
    maxTokens: Math.min(call.maxTokens ?? room, room),
    ...(call.topP !== undefined && { topP: call.topP }),
    ...(call.seed !== undefined && { seed: call.seed }),
    ...(call.stop && { customStopTriggers: [...call.stop] }),
    ...(call.signal && { signal: call.signal }),
    ...(onText && { onTextChunk: onText }),
  })
  const used = chat.sequence.tokenMeter.diff(meter)
  return {
    text: response,
    finishReason: finishReasons[metadata.stopReason] ?? 'unknown',
    usage: { inputTokens: used.usedInputTokens, outputTokens: used.usedOutputTokens },
    latencyMs: performance.now() - started,
  }
}

const finishReasons: Record<string, FinishReason> = {
  eogToken: 'stop',
  stopGenerationTrigger: 'stop',
  customStopTrigger: 'stop',
  maxTokens: 'length',
}

function toHistory({ role, content }: TextMessage): ChatHistoryItem {
  return role === 'assistant'
    ? { type: 'model', response: [content] }
    : { type: role, text: content }
}

/** The tokens that are left for the response: llama.cpp would drop the oldest of the prompt unsaid. */
function requireRoom(
  { chatWrapper, model, context }: LlamaChat,
  chatHistory: ChatHistoryItem[],
): number {
  const { contextText } = chatWrapper.generateContextState({ chatHistory })
  const tokens = contextText.tokenize(model.tokenizer).length
  const room = context.contextSize - tokens
  if (room > 0) return room
  throw new AssayError(
    `llama-cpp: the prompt has ${tokens} tokens and the context ${context.contextSize}; raise \`contextSize\`.`,
    { kind: 'context_window', provider: 'llama-cpp' },
  )
}
