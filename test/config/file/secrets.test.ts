import { expect, test } from 'vitest'
import { loadText } from './load-text.ts'

const key = 'sk-invented-0123456789'

async function warningsOf(text: string): Promise<readonly string[]> {
  const { warnings, path } = await loadText(text, { KEY: key })
  return warnings.map((line) => line.replace(path, 'file'))
}

test.for([
  ['models: [{ name: b, provider: a, config: { api_key: YOUR_KEY } }]', '1:44'],
  ['response_model:\n  name: a/b\n  params:\n    apiKey: x\n', '4:5'],
  [`model_configs:\n  a/b:\n    options: { anything: ${key} }\n`, '3:16'],
  [`model_configs:\n  a/b:\n    options: { headers: { X-Api-Key: x } }\n`, '3:27'],
  ['models: [{ name: b, provider: a, config: { api_keys: [x] } }]', '1:55'],
  ['models: [{ name: b, provider: a, config: { client_secret: x } }]', '1:44'],
  [`models: [openai/${key}]`, '1:10'],
  [`model_configs:\n  a/b:\n    system_instruction: the key is ${key}, use it\n`, '3:5'],
  [`model_configs:\n  a/b:\n    options: { note: '\${NOTE:-${key}}' }\n`, '3:16'],
  ['models: [{ name: b, provider: a, config: { base_url: "https://host/v1?api_key=x" } }]', '1:44'],
  [`model_configs:\n  a/b:\n    options: { access_token: x }\n`, '3:16'],
] as const)(
  'H-26: a key that stands in the file is pointed out, and not shown: %j',
  async ([text, at]) => {
    const warnings = await warningsOf(text)
    expect(warnings).toEqual([
      `file:${at}: a key stands in the file (***); keep it in the environment, and write \${ITS_NAME} here.`,
    ])
  },
)

test.for([
  ['cache: { store: redis, url: "redis://:pass@host:1" }', '1:24'],
  ['models: [{ name: b, provider: a, config: { base_url: "https://me:pass@host/v1" } }]', '1:44'],
] as const)('H-26: a password that stands in a URL is pointed out: %s', async ([text, at]) => {
  expect(await warningsOf(text)).toEqual([
    `file:${at}: a password stands in the file (***); keep it in the environment, and write \${ITS_NAME} here.`,
  ])
})

test.for([
  'key_strategy: round-robin\ncache: { store: redis, url: "redis://host:1/0" }',
  'models: [{ name: b, provider: a, config: { base_url: "https://host:1/a:b@c" } }]',
  'models: [{ name: b, provider: a, config: { api_key: "${KEY}" } }]',
  'models: [skywork/skywork-o1-open-llama, { name: sk-learn, provider: a }, hf/hf_tiny]',
  'models: [{ name: b, provider: a, config: { base_url: "https://host/v1?api_key=${KEY}" } }]',
  'model_configs: { a/b: { options: { headers: { Authorization: "Bearer ${KEY}" } } } }',
  'models: [lab/sk-learn-random-forest-large]',
  'models: [{ name: skywork-o1-open-llama-8b, provider: skywork, config: { max_tokens: 5 } }]',
])('H-26: what is no key is not: %j', async (text) => {
  expect(await warningsOf(text)).toEqual([])
})
