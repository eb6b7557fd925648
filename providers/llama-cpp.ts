import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type { LlamaModel } from 'node-llama-cpp'
import * as v from 'valibot'
import { createModel } from '../src/model/create-model.ts'
import type { Message } from '../src/model/message.ts'
import type { GenerateOptions, Model } from '../src/model/model.ts'
import { streamOfCallback } from '../src/model/text-stream.ts'
import { defineProvider } from '../src/provider/define-provider.ts'
import type { ModelProvider } from '../src/provider/provider.ts'
import { requireGguf } from './llama-cpp/gguf.ts'
import { ALL_LAYERS, library, load } from './llama-cpp/load.ts'
import { respond } from './llama-cpp/respond.ts'
import { createTurns } from './llama-cpp/turns.ts'

export interface LlamaCppOptions {
  /** The model's file, which may be relative, as the name is. @default the name in the spec */
  readonly path?: string | undefined
  /** Tokens of prompt and response together. @default 8192, or less where the model was trained on less */
  readonly contextSize?: number | undefined
  /** Layers that go to the GPU; -1 for all, which is an error where they do not fit. @default 'auto' */
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
const layers = v.pipe(v.number(), v.integer(), v.minValue(ALL_LAYERS))
const options = v.strictObject({
  path: v.optional(v.pipe(v.string(), v.nonEmpty())),
  contextSize: count,
  gpuLayers: v.optional(v.union([v.literal('auto'), layers])),
  batchSize: count,
  threads: count,
  temperature: v.optional(v.pipe(v.number(), v.minValue(0))),
  maxTokens: count,
})

const CONTEXT_SIZE = 8192
const loaded = new WeakMap<Model, LlamaModel>()

declare module 'vitest-assay' {
  interface ProviderOptions {
    'llama-cpp': LlamaCppOptions
  }
}

/** A GGUF file in this process, through node-llama-cpp: `llama-cpp/models/qwen3-4b.gguf`. */
const provider: ModelProvider = defineProvider({
  name: 'llama-cpp',
  isLocal: true,
  peer: 'node-llama-cpp',
  options,
  optionAliases: {
    model_path: 'path',
    n_ctx: 'contextSize',
    n_gpu_layers: 'gpuLayers',
    n_batch: 'batchSize',
    n_threads: 'threads',
  },
  identify: (modelName, baseDir, { path = modelName }) => resolve(baseDir, String(path)),
  async setup(modelName, settings, { baseDir }) {
    const { path: name = modelName } = settings
    const path = resolve(baseDir, name)
    await requireGguf(path, name)
    const { LlamaChat, resolveChatWrapper } = await library()
    const file = await load(path, name, settings)
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
    const ask = (
      messages: readonly Message[],
      call: GenerateOptions,
      onText?: (text: string) => void,
    ) => inTurn(() => respond(chat, messages, { ...settingsOfCalls(settings), ...call }, onText))
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

function settingsOfCalls({ temperature, maxTokens }: LlamaCppOptions): GenerateOptions {
  return {
    ...(temperature !== undefined && { temperature }),
    ...(maxTokens !== undefined && { maxTokens }),
  }
}
