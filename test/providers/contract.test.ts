import anthropic from '../../providers/anthropic.ts'
import llamaCpp from '../../providers/llama-cpp.ts'
import { openaiCompatible } from '../../providers/openai-compatible.ts'
import openai from '../../providers/openai.ts'
import scripted from '../../providers/scripted.ts'
import { testProvider } from '../../src/testing.ts'
import { anthropicReplies } from '../testing/contracts/anthropic.ts'
import { openaiReplies } from '../testing/contracts/openai.ts'

testProvider(
  openaiCompatible({ name: 'compatible', baseURL: ({ COMPATIBLE_API_BASE: base }) => base! }),
  {
    model: 'gpt-5-mini',
    env: (baseURL) => ({ COMPATIBLE_API_BASE: `${baseURL}/v1` }),
    replies: openaiReplies,
  },
)

testProvider(openai, {
  model: 'gpt-5-mini',
  env: (baseURL, key) => ({ OPENAI_API_BASE: `${baseURL}/v1`, OPENAI_API_KEY: key }),
  replies: openaiReplies,
})

testProvider(anthropic, {
  model: 'claude-sonnet-5-5',
  env: (baseURL, key) => ({ ANTHROPIC_API_BASE: baseURL, ANTHROPIC_API_KEY: key }),
  replies: anthropicReplies,
})

testProvider(scripted, {
  model: 'echo',
  options: { script: (input: string) => input },
  shared: false,
})

testProvider(llamaCpp, { model: 'evals/models/tiny-chat.gguf', timeout: 20_000 })
