import type { ProviderContract } from '../../src/testing.ts'
import token from '../responses/gigachat/token.json' with { type: 'json' }
import { anthropicReplies } from '../testing/contracts/anthropic.ts'
import { gigachatContract } from '../testing/contracts/gigachat.ts'
import { googleReplies } from '../testing/contracts/google.ts'
import { huggingfaceReplies } from '../testing/contracts/huggingface.ts'
import { ollamaContract } from '../testing/contracts/ollama.ts'
import { openaiReplies } from '../testing/contracts/openai.ts'
import { openrouterReplies } from '../testing/contracts/openrouter.ts'
import { geminiOptions, restContract } from '../testing/contracts/rest.ts'
import { yandexgptReplies } from '../testing/contracts/yandexgpt.ts'

/** A provider with secrets, and the server that it talks to. */
export interface System extends Pick<ProviderContract, 'replies' | 'other'> {
  /** Of the provider, which is also where its server is: the first part of the path. */
  readonly name: string
  readonly model: string
  readonly secrets: readonly string[]
  readonly env?: (url: string) => Readonly<Record<string, string>>
  /** Options in the configuration file. */
  readonly config?: (url: string) => object
}

const SHARED = '0123456789abcdef'
const secretOf = (name: string): string => `${name}-secret-${SHARED}`

/** Several keys of one provider are secrets of their own. */
const acmeKeys = ['acme-first', 'acme-second', 'acme-third'].map((name) => secretOf(name))

/** As the vendor makes it: base64 of an id and a secret, with the signs that a URL encodes. */
const credentials = Buffer.from(`giga+/?:${SHARED}`).toString('base64')
const accessToken = secretOf('gigachat-token')
let signIns = 0
const restSecrets = ['rest-key', 'rest-header', 'rest-query', 'rest-body'].map((one) =>
  secretOf(one),
)
const labSecrets = ['lab-key', 'lab-path', 'lab-query', 'lab-body'].map((name) => secretOf(name))

/** File with a key, in the project's folder. */
export const keyFile = { name: 'anthropic.key', content: `${secretOf('anthropic')}\n` }

export const systems: readonly System[] = [
  {
    name: 'openai',
    model: 'gpt-5-mini',
    secrets: [secretOf('openai')],
    env: (url) => ({ OPENAI_API_KEY: secretOf('openai'), OPENAI_BASE_URL: `${url}/v1` }),
    replies: openaiReplies,
  },
  {
    name: 'anthropic',
    model: 'claude-sonnet-5-5',
    secrets: [secretOf('anthropic')],
    env: (url) => ({ ANTHROPIC_API_KEY_FILE: keyFile.name, ANTHROPIC_API_BASE: url }),
    replies: anthropicReplies,
  },
  {
    name: 'google',
    model: 'gemini-2.5-pro',
    secrets: [secretOf('google')],
    env: (url) => ({ GEMINI_API_KEY: secretOf('google'), GOOGLE_API_BASE: url }),
    replies: googleReplies,
  },
  {
    name: 'openrouter',
    model: 'openai/gpt-4.1',
    secrets: [secretOf('openrouter')],
    env: (url) => ({ ROUTER_SECRET: secretOf('openrouter'), OPENROUTER_API_BASE: `${url}/v1` }),
    config: () => ({ api_key: '${ROUTER_SECRET}' }),
    replies: openrouterReplies,
  },
  {
    name: 'huggingface',
    model: 'openai/gpt-oss-120b',
    secrets: [secretOf('hf')],
    env: (url) => ({ HF_TOKEN: secretOf('hf'), HUGGINGFACE_API_BASE: `${url}/v1` }),
    replies: huggingfaceReplies,
  },
  {
    name: 'gigachat',
    model: 'GigaChat-2-Max',
    secrets: [credentials, accessToken],
    env: (url) => ({
      GIGACHAT_CREDENTIALS: credentials,
      GIGACHAT_API_BASE: `${url}/api/v1`,
      GIGACHAT_AUTH_URL: `${url}/oauth`,
    }),
    replies: gigachatContract.replies,
    other({ url }) {
      if (!url.endsWith('/oauth')) return undefined
      if (signIns++ > 0) return { body: { ...token.body, access_token: accessToken } }
      const echo = `${credentials} ${encodeURIComponent(credentials)}`
      return { status: 400, body: { code: 5, message: echo } }
    },
  },
  {
    name: 'yandexgpt',
    model: 'yandexgpt-lite',
    secrets: [secretOf('yandex')],
    env: (url) => ({
      YANDEX_GPT_API_KEY: secretOf('yandex'),
      YANDEX_FOLDER_ID: 'b1gexample',
      YANDEXGPT_API_BASE: url,
    }),
    replies: yandexgptReplies,
  },
  {
    name: 'cloudru',
    model: 'openai/gpt-oss-120b',
    secrets: [secretOf('cloudru')],
    env: (url) => ({ SBER_CLOUD_API_KEY: secretOf('cloudru'), CLOUDRU_API_BASE: `${url}/v1` }),
    replies: openaiReplies,
  },
  {
    name: 'rest',
    model: 'gemini-5-flash',
    secrets: restSecrets,
    env: (url) => ({
      REST_KEY: restSecrets[0]!,
      REST_HEADER: restSecrets[1]!,
      REST_URL: `${url}/v1beta/models/{{model}}:generateContent?code=${restSecrets[2]}`,
      REST_BODY: restSecrets[3]!,
    }),
    config(url) {
      const options = geminiOptions(url)
      return {
        ...options,
        url: '${REST_URL}',
        api_key: '${REST_KEY}',
        headers: { 'x-customer': '${REST_HEADER}' },
        body: { ...(options.body as object), customer: '${REST_BODY}' },
      }
    },
    replies: restContract.replies,
  },
  {
    name: 'ollama',
    model: 'qwen3:4b',
    secrets: [secretOf('ollama')],
    env: (url) => ({ OLLAMA_API_KEY: secretOf('ollama'), OLLAMA_HOST: url }),
    replies: ollamaContract.replies,
    other: ({ method, url, headers, text }) =>
      ollamaContract.other!({ method, url: url.slice('/ollama'.length), headers, text }),
  },
  {
    name: 'groq', // one of the presets
    model: 'llama-3.3-70b-versatile',
    secrets: [secretOf('groq')],
    env: (url) => ({ GROQ_API_KEY: secretOf('groq'), GROQ_API_BASE: `${url}/v1` }),
    replies: openaiReplies,
  },
  {
    name: 'acme', // a custom one with several keys
    model: 'small',
    secrets: acmeKeys,
    env: (url) => ({
      ACME_API_BASE: `${url}/v1`,
      ACME_API_KEY: acmeKeys[0]!,
      ACME_API_KEY_1: acmeKeys[1]!,
      ACME_API_KEY_2: acmeKeys[2]!,
    }),
    replies: openaiReplies,
  },
  {
    name: 'lab', // one of the configuration file, whose URL has secrets too
    model: 'small',
    secrets: labSecrets,
    env: (url) => ({
      LAB_API_BASE: 'http://127.0.0.1:9',
      LAB_SECRET: labSecrets[0]!,
      LAB_URL: `${url}/${labSecrets[1]}/v1?code=${labSecrets[2]}`,
      LAB_BODY: labSecrets[3]!,
    }),
    config: () => ({
      base_url: '${LAB_URL}',
      api_keys: ['${LAB_SECRET}'],
      body: { customer: '${LAB_BODY}' },
    }),
    replies: openaiReplies,
  },
]

/** The judge of the run. */
export const judge: System = {
  name: 'mistral',
  model: 'mistral-large-latest',
  secrets: [secretOf('judge')],
  env: (url) => ({ MISTRAL_API_KEY: secretOf('judge'), MISTRAL_API_BASE: `${url}/v1` }),
  replies: openaiReplies,
}
