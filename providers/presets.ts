import type { ModelProvider } from '../src/provider/provider.ts'
import {
  type OpenAICompatible,
  openaiCompatible,
  type OpenAICompatibleOptions,
} from './openai-compatible.ts'
import { toDollars } from './openai-compatible/cost.ts'

/** A vendor whose API is that of OpenAI's chat completions: a key is all that it needs. */
interface Preset extends OpenAICompatible {
  readonly name: PresetName
  readonly baseURL: string
  readonly domains: readonly string[]
}

type PresetName =
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
  interface ProviderOptions extends Record<PresetName, OpenAICompatibleOptions> {}
}

/** What differs between vendors; their base URLs are those of their documentation. */
export const table: readonly Preset[] = [
  {
    name: 'cerebras', // inference-docs.cerebras.ai
    baseURL: 'https://api.cerebras.ai/v1',
    domains: ['cerebras.ai'],
  },
  {
    name: 'chutes', // chutes.ai/agents/connect
    baseURL: 'https://llm.chutes.ai/v1',
    domains: ['chutes.ai'],
    keyVariables: ['CHUTES_API_TOKEN'],
  },
  {
    name: 'cohere', // docs.cohere.com/docs/compatibility-api
    baseURL: 'https://api.cohere.ai/compatibility/v1',
    domains: ['cohere.com', 'cohere.ai'],
    keyVariables: ['CO_API_KEY'],
  },
  {
    name: 'deepinfra', // docs.deepinfra.com/chat/overview
    baseURL: 'https://api.deepinfra.com/v1/openai',
    domains: ['deepinfra.com'],
    keyVariables: ['DEEPINFRA_TOKEN'],
    costOf: ({ estimated_cost: cost }) => toDollars(cost),
  },
  {
    name: 'deepseek', // api-docs.deepseek.com
    baseURL: 'https://api.deepseek.com',
    domains: ['deepseek.com'],
  },
  {
    name: 'fireworks', // docs.fireworks.ai/tools-sdks/openai-compatibility
    baseURL: 'https://api.fireworks.ai/inference/v1',
    domains: ['fireworks.ai'],
  },
  {
    name: 'groq', // console.groq.com/docs/openai
    baseURL: 'https://api.groq.com/openai/v1',
    domains: ['groq.com'],
  },
  {
    name: 'mistral', // docs.mistral.ai/api; what it does not know it refuses
    baseURL: 'https://api.mistral.ai/v1',
    domains: ['mistral.ai'],
    defaults: { seedField: 'random_seed', streamUsage: false },
  },
  {
    name: 'moonshot', // platform.kimi.ai/docs/api/overview
    aliases: ['moonshotai'],
    baseURL: 'https://api.moonshot.ai/v1',
    domains: ['moonshot.ai', 'moonshot.cn'],
  },
  {
    name: 'nebius', // docs.tokenfactory.nebius.com/api-reference/introduction
    baseURL: 'https://api.tokenfactory.nebius.com/v1',
    domains: ['nebius.com'],
  },
  {
    name: 'novita', // novita.ai/docs/api-reference
    baseURL: 'https://api.novita.ai/openai/v1',
    domains: ['novita.ai'],
  },
  {
    name: 'nvidia', // docs.api.nvidia.com/nim
    aliases: ['nvidia_nim'],
    baseURL: 'https://integrate.api.nvidia.com/v1',
    domains: ['nvidia.com'],
  },
  {
    // docs.perplexity.ai/docs/sonar/openai-compatibility; ended on 2026-09-27 for an API of another form
    name: 'perplexity',
    baseURL: 'https://api.perplexity.ai',
    domains: ['perplexity.ai'],
  },
  {
    name: 'sambanova', // docs.sambanova.ai/docs/en/features/openai-compatibility
    baseURL: 'https://api.sambanova.ai/v1',
    domains: ['sambanova.ai'],
  },
  {
    name: 'siliconflow', // docs.siliconflow.com/en/api-reference/chat-completions/chat-completions
    baseURL: 'https://api.siliconflow.com/v1',
    domains: ['siliconflow.com', 'siliconflow.cn'],
  },
  {
    name: 'together', // docs.together.ai/docs/inference/openai-compatibility
    aliases: ['togetherai'],
    baseURL: 'https://api.together.xyz/v1',
    domains: ['together.ai', 'together.xyz'],
  },
  {
    name: 'xai', // docs.x.ai/docs/api-reference
    baseURL: 'https://api.x.ai/v1',
    domains: ['x.ai'],
  },
  {
    name: 'zai', // docs.z.ai/api-reference/introduction
    baseURL: 'https://api.z.ai/api/paas/v4',
    domains: ['z.ai'],
  },
]

/** The providers of the table: `groq/llama-3.3-70b-versatile` with GROQ_API_KEY. */
export const presets: readonly ModelProvider[] = table.map((preset) => openaiCompatible(preset))
