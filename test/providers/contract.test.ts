import anthropic from '../../providers/anthropic.ts'
import cloudru from '../../providers/cloudru.ts'
import command from '../../providers/command.ts'
import gigachat from '../../providers/gigachat.ts'
import google from '../../providers/google.ts'
import huggingface from '../../providers/huggingface.ts'
import llamaCpp from '../../providers/llama-cpp.ts'
import llamaServer from '../../providers/llama-server.ts'
import ollama from '../../providers/ollama.ts'
import { openaiCompatible } from '../../providers/openai-compatible.ts'
import openai from '../../providers/openai.ts'
import openrouter from '../../providers/openrouter.ts'
import replay from '../../providers/replay.ts'
import rest from '../../providers/rest.ts'
import scripted from '../../providers/scripted.ts'
import vllm from '../../providers/vllm.ts'
import yandexgpt from '../../providers/yandexgpt.ts'
import { type ProviderContract, type ResponseReply, testProvider } from '../../src/testing.ts'
import { llamaServer as program } from '../support/llama-server.ts'
import { anthropicReplies } from '../testing/contracts/anthropic.ts'
import { gigachatContract } from '../testing/contracts/gigachat.ts'
import { googleReplies } from '../testing/contracts/google.ts'
import { ollamaContract } from '../testing/contracts/ollama.ts'
import { huggingfaceReplies, textGenerationReplies } from '../testing/contracts/huggingface.ts'
import { openaiReplies } from '../testing/contracts/openai.ts'
import { openrouterReplies } from '../testing/contracts/openrouter.ts'
import { restContract } from '../testing/contracts/rest.ts'
import { yandexgptReplies } from '../testing/contracts/yandexgpt.ts'

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

testProvider(openrouter, {
  model: 'openai/gpt-4.1:free',
  env: (baseURL, key) => ({ OPENROUTER_API_BASE: `${baseURL}/api/v1`, OPENROUTER_API_KEY: key }),
  replies: openrouterReplies,
})

testProvider(cloudru, {
  model: 'openai/gpt-oss-120b',
  env: (baseURL, key) => ({ CLOUDRU_API_BASE: `${baseURL}/v1`, SBER_CLOUD_API_KEY: key }),
  replies: openaiReplies,
})

testProvider(huggingface, {
  model: 'openai/gpt-oss-120b',
  env: (baseURL, key) => ({ HUGGINGFACE_API_BASE: `${baseURL}/v1`, HF_TOKEN: key }),
  replies: huggingfaceReplies,
})

testProvider(huggingface, {
  model: 'acme/small',
  options: (endpoint: string) => ({ endpoint, task: 'text-generation' }),
  replies: textGenerationReplies,
})

testProvider(anthropic, {
  model: 'claude-sonnet-5-5',
  env: (baseURL, key) => ({ ANTHROPIC_API_BASE: baseURL, ANTHROPIC_API_KEY: key }),
  replies: anthropicReplies,
})

testProvider(google, {
  model: 'gemini-3.8-flash',
  env: (baseURL, key) => ({ GOOGLE_API_BASE: baseURL, GOOGLE_API_KEY: key }),
  replies: googleReplies,
})

testProvider(gigachat, gigachatContract)

testProvider(yandexgpt, {
  model: 'yandexgpt-lite',
  env: (baseURL, key) => ({
    YANDEX_API_BASE: baseURL,
    YANDEX_API_KEY: key,
    YANDEX_FOLDER_ID: 'b1ginventedfolder0001',
  }),
  replies: yandexgptReplies,
})

testProvider(rest, restContract)

testProvider(replay, {
  model: 'recorded',
  options: { from: 'test/responses/replay/questions.jsonl' },
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

for (const provider of [command, llamaServer, vllm]) testProvider(provider, attached)

testProvider(ollama, ollamaContract)

if (program !== undefined) {
  testProvider(llamaServer, {
    model: 'evals/models/tiny-chat.gguf',
    env: { LLAMA_SERVER_BIN: program },
    timeout: 20_000,
  })
}
