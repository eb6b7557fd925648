import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type * as nodeLlamaCpp from 'node-llama-cpp'
import type { ChatHistoryItem, Llama, LlamaChat, LlamaModel } from 'node-llama-cpp'
import * as v from 'valibot'
import { createModel } from '../src/model/create-model.ts'
import type { Generated } from '../src/model/implementation.ts'
import { AssayError, messageOf } from '../src/model/error.ts'
import type { Message } from '../src/model/message.ts'
import type { GenerateOptions, Model } from '../src/model/model.ts'
import { requireTextOnly, type TextMessage } from '../src/model/text-only.ts'
import type { FinishReason } from '../src/model/response.ts'
import { streamOfCallback } from '../src/model/text-stream.ts'
import { defineProvider } from '../src/provider/define-provider.ts'
import { importPeer } from '../src/provider/import-peer.ts'
import type { ModelProvider } from '../src/provider/provider.ts'
import { requireGguf } from './llama-cpp/gguf.ts'
import { createTurns } from './llama-cpp/turns.ts'

export interface LlamaCppOptions {
  /** Tokens of prompt and response together. @default 8192, or less where the model was trained on less */
  readonly contextSize?: number | undefined
  /** Layers that go to the GPU. @default 'auto' */
  readonly gpuLayers?: 'auto' | number | undefined
  /** Prompt tokens that are evaluated at once. @default node-llama-cpp's own choice */
  readonly batchSize?: number | undefined
  /** CPU threads. @default one less than there are: llama.cpp's threads spin, and starve on a shared one */
  readonly threads?: number | undefined
  /** @default 0, so that runs repeat */
  readonly temperature?: number | undefined
  /** The most tokens of a response. @default what the context leaves */
  readonly maxTokens?: number | undefined
}

const count = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)))
const options = v.strictObject({
  contextSize: count,
  gpuLayers: v.optional(v.union([v.literal('auto'), v.pipe(v.number(), v.minValue(0))])),
  batchSize: count,
  threads: count,
  temperature: v.optional(v.pipe(v.number(), v.minValue(0))),
  maxTokens: count,
})

type OnText = (text: string) => void

const CONTEXT_SIZE = 8192
const loaded = new WeakMap<Model, LlamaModel>()

/** A GGUF file in this process, through node-llama-cpp: `llama-cpp/models/qwen3-4b.gguf`. */
const provider: ModelProvider = defineProvider({
  name: 'llama-cpp',
  options,
  identify: (modelName, baseDir) => resolve(baseDir, modelName),
  async setup(modelName, settings, { baseDir }) {
    const path = resolve(baseDir, modelName)
    await requireGguf(path, modelName)
    const { LlamaChat, resolveChatWrapper } = await library()
    const file = await load(path, modelName, settings)
    const context = await file.createContext({
      contextSize: settings.contextSize ?? Math.min(CONTEXT_SIZE, file.trainContextSize),
      ...(settings.batchSize && { batchSize: settings.batchSize }),
      threads: settings.threads ?? Math.max(1, availableParallelism() - 1),
    })
    const chat = new LlamaChat({
      contextSequence: context.getSequence(),
      chatWrapper: resolveChatWrapper(file), // once: it takes longer than a short response
    })
    const inTurn = createTurns()
    const ask = (messages: readonly Message[], call: GenerateOptions, onText?: OnText) =>
      inTurn(() => respond(chat, messages, { ...settingsOfCalls(settings), ...call }, onText))
    const model = createModel({
      provider: 'llama-cpp',
      name: modelName,
      contextWindow: context.contextSize,
      price: 'free',
      generate: (messages, call) => ask(messages, call),
      stream: (messages, call) => streamOfCallback((onText) => ask(messages, call, onText)),
    })
    loaded.set(model, file)
    return model
  },
  async teardown(model) {
    await loaded.get(model)?.dispose()
  },
})

export default provider

function library(): Promise<typeof nodeLlamaCpp> {
  return importPeer('node-llama-cpp', 'llama-cpp', () => import('node-llama-cpp'))
}

let loading: Promise<Llama> | undefined
/** What llama.cpp said of the file that it is loading; it prints the reason and throws none. */
let complaints: string[] = []

/** llama.cpp itself, loaded once for the process. */
function llama(): Promise<Llama> {
  loading ??= library().then(({ getLlama, LlamaLogLevel }) =>
    getLlama({
      build: 'never',
      progressLogs: false,
      logLevel: LlamaLogLevel.error,
      logger: (_level, message) => complaints.push(message.trim()),
    }),
  )
  return loading
}

async function load(
  path: string,
  modelName: string,
  { gpuLayers = 'auto' }: LlamaCppOptions,
): Promise<LlamaModel> {
  const engine = await llama()
  complaints = []
  try {
    return await engine.loadModel({ modelPath: path, gpuLayers })
  } catch (error) {
    await setImmediate() // llama.cpp's own words come through another thread
    const [reason = messageOf(error)] = complaints
    throw new AssayError(`llama-cpp: '${modelName}' cannot be loaded: ${reason} (${path})`, {
      kind: 'setup',
      provider: 'llama-cpp',
      cause: error,
    })
  }
}

async function respond(
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

function settingsOfCalls({ temperature, maxTokens }: LlamaCppOptions): GenerateOptions {
  return {
    ...(temperature !== undefined && { temperature }),
    ...(maxTokens !== undefined && { maxTokens }),
  }
}
