import type { ModelProvider } from '../src/provider/provider.ts'
import anthropic from './anthropic.ts'
import cloudru from './cloudru.ts'
import command from './command.ts'
import gigachat from './gigachat.ts'
import google from './google.ts'
import huggingface from './huggingface.ts'
import llamaCpp from './llama-cpp.ts'
import llamaServer from './llama-server.ts'
import ollama from './ollama.ts'
import openai from './openai.ts'
import openrouter from './openrouter.ts'
import { presets } from './presets.ts'
import replay from './replay.ts'
import rest from './rest.ts'
import scripted from './scripted.ts'
import vllm from './vllm.ts'
import yandexgpt from './yandexgpt.ts'

/** The built-in providers: adding one is a file, its test and a line here. */
export const builtIn: readonly ModelProvider[] = [
  anthropic,
  cloudru,
  command,
  gigachat,
  google,
  huggingface,
  llamaCpp,
  llamaServer,
  ollama,
  openai,
  openrouter,
  replay,
  rest,
  scripted,
  vllm,
  yandexgpt,
  ...presets,
]
