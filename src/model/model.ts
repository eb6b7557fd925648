import type { Message, Tool } from './message.ts'
import type { ModelMetrics } from './metrics.ts'
import type { ModelResponse } from './response.ts'

export type { ModelMetrics } from './metrics.ts'

/** A prompt, or a conversation. */
export type ModelInput = string | readonly Message[]

/** Settings of one call. What is not given is not sent: the server's own defaults hold. */
export interface GenerateOptions {
  readonly temperature?: number
  readonly topP?: number
  /** The most tokens that the response may have. */
  readonly maxTokens?: number
  /** Texts at which the response ends. */
  readonly stop?: readonly string[]
  readonly seed?: number
  readonly tools?: readonly Tool[]
  /** Whether the model must call a tool, which one, or none. @default 'auto' where there are tools */
  readonly toolChoice?: 'auto' | 'none' | 'required' | { readonly name: string }
  /** Asks for JSON as the response's text: any, or of this JSON Schema. */
  readonly json?:
    | true
    | { readonly schema: Readonly<Record<string, unknown>>; readonly name?: string }
  /** Tells repeats of one prompt apart in the cache. @default the trial of the row */
  readonly trial?: number
  /** Ends the call; inside a row the row's own signal is always heard too. */
  readonly signal?: AbortSignal
  /** Is told who is asked, before the answer, where several models stand behind one. */
  readonly onAsked?: (servedBy: string) => void
}

export interface BatchOptions extends GenerateOptions {
  /** Calls in flight at once. @default 10 */
  readonly concurrency?: number
}

export interface StreamBatchOptions extends BatchOptions {
  /** Whether results come in the order of the inputs, or as they complete. @default 'input' */
  readonly order?: 'input' | 'completion'
}

export interface BatchResult {
  /** Place of the input in `inputs`. */
  readonly index: number
  readonly result: PromiseSettledResult<ModelResponse>
}

export interface ModelChunk {
  readonly text: string
}

/** Chunks as they come; `response` is the whole of them, once the last has been read. */
export interface ModelStream extends AsyncIterable<ModelChunk> {
  readonly response: Promise<ModelResponse>
}

/** What a model can do, as far as it was said. */
export interface Capabilities {
  readonly text?: boolean
  readonly code?: boolean
  /** Whether it calls functions. */
  readonly tools?: boolean
  readonly vision?: boolean
  readonly audio?: boolean
  readonly streaming?: boolean
  /** Tokens of prompt and response together. */
  readonly contextWindow?: number
  readonly maxOutputTokens?: number
}

export interface ModelInfo {
  readonly provider: string
  /** The model's name without its provider. */
  readonly name: string
  /** `provider/name`. */
  readonly spec: string
  /** Tokens of prompt and response together. */
  readonly contextWindow?: number
  /** What a configuration file says that it can do. */
  readonly capabilities?: Capabilities
  /** Whether a call costs nothing, also one that fails. @default false */
  readonly isFree?: boolean
}

export interface ModelHealth {
  readonly healthy: boolean
  readonly latencyMs: number
  /** Why it is not healthy. */
  readonly reason?: string
}

/** A model that answers. Everything it rejects with is an AssayError. */
export interface Model {
  readonly info: ModelInfo
  /** As it stands now: what was read does not change. */
  readonly metrics: ModelMetrics
  generate(input: ModelInput, options?: GenerateOptions): Promise<ModelResponse>
  stream(input: ModelInput, options?: GenerateOptions): ModelStream
  /** One result per input, in their order: a failed call rejects its own result alone. */
  batch(
    inputs: readonly ModelInput[],
    options?: BatchOptions,
  ): Promise<PromiseSettledResult<ModelResponse>[]>
  /** As `batch`, one result at a time. Leaving the loop ends the calls in flight. */
  streamBatch(
    inputs: readonly ModelInput[],
    options?: StreamBatchOptions,
  ): AsyncIterable<BatchResult>
  /** One vector per text, where the provider has embeddings. */
  embed?(texts: readonly string[], options?: { signal?: AbortSignal }): Promise<number[][]>
  /** Asks for one token. @throws AssayError `internal` alone, for a fault of the program */
  health(): Promise<ModelHealth>
}

/** Whether something is a model of this interface, and not a provider's own kind. */
export function isModel(value: unknown): value is Model {
  return (
    typeof value === 'object' && value !== null && 'generate' in value && 'streamBatch' in value
  )
}
