import type { ModelProvider } from '../src/provider/provider.ts'
import anthropic from './anthropic.ts'
import llamaCpp from './llama-cpp.ts'
import openai from './openai.ts'
import scripted from './scripted.ts'

/** The built-in providers: adding one is a file, its test and a line here. */
export const builtIn: readonly ModelProvider[] = [anthropic, llamaCpp, openai, scripted]
