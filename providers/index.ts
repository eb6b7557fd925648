/*
 * Adding a built-in provider is its file, its test and a line here. The file declares the provider's options, as a
 * package does; from here the declarations reach the types of the package.
 */
export { default as anthropic } from './anthropic.ts'
export { default as cloudru } from './cloudru.ts'
export { default as command } from './command.ts'
export { default as custom } from './custom.ts'
export { default as gigachat } from './gigachat.ts'
export { default as google } from './google.ts'
export { default as huggingface } from './huggingface.ts'
export { default as llamaCpp } from './llama-cpp.ts'
export { default as llamaServer } from './llama-server.ts'
export { default as ollama } from './ollama.ts'
export { default as openai } from './openai.ts'
export { default as openrouter } from './openrouter.ts'
export { default as pool } from './pool.ts'
export { presets } from './presets.ts'
export { default as replay } from './replay.ts'
export { default as rest } from './rest.ts'
export { default as scripted } from './scripted.ts'
export { default as select } from './select.ts'
export { default as vllm } from './vllm.ts'
export { default as yandexgpt } from './yandexgpt.ts'
