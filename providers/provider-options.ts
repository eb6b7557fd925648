import type { AnthropicOptions } from './anthropic.ts'
import type { CommandOptions } from './command.ts'
import type { GigachatOptions } from './gigachat.ts'
import type { GoogleOptions } from './google.ts'
import type { HuggingFaceOptions } from './huggingface.ts'
import type { LlamaCppOptions } from './llama-cpp.ts'
import type { LlamaServerOptions } from './llama-server.ts'
import type { OllamaOptions } from './ollama.ts'
import type { OpenAIOptions } from './openai.ts'
import type { OpenAICompatibleOptions } from './openai-compatible.ts'
import type { OpenRouterOptions } from './openrouter.ts'
import type { ReplayOptions } from './replay.ts'
import type { RestOptions } from './rest.ts'
import type { ScriptedOptions } from './scripted.ts'
import type { VllmOptions } from './vllm.ts'
import type { YandexgptOptions } from './yandexgpt.ts'

/** Providers whose table is `presets.ts`. */
type Preset =
  | 'cerebras'
  | 'chutes'
  | 'cohere'
  | 'deepinfra'
  | 'deepseek'
  | 'fireworks'
  | 'groq'
  | 'mistral'
  | 'moonshot'
  | 'nebius'
  | 'novita'
  | 'nvidia'
  | 'perplexity'
  | 'sambanova'
  | 'siliconflow'
  | 'together'
  | 'xai'
  | 'zai'

declare module 'vitest-assay' {
  /** The options of the built-in providers, as a package declares those of its own. */
  interface ProviderOptions extends Record<Preset, OpenAICompatibleOptions> {
    anthropic: AnthropicOptions
    cloudru: OpenAICompatibleOptions
    command: CommandOptions
    gigachat: GigachatOptions
    google: GoogleOptions
    huggingface: HuggingFaceOptions
    'llama-cpp': LlamaCppOptions
    'llama-server': LlamaServerOptions
    ollama: OllamaOptions
    openai: OpenAIOptions
    openrouter: OpenRouterOptions
    replay: ReplayOptions
    rest: RestOptions
    scripted: ScriptedOptions
    vllm: VllmOptions
    yandexgpt: YandexgptOptions
  }
}
