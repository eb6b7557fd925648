import type { ModelProvider } from '../src/provider/provider.ts'
import anthropic from './anthropic.ts'
import command from './command.ts'
import llamaCpp from './llama-cpp.ts'
import llamaServer from './llama-server.ts'
import ollama from './ollama.ts'
import openai from './openai.ts'
import scripted from './scripted.ts'
import vllm from './vllm.ts'

/** The built-in providers: adding one is a file, its test and a line here. */
export const builtIn: readonly ModelProvider[] = [
  anthropic,
  command,
  llamaCpp,
  llamaServer,
  ollama,
  openai,
  scripted,
  vllm,
]
