import type { Embedded } from './embedding.ts'
import type { Message } from './message.ts'
import type { GenerateOptions, ModelChunk } from './model.ts'
import type { ModelResponse, Usage } from './response.ts'

/** What a provider knows of a response; the rest is measured or has a default. */
export type Generated = Pick<ModelResponse, 'text'> & Partial<ModelResponse>

/** The part of a model that a provider writes. */
export interface ModelImplementation {
  readonly provider: string
  /** The model's name without its provider. */
  readonly name: string
  readonly contextWindow?: number
  /** US dollars of a usage, `null` if unknown, where the response itself does not say; or that it costs nothing. */
  readonly price?: ((usage: Usage) => number | null) | 'free'
  generate(messages: readonly Message[], options: GenerateOptions): Promise<Generated>
  /** Yields the text as it comes and returns what else is known at the end. */
  stream?(
    messages: readonly Message[],
    options: GenerateOptions,
  ): AsyncGenerator<ModelChunk, Partial<ModelResponse>, void>
  embed?(
    texts: readonly string[],
    options?: { signal?: AbortSignal },
  ): Promise<number[][] | Embedded>
  /** Looks whether the model is there to be used. @throws why it is not. @default asks for one token */
  health?(): Promise<void>
}
