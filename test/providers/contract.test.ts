import anthropic from '../../providers/anthropic.ts'
import command from '../../providers/command.ts'
import llamaCpp from '../../providers/llama-cpp.ts'
import llamaServer from '../../providers/llama-server.ts'
import ollama from '../../providers/ollama.ts'
import { openaiCompatible } from '../../providers/openai-compatible.ts'
import openai from '../../providers/openai.ts'
import scripted from '../../providers/scripted.ts'
import vllm from '../../providers/vllm.ts'
import { type ProviderContract, type ResponseReply, testProvider } from '../../src/testing.ts'
import { llamaServer as program } from '../support/llama-server.ts'
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

/** A server of our own that runs already: all that differs is that it costs nothing. */
const attached: ProviderContract = {
  model: 'gpt-5-mini',
  options: (baseURL) => ({ attach: baseURL }),
  replies: {
    ...openaiReplies!,
    answer: free(openaiReplies!.answer),
    stream: free(openaiReplies!.stream as ResponseReply),
  },
  other({ method, url }) {
    if (url === '/v1/models') return { body: { data: [{ id: 'gpt-5-mini' }] } }
    return method === 'GET' ? { body: {} } : undefined
  },
}

function free(reply: ResponseReply): ResponseReply {
  return { ...reply, expect: { ...reply.expect, costUsd: 0 } }
}

for (const provider of [command, llamaServer, ollama, vllm]) testProvider(provider, attached)

if (program !== undefined) {
  testProvider(llamaServer, {
    model: 'evals/models/tiny-chat.gguf',
    env: { LLAMA_SERVER_BIN: program },
    timeout: 20_000,
  })
}
